// Package workload is what every side is measured on: two published schemas, operations of 5, 30 and 200 fields on
// each, and 10, 1,000 or 100,000 restricted coordinates spread over scopes. It promises that the same arguments make the
// same world, and works out for itself which coordinates an operation needs, so that its answers can be held against the
// engine's. It never decides.
package workload

// Package api is the admin API as data: its routes, the JSON of its requests and answers, and the OpenAPI document that is
// generated from both. The server registers the routes, the client calls them, and so neither can drift from the other.
// It never serves, dials or decides anything.
package api

//go:generate go run ./internal/genopenapi ../../../docs/schemas/openapi.json

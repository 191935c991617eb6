// Package engine decides, field by field, which parts of a GraphQL operation a subject may read.
//
// [Compile] turns a data layer's schema, settings and scopes into an immutable [Snapshot];
// [Snapshot.Decide] answers for one request; a [Layer] holds the active snapshot and swaps it
// atomically. The engine computes which coordinates each selection needs (engine/gql), asks the
// policy once per operation which of them are readable (engine/eval, Rego), and puts the two
// together. Whatever goes wrong on the way is an error and never an allow (R16).
//
// The package does no I/O: files, listeners and clocks are the callers'.
package engine

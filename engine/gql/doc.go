// Package gql knows GraphQL: it indexes a schema's coordinates, compiles an operation into
// selections and the coordinates that each of them needs, decides the selections for a set of
// readable coordinates, prints what is left, and derives the view of a schema that a subject may
// read.
//
// It holds the rules R3 and R8-R14 of the design. It does not know who may read what: that answer
// comes in as a [Set] of readable coordinates (the policy computes it). The package is pure: it
// reads no file, no clock and no network; every exported value is immutable once built and may be
// shared between goroutines.
package gql

// Package oracle says a second time, slowly and from the rules alone, what a
// decision must be, so that tests can compare the engine with it.
//
// It holds plain strings and maps, one small function per rule (R1, R2, R3,
// R8-R14), and promises nothing about speed. It never imports the engine, or
// any other package of the project: what the two share is only the text of the
// rules and the GraphQL parser.
//
// Sub-packages: generate makes random cases, execute runs operations on random
// objects, walk lists what an operation selects without deciding anything.
package oracle

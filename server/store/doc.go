// Package store is the system of record of a team: members and their keys, data layers, API scopes, API tokens, syncs,
// revisions, and the audit chain (R20). It holds the types and the interface that drivers implement; sqlite is one, and
// storetest is the contract that every driver passes.
//
// It promises that every change commits together with its audit entry or not at all, that sequences are gapless and in
// commit order, and that a read sees one sequence only. It never sees a secret: tokens and keys arrive as SHA-256.
package store

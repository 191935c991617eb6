// Package directory is what the hot path reads of the store: who holds a token or a key and what it opens, and the data
// layers, scopes, members and revisions that there are. It is kept in memory, opened from one consistent read of the store
// and brought up to date from the audit chain, whose sequence is the change feed's cursor.
//
// It promises that a token whose revocation has a sequence is refused once CatchUp to that sequence has returned, that
// revoked, expired, unknown and other data layers' tokens are refused in the same way (R6), that a secret which cannot be one
// is refused without a look-up, and that a reader never waits for more than the change of one row. It never asks the store
// while it authenticates, never changes it but for when a token or key was last used, and holds no secret.
package directory

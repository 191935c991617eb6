// Package admintest is a control plane in memory and an admin API on it, for tests of the API, its client and the command
// line. It keeps what the interface promises about names, versions and idempotency keys; it compiles nothing and keeps
// nothing. It is never part of the program.
package admintest

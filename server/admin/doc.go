// Package admin is the admin API: /api/v1, spoken by the console, the command line and other tools. It reads requests
// strictly, asks the policy whether the member may, calls the control plane and writes the answer. It decides nothing itself.
//
// It promises that every route of package api is served and asks for its permission, that a secret stands in the one answer
// that shows it and in no log, and that nothing that a client wrote can forge a line of a log or a header. It never reads or
// writes the store: the control plane does, and sessions are kept behind [store.Sessions].
package admin

// Package admin is the admin API: /api/v1, spoken by the console, the command line and other tools. It reads requests
// strictly, asks the policy whether the member may, calls the control plane and writes the answer. It decides nothing itself.
package admin

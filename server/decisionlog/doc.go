// Package decisionlog logs decisions in OPA's event format
// (https://www.openpolicyagent.org/docs/management-decision-logs): to standard output, to a file that is
// rotated, or to a service that takes OPA's uploads.
//
// Logging never holds up a decision: events wait in a bounded queue, and what does not fit is dropped
// and counted. An event never holds a token, a header or the value of a variable; what else is to be
// taken out is named by JSON pointers, and `erased` says what was.
package decisionlog

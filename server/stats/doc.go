// Package stats counts what clients were told in the last hour, for members to see: decisions by the minute, and which
// coordinates were denied.
//
// It promises that counting never makes a request wait for another: a decision is one atomic addition, and explaining what is
// denied, which costs more, is done for some requests a second and weighed for the others. Memory is bounded whatever is
// asked. It is gone with the process, and never holds a token, a query or a value.
package stats

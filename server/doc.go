// Package server listens, routes and lives: it puts the HTTP handlers below it behind one private
// listener, watches the access directory, and ends in order.
//
// There are no keys in this step, so the listener takes loopback addresses only. The server never logs
// a query, a header or a body, and a line of its log never holds a line break of a client.
package server

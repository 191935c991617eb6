// Package gateway is the guarded GraphQL endpoint: it authenticates the holder of an API token, has the
// engine decide the operation, sends the upstream a reprint of what may be read, and answers as GraphQL
// over HTTP says.
//
// A request is read in the order headers, token, body, and what is not understood in every detail is
// refused before anything goes upstream. A request takes one snapshot and uses it to the end. The
// upstream sees the decided document with exactly the decided variables (R17), the credentials of the
// configuration and the client's headers on the allow-list; it never sees the client's token or bytes.
// What cannot be decided is answered 503, never an allow (R16).
//
// The package never logs a token, a header, a query string or a body. Who holds which token, which
// snapshot is active and where the upstream is come from the interfaces that it declares.
package gateway

// Package complete turns the upstream's answer to a pruned or narrowed operation into the answer to
// the operation that the client wrote (R15).
//
// It works on bytes, in one pass: numbers and strings are copied digit for digit, nothing is decoded
// into maps, and the answer is appended to a buffer of the caller's. What the upstream says is not
// trusted: an answer that does not have the shape of what was sent is an error and never passed on.
// The package is pure: it reads no file, no clock and no network.
package complete

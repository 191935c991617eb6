//go:build unix

package upstream

import (
	"errors"
	"syscall"
)

// keepsConnections says whether a connection can be looked at before it is used again.
const keepsConnections = true

// quiet looks at a connection without waiting. What an upstream says unasked would be taken for the answer to the next request.
type quiet struct {
	peek func(fd uintptr) bool
	err  error
	one  [1]byte
}

// check reports whether the connection is open and nothing has come.
func (q *quiet) check(raw syscall.RawConn) bool {
	if q.peek == nil {
		q.peek = func(fd uintptr) bool {
			_, q.err = syscall.Read(int(fd), q.one[:])
			return true
		}
	}
	q.err = nil
	return raw.Read(q.peek) == nil && (errors.Is(q.err, syscall.EAGAIN) || errors.Is(q.err, syscall.EWOULDBLOCK))
}

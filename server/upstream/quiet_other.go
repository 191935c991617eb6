//go:build !unix

package upstream

import "syscall"

// keepsConnections says whether a connection can be looked at before it is used again.
const keepsConnections = false

// quiet never finds a connection that can be used again.
type quiet struct{}

func (quiet) check(syscall.RawConn) bool { return false }

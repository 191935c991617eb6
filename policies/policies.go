// Package policies holds the Rego that says who may read what, embedded into the
// program. It promises that what it returns is the source under test beside it,
// byte for byte; it never parses or evaluates it.
package policies

import _ "embed"

// ReadPath is the path of the read policy's module in [Read] and in a bundle.
const ReadPath = "fieldgate/read/read.rego"

//go:embed read/read.rego
var read string

// Read returns the modules of package fieldgate.read (rule R2), module path to
// source, without their tests. The map is the caller's to keep.
func Read() map[string]string {
	return map[string]string{ReadPath: read}
}

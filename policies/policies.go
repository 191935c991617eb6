// Package policies holds the Rego that says who may read what and who may
// administer what, embedded into the program. It promises that what it returns is
// the source under test beside it, byte for byte; it never parses or evaluates it.
package policies

import _ "embed"

// Paths of the modules: in [Read] and a bundle, and in [Admin].
const (
	ReadPath  = "fieldgate/read/read.rego"
	AdminPath = "fieldgate/admin/admin.rego"
)

//go:embed read/read.rego
var read string

//go:embed admin/admin.rego
var admin string

// Read returns the modules of package fieldgate.read (rule R2), module path to
// source, without their tests. The map is the caller's to keep.
func Read() map[string]string {
	return map[string]string{ReadPath: read}
}

// Admin returns the modules of package fieldgate.admin (rule R19), as [Read] does.
// They are no part of a bundle.
func Admin() map[string]string {
	return map[string]string{AdminPath: admin}
}

// AdminData returns what the modules of [Admin] find under `data`: whether the
// deployment's plan has API access control, which is true unless somebody sells
// plans. The map is the caller's to keep.
func AdminData(entitled bool) map[string]any {
	return map[string]any{"fieldgate": map[string]any{"plan": map[string]any{"entitled": entitled}}}
}

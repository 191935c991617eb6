// Package access makes active revisions of an access directory, the files that a team keeps in git.
//
// [Read] reads one from disk, [Load] parses it, and a [Watcher] looks at it again and again: a tree
// that differs from the active one is taken only when it reads the same twice in a row, and becomes
// the next revision of each of its data layers only when everything in it holds together. Whatever
// goes wrong, a vanished API scope or data layer included (R22), leaves the last good revision active
// and is remembered on the layer. An empty or half-written directory opens nothing.
//
// The package has no store: revision numbers begin at 1 each time that a process starts, and what was
// active is known from memory alone.
package access

// Package live tells those who watch a data layer what happens to it: the steps of its syncs, and its revisions.
//
// It promises that who tells never waits, however slow those who watch are: of what they have not taken, older states of a
// sync make room for newer ones. It keeps nothing for those who come later.
package live

package scope

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// LockFile is the name of the file beside a layer.yaml that lists the coordinates which the team has accepted.
const LockFile = "schema.lock"

// Unclassified is the reserved scope that coordinates which are not in the lock join under `on_new_fields: restrict`. No token
// can hold it.
const Unclassified = ReservedPrefix + "unclassified"

// OnNewFields is what becomes of coordinates that are not in the lock.
type OnNewFields string

// The ways to treat new coordinates.
const (
	NewFieldsAllow    OnNewFields = "allow"
	NewFieldsRestrict OnNewFields = "restrict"
)

// lockHeader begins every lock.
const lockHeader = `# The coordinates of the schema that the team has accepted, written by ` + "`fieldgate schema accept`" + `. With
# ` + "`on_new_fields: restrict`" + ` in layer.yaml no token can read a coordinate that is not listed here.
`

// Lock is a schema.lock: the coordinates of a schema that were accepted.
type Lock struct {
	File        string
	coordinates map[string]bool
}

// Equal reports whether two locks accept the same coordinates; nil is equal to nil only.
func (l *Lock) Equal(other *Lock) bool {
	if l == nil || other == nil {
		return l == other
	}
	return l == other || maps.Equal(l.coordinates, other.coordinates)
}

// NewLock returns a lock of these coordinates.
func NewLock(file string, coordinates []string) *Lock {
	l := &Lock{File: file, coordinates: make(map[string]bool, len(coordinates))}
	for _, c := range coordinates {
		l.coordinates[c] = true
	}
	return l
}

// Has reports whether a coordinate is in the lock. A nil lock has none.
func (l *Lock) Has(coordinate string) bool { return l != nil && l.coordinates[coordinate] }

// Coordinates returns the accepted coordinates, sorted. A nil lock has none.
func (l *Lock) Coordinates() []string {
	out := []string{}
	if l != nil {
		for c := range l.coordinates {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return out
}

// Text returns the lock as its file holds it: a header, then a coordinate a line, sorted.
func (l *Lock) Text() []byte {
	var b bytes.Buffer
	b.WriteString(lockHeader)
	for _, c := range l.Coordinates() {
		b.WriteString(c + "\n")
	}
	return b.Bytes()
}

// ParseLock reads a schema.lock: a coordinate a line, in any order, with comments that begin with # and empty lines between
// them. Whatever else stands in it is a problem, such as what a merge leaves behind. The Lock is nil when there are problems;
// they are sorted by position.
func ParseLock(file string, src []byte) (*Lock, Problems) {
	l := NewLock(file, nil)
	var problems Problems
	for i, line := range strings.Split(string(src), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		c, err := coord.Parse(line)
		if err != nil || c.String() != line {
			problems = append(problems, Problem{
				Position: Position{File: file, Line: i + 1, Column: 1}, Message: fmt.Sprintf("%.100q is no coordinate", line),
				Hint: "write the lock again with `fieldgate schema accept`, after looking at what is new in `fieldgate plan`",
			})
			continue
		}
		l.coordinates[line] = true
	}
	if problems != nil {
		return nil, problems.clip()
	}
	return l, nil
}

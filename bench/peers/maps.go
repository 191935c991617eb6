package peers

import (
	"context"

	"github.com/fieldgate/fieldgate/bench/workload"
)

// plainMaps is the limit of what remembers verdicts by coordinate: a Go map from coordinate to verdict for each scope
// set, and one look-up in it for each coordinate.
type plainMaps struct {
	readable map[string]map[string]bool
	key      []byte
}

// NewMaps prepares the verdicts of each of the scope sets.
func NewMaps(w *workload.World, scopeSets ...[]string) Side {
	m := &plainMaps{readable: map[string]map[string]bool{}}
	for _, scopes := range scopeSets {
		verdicts := make(map[string]bool, len(w.Coordinates))
		for _, c := range w.Coordinates {
			verdicts[c] = w.Readable(c, scopes)
		}
		m.readable[string(m.keyOf(scopes))] = verdicts
	}
	return newPeer("go-maps", w, m)
}

func (m *plainMaps) keyOf(scopes []string) []byte {
	m.key = m.key[:0]
	for _, s := range scopes {
		m.key = append(append(m.key, s...), 0)
	}
	return m.key
}

func (m *plainMaps) ask(_ context.Context, op *workload.Operation, scopes []string, answer []bool) error {
	verdicts := m.readable[string(m.keyOf(scopes))]
	for i, c := range op.Coordinates {
		answer[i] = verdicts[c]
	}
	return nil
}

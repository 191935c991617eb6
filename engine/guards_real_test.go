package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestR14NoRealOperationIsDeniedByAGuardAlone: an operation of a real client that selects and uses
// nothing restricted is allowed with guards, too, for somebody who holds no scopes.
func TestR14NoRealOperationIsDeniedByAGuardAlone(t *testing.T) {
	for _, s := range realSchemas(t) {
		t.Run(s.name, func(t *testing.T) {
			l := layerFor(t, s.name)
			with := activateDraft(t, draftOf(t, s, l))
			l.GuardsOff = map[string]string{scope.AllGuards: "to compare"}
			without := activateDraft(t, draftOf(t, s, l))
			clean, more := 0, 0
			for name, query := range s.queries {
				off := decideWith(t, without, query)
				on := decideWith(t, with, query)
				if off.Decision == engine.DecisionAllow {
					clean++
				}
				for _, denial := range on.Denied {
					if denial.Kind != gql.KindArgument || slices.ContainsFunc(off.Denied, func(d engine.Denial) bool {
						return slices.Equal(d.Path, denial.Path) && d.Coordinate == denial.Coordinate
					}) {
						continue
					}
					more++
					t.Logf("%s: %s is denied for %s, which reads %v", name, denial.Coordinate, strings.Join(denial.ArgumentPath, "."), denial.Restricted)
				}
				if off.Decision == engine.DecisionAllow && on.Decision != engine.DecisionAllow {
					t.Errorf("%s touches nothing restricted and is denied by a guard: %s", name, brief(on))
				}
			}
			t.Logf("%d operations, %d of which touch nothing restricted; %d fields of the others denied for what their arguments read", len(s.queries), clean, more)
		})
	}
}

func activateDraft(t testing.TB, d *engine.Draft) *engine.Snapshot {
	t.Helper()
	s, err := d.Activate(t.Context(), 1, engine.Options{Limits: gql.Limits{RootFields: 1000}, PolicyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decideWith(t testing.TB, s *engine.Snapshot, query string) engine.Decision {
	t.Helper()
	v, err := s.Decide(t.Context(), engine.Request{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	return v.Details()
}

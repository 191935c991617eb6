package eval_test

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// covers is coordinate to the ids of the scopes that cover it.
type covers map[string][]string

// data is what OPA sees for covers.
func (c covers) data(match string) map[string]any {
	coordinates := map[string]any{}
	for coordinate, scopes := range c {
		keys := map[string]any{}
		for _, scope := range scopes {
			keys[scope] = true
		}
		coordinates[coordinate] = keys
	}
	return map[string]any{"fieldgate": map[string]any{
		"layer":       map[string]any{"match": match},
		"coordinates": coordinates,
	}}
}

var shop = covers{
	"User":        {},
	"User.email":  {"s-mail"},
	"Order.total": {"s-finance", "s-sales"},
}

// universe has every coordinate of shop, in order of id, and one that is not in
// the data.
var universe = []string{"Order.total", "User", "User.email", "User.ghost"}

func newPolicy(t testing.TB, data map[string]any, universe []string) *eval.Policy {
	t.Helper()
	policy, err := eval.New(t.Context(), policies.Read(), data, universe, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestR2Readable(t *testing.T) {
	for _, test := range []struct {
		name, match string
		subject     eval.Subject
		want        []bool // by id: Order.total, User, User.email, User.ghost
	}{
		{"nothing held", "any", eval.Subject{}, []bool{false, true, false, false}},
		{"nothing held", "all", eval.Subject{}, []bool{false, true, false, false}},
		{"one of one", "any", eval.Subject{Scopes: []string{"s-mail"}}, []bool{false, true, true, false}},
		{"one of one", "all", eval.Subject{Scopes: []string{"s-mail"}}, []bool{false, true, true, false}},
		{"one of two", "any", eval.Subject{Scopes: []string{"s-sales"}}, []bool{true, true, false, false}},
		{"one of two", "all", eval.Subject{Scopes: []string{"s-sales"}}, []bool{false, true, false, false}},
		{"two of two", "all", eval.Subject{Scopes: []string{"s-sales", "s-finance"}}, []bool{true, true, false, false}},
		{"foreign", "any", eval.Subject{Scopes: []string{"s-other"}}, []bool{false, true, false, false}},
		{"repeated", "any", eval.Subject{Scopes: []string{"s-mail", "s-mail"}}, []bool{false, true, true, false}},
		{"unrestricted", "any", eval.Subject{Unrestricted: true}, []bool{true, true, true, false}},
		{"unrestricted", "all", eval.Subject{Unrestricted: true}, []bool{true, true, true, false}},
	} {
		t.Run(test.match+"/"+test.name, func(t *testing.T) {
			policy := newPolicy(t, shop.data(test.match), universe)
			got, err := policy.Readable(t.Context(), test.subject, []uint32{0, 1, 2, 3})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestR2ReadableIsAlignedToTheIdsAskedFor(t *testing.T) {
	policy := newPolicy(t, shop.data("any"), universe)
	got, err := policy.Readable(t.Context(), eval.Subject{}, []uint32{2, 1, 3, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{false, true, false, true, false}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestR2ReadableOfNothingIsNothing(t *testing.T) {
	policy := newPolicy(t, shop.data("any"), universe)
	got, err := policy.Readable(t.Context(), eval.Subject{Unrestricted: true}, nil)
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

// What the caller does with its data after New must not change who may read what.
func TestR2PolicyKeepsItsOwnData(t *testing.T) {
	data := shop.data("any")
	policy := newPolicy(t, data, universe)
	fieldgate := data["fieldgate"].(map[string]any)
	clear(fieldgate["coordinates"].(map[string]any)["User.email"].(map[string]any))
	fieldgate["coordinates"].(map[string]any)["User.ghost"] = map[string]any{}
	got, err := policy.Readable(t.Context(), eval.Subject{}, []uint32{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{false, false}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// names are few, so that what is held and what covers meet often.
func names(prefix string, count int) []string {
	all := make([]string, count)
	for i := range all {
		all[i] = prefix + strconv.Itoa(i)
	}
	return all
}

// readable is R2 in Go, independent of the Rego.
func readable(match string, s eval.Subject, scopes []string) bool {
	held := 0
	for _, scope := range scopes {
		for _, mine := range s.Scopes {
			if scope == mine {
				held++
				break
			}
		}
	}
	if s.Unrestricted || len(scopes) == 0 {
		return true
	}
	if match == "all" {
		return held == len(scopes)
	}
	return held > 0
}

func TestR2ReadableAgreesWithGoAndWithTheJSONForm(t *testing.T) {
	coordinates, scopes := names("T.f", 8), names("s", 5)
	rapid.Check(t, func(r *rapid.T) {
		someScopes := rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 5, rapid.ID[string])
		match := rapid.SampledFrom([]string{"any", "all"}).Draw(r, "match")
		c := covers{}
		for _, coordinate := range coordinates {
			c[coordinate] = someScopes.Draw(r, coordinate)
		}
		subject := eval.Subject{
			Scopes:       someScopes.Draw(r, "held"),
			Unrestricted: rapid.IntRange(0, 9).Draw(r, "unrestricted") == 0,
		}
		policy := newPolicy(t, c.data(match), coordinates)
		compare(t, policy, subject, coordinates, func(name string) bool {
			return readable(match, subject, c[name])
		})
	})
}

// compare asks for all of names in both forms and wants the names that ok holds for.
func compare(t *testing.T, policy *eval.Policy, s eval.Subject, names []string, ok func(string) bool) {
	t.Helper()
	ids, want, wantNames := make([]uint32, len(names)), make([]bool, len(names)), []string{}
	for i, name := range names {
		ids[i], want[i] = uint32(i), ok(name)
		if want[i] {
			wantNames = append(wantNames, name)
		}
	}
	got, err := policy.Readable(t.Context(), s, ids)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("Readable: %v (-want +got):\n%s", err, diff)
	}
	gotNames, err := policy.Allowed(t.Context(), s, names)
	if diff := cmp.Diff(wantNames, gotNames); err != nil || diff != "" {
		t.Fatalf("Allowed: %v (-want +got):\n%s", err, diff)
	}
}

func TestR2AllowedOmitsDuplicatesAndWhatDoesNotExist(t *testing.T) {
	policy := newPolicy(t, shop.data("any"), nil)
	got, err := policy.Allowed(t.Context(), eval.Subject{Scopes: []string{"s-mail"}},
		[]string{"User.email", "User", "User", "Nowhere", "Order.total"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"User", "User.email"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestR2ConcurrentQuestionsDoNotDisturbEachOther(t *testing.T) {
	policy := newPolicy(t, shop.data("any"), universe)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 50 {
				subject := eval.Subject{Unrestricted: random.IntN(2) == 0}
				if random.IntN(2) == 0 {
					subject.Scopes = []string{"s-sales"}
				}
				got, err := policy.Readable(t.Context(), subject, []uint32{0, 1, 2, 3})
				want := []bool{subject.Unrestricted || subject.Scopes != nil, true, subject.Unrestricted, false}
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%+v: %v (-want +got):\n%s", subject, err, diff)
				}
			}
		})
	}
	all.Wait()
}

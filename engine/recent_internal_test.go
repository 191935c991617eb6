package engine

import "testing"

// TestScopesOfOneFashionHaveHashesOfTheirOwn is for names that differ in the middle: rights with one hash push each other out, and
// the policy is asked anew for every request.
func TestScopesOfOneFashionHaveHashesOfTheirOwn(t *testing.T) {
	seen := map[uint64]string{}
	for _, what := range []string{"products", "invoices", "warehouse"} {
		for _, where := range []string{"eu", "us", "uk", "de", "fr"} {
			name := what + "-" + where + "-readonly"
			h := scopesHash(Subject{Scopes: []string{name}})
			if seen[h] != "" {
				t.Errorf("%s and %s have one hash", seen[h], name)
			}
			seen[h] = name
		}
	}
}

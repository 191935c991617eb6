package engine_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine"
)

// peerCase is one authorization test case of another system.
type peerCase struct {
	ID            string              `json:"id"`
	Peer          string              `json:"peer"`
	Schema        string              `json:"schema"`
	Scopes        map[string][]string `json:"scopes"`
	TokenScopes   []string            `json:"token_scopes"`
	Query         string              `json:"query"`
	OperationName string              `json:"operation_name"`
	Variables     map[string]any      `json:"variables"`
	StaticDirect  bool                `json:"static_direct"`
	Expected      struct {
		FilteredQuery     *string  `json:"filtered_query"`
		DeniedCoordinates []string `json:"denied_coordinates"`
		Rejected          bool     `json:"rejected"`
	} `json:"expected"`
}

// TestPeersAgree runs the cases of Apollo Router, Cosmo, GraphQL.NET, Hot Chocolate, Tyk and
// graphql-shield that carry over as they are. Each difference stands in testdata/peer-deviations.txt
// with its reason and rule; a new one, or one that is gone, fails.
func TestPeersAgree(t *testing.T) {
	deviations := readDeviations(t)
	batch := patientBatch()
	agree, differ := 0, 0
	for _, c := range readPeerCases(t) {
		if !c.StaticDirect {
			continue
		}
		d := batch.Decide(t.Context(), engine.BatchLine{
			Schema: c.Schema, Scopes: c.Scopes, TokenScopes: c.TokenScopes,
			Query: c.Query, OperationName: c.OperationName, Variables: c.Variables,
			Guards: "off", // no peer has them
		})
		got := compareWithPeer(t, batch, c, d)
		want, listed := deviations[c.ID]
		delete(deviations, c.ID)
		switch {
		case got == "" && !listed:
			agree++
		case got == "" && listed:
			t.Errorf("%s: listed as a deviation (%s) but agrees: take it off the list", c.ID, want.reason)
		case !listed:
			t.Errorf("%s: %s\nquery: %s\ndecision: %s", c.ID, got, c.Query, brief(d))
		case got != want.kind:
			t.Errorf("%s: differs as %q, listed as %q (%s)", c.ID, got, want.kind, want.reason)
		default:
			differ++
		}
	}
	for id := range deviations {
		t.Errorf("%s: listed as a deviation but there is no such case", id)
	}
	t.Logf("%d cases agree, %d differ by a stated rule", agree, differ)
}

// compareWithPeer returns "" when the decision agrees with the peer, else in which way it differs.
// "allows" is the one that must have the best of reasons.
func compareWithPeer(t *testing.T, b *engine.Batch, c peerCase, d engine.Decision) string {
	t.Helper()
	if d.Decision == engine.DecisionError {
		return "error: " + d.Errors[0].Message
	}
	ours := map[string]bool{}
	for _, denial := range d.Denied {
		ours[denial.Coordinate] = true
		for _, r := range denial.Restricted {
			ours[r] = true
		}
	}
	for _, coordinate := range c.Expected.DeniedCoordinates {
		if !ours[coordinate] && len(d.Errors) == 0 {
			return "allows"
		}
	}
	switch {
	case d.Decision == engine.DecisionAllow && (c.Expected.Rejected || len(c.Expected.DeniedCoordinates) > 0):
		return "allows"
	case len(d.Errors) > 0 && !c.Expected.Rejected:
		return "refuses"
	case len(c.Expected.DeniedCoordinates) == 0 && len(d.Denied) > 0:
		return "denies"
	case c.Expected.Rejected || c.Expected.FilteredQuery == nil:
		return ""
	}
	return compareQueries(t, b, c, d)
}

func compareQueries(t *testing.T, b *engine.Batch, c peerCase, d engine.Decision) string {
	t.Helper()
	want := ""
	if *c.Expected.FilteredQuery != "" {
		want = canonical(t, b, c, *c.Expected.FilteredQuery)
	}
	got := ""
	if d.Query != nil {
		got = *d.Query
	}
	if got != want {
		return "query"
	}
	return ""
}

// canonical reprints a query of a case as somebody unrestricted would have it sent.
func canonical(t *testing.T, b *engine.Batch, c peerCase, query string) string {
	t.Helper()
	d := b.Decide(t.Context(), engine.BatchLine{Schema: c.Schema, Unrestricted: true, Query: query, OperationName: c.OperationName, Variables: c.Variables})
	if d.Query == nil {
		return ""
	}
	return *d.Query
}

func brief(d engine.Decision) string {
	text, _ := json.Marshal(map[string]any{"decision": d.Decision, "denied": d.Denied, "query": d.Query, "errors": d.Errors})
	return string(text)
}

func readPeerCases(t *testing.T) []peerCase {
	t.Helper()
	data, err := os.ReadFile(sharedFile(t, "conformance/peer-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []peerCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

type deviation struct{ kind, reason string }

// readDeviations reads lines of "id | kind | reason".
func readDeviations(t *testing.T) map[string]deviation {
	t.Helper()
	data, err := os.ReadFile("testdata/peer-deviations.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]deviation{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " | ", 3)
		if len(parts) != 3 {
			t.Fatalf("peer-deviations.txt: %q is not `id | kind | reason`", line)
		}
		out[parts[0]] = deviation{kind: parts[1], reason: parts[2]}
	}
	return out
}

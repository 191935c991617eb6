package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

const (
	maxCounts   = 512 // rows of matrices that are kept
	maxSubjects = 200 // rows of a matrix
	tokenPage   = 1000
)

// countKey is what a row of a matrix follows from.
type countKey struct {
	layer    string // id
	revision bundles.Revision
	subject  string
}

// countsOf returns the number of fields that a subject can read of each type.
func (c *kept) countsOf(ctx context.Context, key countKey, s *engine.Snapshot, sub engine.Subject, columns []gql.TypeOutline) ([]int, error) {
	c.mu.Lock()
	counts, ok := c.counts.Get(key)
	c.mu.Unlock()
	if ok {
		return counts, nil
	}
	reach, err := s.Reach(ctx, sub)
	if err != nil {
		return nil, err
	}
	counts = make([]int, len(columns))
	for i, t := range columns {
		for _, f := range t.Fields {
			if reach.Reads(f.ID) {
				counts[i]++
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Add(key, counts)
	return counts, nil
}

func (c *call) matrix() error {
	layer, snapshot, err := c.layerNow()
	if err != nil {
		return err
	}
	rows, unasked, err := c.holders(snapshot)
	if err != nil {
		return err
	}
	columns := slices.DeleteFunc(snapshot.Schema().Outline(), func(t gql.TypeOutline) bool { return t.Kind != "OBJECT" && t.Kind != "INTERFACE" })
	out := api.Matrix{Revision: snapshot.Revision().Number, Types: columnsOut(definitionOf(layer), columns), Subjects: []api.MatrixSubject{}, Unasked: unasked}
	for _, row := range rows {
		key := countKey{layer: layer.ID, revision: snapshot.Revision(), subject: row.key}
		row.out.Readable, err = c.api.kept.countsOf(c.ctx(), key, snapshot, row.subject, columns)
		if err != nil {
			return err
		}
		row.out.More = max(0, len(row.out.Tokens)-api.PreviewRows)
		row.out.Tokens = first(row.out.Tokens, "", nil)
		out.Subjects = append(out.Subjects, row.out)
	}
	return c.answer(http.StatusOK, out)
}

func columnsOut(l scope.Layer, columns []gql.TypeOutline) []api.MatrixType {
	out := make([]api.MatrixType, len(columns))
	for i, t := range columns {
		out[i] = api.MatrixType{Name: t.Name, Source: engine.SourceIndex(l, t.Name), Fields: len(t.Fields)}
	}
	return out
}

// holder is a row of a matrix.
type holder struct {
	key     string
	subject engine.Subject
	out     api.MatrixSubject
}

// holders groups the tokens that open something now by what they hold. Scopes that the snapshot does not have open nothing.
func (c *call) holders(s *engine.Snapshot) ([]*holder, int, error) {
	names := map[string]string{}
	for _, one := range s.Content().Scopes {
		names[one.ID] = one.Name
	}
	none := newHolder(store.Token{}, names)
	rows, byKey, unasked := []*holder{none}, map[string]*holder{none.key: none}, 0
	err := c.tokens(func(t store.Token) {
		row := newHolder(t, names)
		if known, ok := byKey[row.key]; ok {
			row = known
		} else if len(rows) == maxSubjects {
			unasked++
			return
		} else {
			byKey[row.key] = row
			rows = append(rows, row)
		}
		row.out.Tokens = append(row.out.Tokens, api.MatrixToken{ID: t.ID, Name: t.Name})
	})
	for _, row := range rows {
		slices.SortFunc(row.out.Tokens, func(a, b api.MatrixToken) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
		})
	}
	slices.SortFunc(rows[1:], func(a, b *holder) int {
		if a.out.Unrestricted != b.out.Unrestricted {
			if a.out.Unrestricted {
				return 1
			}
			return -1
		}
		return slices.Compare(a.out.Scopes, b.out.Scopes)
	})
	return rows, unasked, err
}

func newHolder(t store.Token, names map[string]string) *holder {
	row := &holder{out: api.MatrixSubject{Scopes: []string{}, Unrestricted: t.Unrestricted, Tokens: []api.MatrixToken{}}}
	if t.Unrestricted {
		row.key, row.subject = "*", engine.Subject{Unrestricted: true}
		return row
	}
	for _, id := range t.ScopeIDs {
		if name, ok := names[id]; ok {
			row.out.Scopes = append(row.out.Scopes, name)
			row.subject.ScopeIDs = append(row.subject.ScopeIDs, id)
		}
	}
	slices.Sort(row.out.Scopes)
	slices.Sort(row.subject.ScopeIDs)
	row.key = strings.Join(row.subject.ScopeIDs, " ")
	return row
}

// tokens calls f with each token of the layer in the path that opens something now.
func (c *call) tokens(f func(store.Token)) error {
	now := c.api.Now()
	for after := ""; ; {
		page, err := c.api.Control.Tokens(c.ctx(), c.Param("layer"), store.Page{After: after, Limit: tokenPage})
		if err != nil {
			return err
		}
		for _, t := range page {
			if opens(t, now) {
				f(t)
			}
		}
		if len(page) < tokenPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func opens(t store.Token, now time.Time) bool { return state(t.Revoked, t.Expires, now) == "active" }

// view answers with the schema as somebody sees it.
func (c *call) view() error {
	_, snapshot, err := c.layerNow()
	if err != nil {
		return err
	}
	who, err := c.viewer()
	if err != nil {
		return err
	}
	v, err := snapshot.View(c.ctx(), who)
	if err != nil {
		return explainError(err)
	}
	text := v.SDL()
	if text == "" {
		text = "# Nothing of this schema is readable.\n"
	}
	c.Data(http.StatusOK, "application/graphql", []byte(text))
	return nil
}

// viewer reads whose view is asked for: that of a token, or of a subject.
func (c *call) viewer() (engine.Subject, error) {
	id, said := c.GetQuery("token")
	if !said {
		return c.subject()
	}
	_, scopes := c.GetQuery("scopes")
	_, unrestricted := c.GetQuery("unrestricted")
	if scopes || unrestricted {
		return engine.Subject{}, badRequest("", "say who asks once: `token`, `scopes` or `unrestricted=true`")
	}
	return c.api.Control.SubjectByID(c.Param("layer"), id)
}

package control

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	access "github.com/fieldgate/fieldgate/engine/plan"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// ScopeEdit is an API scope as someone is about to leave it.
type ScopeEdit struct {
	ID     string // of the scope that is edited; "" for a new one
	Delete bool   // the scope is to go; Scope says nothing then
	Scope  ScopeRequest
}

// EntryProblem is something that keeps an edit from being stored.
type EntryProblem struct {
	Entry      string // "" for the name, the description or the list as a whole
	Message    string
	Suggestion string
	Hint       string
}

// Reader is an input or output that reads what a scope covers: a guard, or an escape.
type Reader struct {
	At        string
	Why       string   // the rule of a guard, the kind of an escape
	StandsFor []string // what it reads of what the scope covers, sorted
}

// Preview is what an edit would do. Nothing of it is stored. Lists are sorted.
type Preview struct {
	Problems []EntryProblem // in the order of the request
	Covered  []string       // coordinates that the scope covers, or covered
	Guards   []Reader       // inputs that will need what the scope covers (R14)
	Escapes  []Reader       // what may read it without naming it
	YAML     string         // of the scope's file; "" when it is to go

	// What follows is against the active revision.
	Compared   bool          // there is one
	Opened     []string      // becomes readable by every token
	Restricted []string      // was readable by every token
	Tokens     []TokenChange // by name and id: those for whom something changes
	Unasked    int           // tokens that were not compared: too many differ in their scopes
}

// TokenChange is what an edit does to one token, what it does to every token included.
type TokenChange struct {
	Token store.Token
	access.Difference
}

// maxSets bounds the sets of scopes that a preview compares: each is looked at on both sides.
const maxSets = 100

// PreviewScope says what an edit of a scope would do. Entries that are no coordinates or match nothing are problems; the
// rest is looked at without them. It takes about as long as a sync does, and two run at a time.
func (c *Control) PreviewScope(ctx context.Context, layer string, e ScopeEdit) (*Preview, error) {
	select {
	case c.previews <- struct{}{}:
		defer func() { <-c.previews }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p := &preview{c: c, edit: e, out: &Preview{}}
	err := c.view(ctx, func(r store.Reader) error { return p.read(r, layer) })
	if err != nil {
		return nil, err
	}
	if err := p.look(ctx); err != nil {
		return nil, err
	}
	return p.out, nil
}

// preview is a preview that is made.
type preview struct {
	c      *Control
	edit   ScopeEdit
	in     rows          // as they would be
	tokens []store.Token // that open something and are not unrestricted
	id     string        // of the scope
	out    *Preview
}

// newScope is the id of a scope that is not stored: no token holds it.
const newScope = "(new)"

// read reads the rows and changes them as the edit says.
func (p *preview) read(r store.Reader, layer string) error {
	l, err := layerNamed(r, layer)
	if err != nil {
		return err
	}
	if p.edit.ID != "" {
		if _, err := scopeOf(r, l, p.edit.ID); err != nil {
			return err
		}
	}
	schema, err := p.c.schemaInForce(r, l)
	if err != nil {
		return err
	}
	if p.in, err = readRows(r, l); err != nil {
		return err
	}
	all, err := r.Tokens(l.ID, store.Page{})
	now := p.c.o.Clock()
	p.tokens = slices.DeleteFunc(all, func(t store.Token) bool {
		return t.Revoked != nil || t.Unrestricted || t.Expires != nil && !now.Before(*t.Expires)
	})
	p.change(schema)
	return err
}

// change puts the edit into the rows.
func (p *preview) change(schema *gql.Schema) {
	p.id = cmp.Or(p.edit.ID, newScope)
	others := slices.DeleteFunc(slices.Clone(p.in.scopes), func(s store.Scope) bool { return s.ID == p.edit.ID })
	p.in.scopes = others
	if p.edit.Delete {
		return
	}
	request := p.edit.Scope
	p.out.YAML = scope.Print(request.Name, request.Description, request.Fields)
	defined, faults := scope.Define("scope "+request.Name, request.Name, request.Description, request.Fields)
	bad := p.faults(request, faults)
	row := store.Scope{ID: p.id, LayerID: p.in.layer.ID, Name: request.Name}
	if taken(others, row.Name) {
		p.problem(EntryProblem{Message: "another scope is called " + row.Name, Hint: "choose another name"})
		bad["scope"] = true
	}
	for bad["scope"] && (row.Name == request.Name || taken(others, row.Name)) {
		row.Name = "preview-" + p.c.o.NewID() // it is looked at without its name
	}
	for i, entry := range defined.Entries {
		if bad[entryPath(i)] {
			continue
		}
		if len(schema.Match(entry.Pattern)) == 0 {
			p.problem(unmatchedEntry(schema, entry))
		}
		row.Entries = append(row.Entries, entry.Text)
	}
	if row.Entries != nil {
		p.in.scopes = append(slices.Clone(others), row)
	}
}

func taken(scopes []store.Scope, name string) bool {
	return slices.ContainsFunc(scopes, func(s store.Scope) bool { return s.Name == name })
}

func entryPath(i int) string { return "fields[" + item(i) + "]" }

func (p *preview) problem(e EntryProblem) { p.out.Problems = append(p.out.Problems, e) }

// faults notes what is wrong with the values of a request, and returns where.
func (p *preview) faults(request ScopeRequest, faults []scope.Fault) map[string]bool {
	bad := map[string]bool{}
	for _, f := range faults {
		bad[f.Path] = true
		problem := EntryProblem{Message: f.Message, Hint: f.Hint}
		for i, text := range request.Fields {
			if f.Path == entryPath(i) {
				problem.Entry = text
			}
		}
		p.problem(problem)
	}
	return bad
}

func unmatchedEntry(schema *gql.Schema, entry scope.Entry) EntryProblem {
	out := EntryProblem{Entry: entry.Text, Message: "it matches nothing in the schema"}
	if literal, ok := entry.Pattern.Literal(); ok {
		out.Suggestion = schema.Nearest(literal)
	} else {
		out.Hint = "`*` crosses neither `.` nor `(`, and a glob for types matches no enum, input or built-in type"
	}
	return out
}

// look compiles the rows and compares them with what is active.
func (p *preview) look(ctx context.Context) error {
	draft, err := p.in.compile(p.c.guarded(p.in.layer).last.Load())
	if err != nil {
		return asDraftError(err)
	}
	active, err := p.c.guardedNow(p.in.layer)
	if err != nil && p.edit.Delete {
		return nil
	}
	content := draft.Content
	if p.edit.Delete {
		content = active.Content()
	}
	for name, covers := range content.Coordinates {
		if slices.Contains(covers, p.id) {
			p.out.Covered = append(p.out.Covered, name)
		}
	}
	slices.Sort(p.out.Covered)
	if !p.edit.Delete {
		p.readers(draft)
	}
	if active == nil {
		return nil
	}
	after, err := draft.Activate(ctx, 1, p.c.o.Engine)
	if err != nil {
		return err
	}
	return p.compare(ctx, active, after)
}

// asDraftError is an error for members when what is stored does not compile: its syncs say the same.
func asDraftError(err error) error {
	return &Error{Kind: Conflict, Code: CodeSchema, Message: "the data layer does not compile: look at its syncs", Err: err}
}

// guardedNow returns the active snapshot of a data layer.
func (c *Control) guardedNow(l store.DataLayer) (*engine.Snapshot, error) {
	layer, ok := c.registry.Layer(l.Name)
	if !ok {
		return nil, engine.ErrNoSnapshot
	}
	return layer.Snapshot()
}

// readers finds the guards and escapes of what the scope covers.
func (p *preview) readers(draft *engine.Draft) {
	covered := make(map[string]bool, len(p.out.Covered))
	for _, name := range p.out.Covered {
		covered[name] = true
	}
	known := map[gql.ID]bool{}
	covers := func(id gql.ID) bool {
		found, ok := known[id]
		if !ok {
			found = slices.ContainsFunc(draft.Schema.Selecting(id), func(need gql.ID) bool { return covered[draft.Schema.Name(need)] })
			known[id] = found
		}
		return found
	}
	reader := func(at gql.ID, why string, standsFor []gql.ID) (Reader, bool) {
		out := Reader{At: draft.Schema.Name(at), Why: why}
		for _, id := range standsFor {
			if covers(id) {
				out.StandsFor = append(out.StandsFor, draft.Schema.Name(id))
			}
		}
		slices.Sort(out.StandsFor)
		return out, out.StandsFor != nil
	}
	for _, g := range draft.Guards {
		if r, ok := reader(g.At, string(g.Rule), g.StandsFor); ok {
			p.out.Guards = append(p.out.Guards, r)
		}
	}
	for _, e := range draft.Escapes {
		if r, ok := reader(e.At, string(e.Kind), e.StandsFor); ok {
			p.out.Escapes = append(p.out.Escapes, r)
		}
	}
	order := func(a, b Reader) int { return cmp.Or(strings.Compare(a.At, b.At), strings.Compare(a.Why, b.Why)) }
	slices.SortFunc(p.out.Guards, order)
	slices.SortFunc(p.out.Escapes, order)
}

// compare says what changes for every token, and for each.
func (p *preview) compare(ctx context.Context, active, after *engine.Snapshot) error {
	sets := [][]string{nil} // a token without a scope: what it gains and loses, every token does, or holds a scope for it
	place := map[string]int{"": 0}
	for _, t := range p.tokens {
		if _, ok := place[setOf(t)]; ok {
			continue
		}
		if len(sets) > maxSets {
			break
		}
		place[setOf(t)] = len(sets)
		sets = append(sets, t.ScopeIDs)
	}
	changes, err := access.Holders(ctx, active, after, sets)
	if err != nil {
		return err
	}
	p.out.Compared, p.out.Opened, p.out.Restricted = true, changes[0].Gains, changes[0].Losses
	for _, t := range p.tokens {
		at, ok := place[setOf(t)]
		switch {
		case !ok:
			p.out.Unasked++
		case len(changes[at].Gains)+len(changes[at].Losses) > 0:
			p.out.Tokens = append(p.out.Tokens, TokenChange{Token: t, Difference: changes[at]})
		}
	}
	slices.SortFunc(p.out.Tokens, func(a, b TokenChange) int {
		return cmp.Or(strings.Compare(a.Token.Name, b.Token.Name), strings.Compare(a.Token.ID, b.Token.ID))
	})
	return nil
}

// setOf is what tokens with the same scopes have in common.
func setOf(t store.Token) string {
	return strings.Join(slices.Sorted(slices.Values(t.ScopeIDs)), " ")
}

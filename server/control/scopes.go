package control

import (
	"context"
	"regexp"
	"slices"

	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// Scopes returns the API scopes of a data layer by name.
func (c *Control) Scopes(ctx context.Context, layer string) (list []store.Scope, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		list, err = r.Scopes(l.ID)
		return err
	})
	return list, err
}

// Scope returns an API scope of a data layer.
func (c *Control) Scope(ctx context.Context, layer, id string) (s store.Scope, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		s, err = scopeOf(r, l, id)
		return err
	})
	return s, err
}

// scopeOf finds a scope of this data layer.
func scopeOf(r store.Reader, l store.DataLayer, id string) (store.Scope, error) {
	list, err := r.Scopes(l.ID)
	if err != nil {
		return store.Scope{}, err
	}
	if i := slices.IndexFunc(list, func(s store.Scope) bool { return s.ID == id }); i >= 0 {
		return list[i], nil
	}
	return store.Scope{}, notFound("scope")
}

// CreateScope makes an API scope. It restricts what it covers when CreateScope returns, unless the sync failed.
func (c *Control) CreateScope(ctx context.Context, by store.Origin, layer string, r ScopeRequest) (s store.Scope, done store.Sync, err error) {
	done, err = c.changeScope(ctx, by, layer, store.ScopeCreated, func(w store.Writer, l store.DataLayer) error {
		if err := c.checkScope(w, l, r); err != nil {
			return err
		}
		s, err = w.CreateScope(store.Scope{
			ID: c.o.NewID(), LayerID: l.ID, Name: r.Name, Description: r.Description, Entries: r.Fields,
		})
		return err
	})
	return s, done, err
}

// UpdateScope changes an API scope for every token that holds it (R5). The next decision sees it when UpdateScope returns,
// unless the sync failed.
func (c *Control) UpdateScope(
	ctx context.Context, by store.Origin, layer, id string, r ScopeRequest, version uint64,
) (s store.Scope, done store.Sync, err error) {
	done, err = c.changeScope(ctx, by, layer, store.ScopeUpdated, func(w store.Writer, l store.DataLayer) error {
		if s, err = ownScope(w, l, id); err != nil {
			return err
		}
		if version != 0 && s.Version != version {
			return store.ErrStale // before anything about the schema: it may be about another scope by now
		}
		if err := c.checkScope(w, l, r); err != nil {
			return err
		}
		s.Name, s.Description, s.Entries, s.Version = r.Name, r.Description, r.Fields, version
		s, err = w.UpdateScope(s)
		return err
	})
	return s, done, err
}

// DeleteScope deletes an API scope and takes it off every token (R4). What only it covered is readable by every token when
// DeleteScope returns (R5).
func (c *Control) DeleteScope(ctx context.Context, by store.Origin, layer, id string, version uint64) (store.Sync, error) {
	return c.changeScope(ctx, by, layer, store.ScopeDeleted, func(w store.Writer, l store.DataLayer) error {
		if _, err := ownScope(w, l, id); err != nil {
			return err
		}
		return w.DeleteScope(id, version)
	})
}

// ownScope finds a scope that requests may change.
func ownScope(r store.Reader, l store.DataLayer, id string) (store.Scope, error) {
	s, err := scopeOf(r, l, id)
	if err == nil && s.File != "" {
		err = fileOwned("scope "+s.Name, s.File)
	}
	return s, err
}

// changeScope commits a change together with the sync that it needs, and waits for it.
func (c *Control) changeScope(
	ctx context.Context, by store.Origin, layer string, why store.Action, f func(store.Writer, store.DataLayer) error,
) (store.Sync, error) {
	l, err := c.Layer(ctx, layer)
	if err != nil {
		return store.Sync{}, err
	}
	request, err := c.start(ctx, by, l, string(why), false, func(w store.Writer) error {
		now, err := layerByID(w, l.ID)
		if err != nil {
			return err
		}
		return f(w, now)
	})
	if err != nil {
		return store.Sync{}, err
	}
	return c.wait(ctx, request)
}

// checkScope refuses a scope that no file could hold, and entries that match nothing in the schema in force.
func (c *Control) checkScope(r store.Reader, l store.DataLayer, request ScopeRequest) error {
	defined, faults := scope.Define("scope "+request.Name, request.Name, request.Description, request.Fields)
	if faults != nil {
		e := &Error{Kind: Invalid, Code: CodeScope, Message: "this is no scope"}
		for _, f := range faults {
			e.Details = append(e.Details, Detail{Pointer: faultPointer(f.Path), Message: f.Message, Hint: f.Hint})
		}
		return e
	}
	schema, err := c.schemaInForce(r, l)
	if err != nil {
		return err
	}
	return matchAll(schema, defined)
}

func matchAll(schema *gql.Schema, s scope.Scope) error {
	e := &Error{Kind: Unprocessable, Code: CodeUnmatched, Message: "entries match nothing in the data layer's schema"}
	for i, entry := range s.Entries {
		if len(schema.Match(entry.Pattern)) > 0 {
			continue
		}
		d := Detail{Pointer: pointer("fields", item(i)), Message: "it matches nothing in the schema"}
		if literal, ok := entry.Pattern.Literal(); !ok {
			d.Hint = "`*` crosses neither `.` nor `(`, and a glob for types matches no enum, input or built-in type"
		} else if near := schema.Nearest(literal); near != "" {
			d.Hint = "did you mean `" + near + "`?"
		}
		e.Details = append(e.Details, d)
	}
	if e.Details == nil {
		return nil
	}
	return e
}

var indexed = regexp.MustCompile(`^([a-z]+)\[(\d+)\]$`)

// faultPointer turns a path of package scope into a pointer into a ScopeRequest.
func faultPointer(path string) string {
	if parts := indexed.FindStringSubmatch(path); parts != nil {
		return pointer(parts[1], parts[2])
	}
	if path == "scope" {
		path = "name"
	}
	return pointer(path)
}

// PreviewDelete returns what deleting a scope would do. It changes nothing.
func (c *Control) PreviewDelete(ctx context.Context, layer, id string) (d Deletion, err error) {
	err = c.view(ctx, func(r store.Reader) error {
		l, err := layerNamed(r, layer)
		if err != nil {
			return err
		}
		if _, err := scopeOf(r, l, id); err != nil {
			return err
		}
		if d.Opens, err = c.onlyCovered(r, l, id); err != nil {
			return err
		}
		d.Tokens, err = holders(r, l, id)
		return err
	})
	return d, err
}

// onlyCovered returns the coordinates that no scope but this one covers, sorted.
func (c *Control) onlyCovered(r store.Reader, l store.DataLayer, id string) ([]string, error) {
	in, err := readRows(r, l)
	if err != nil {
		return nil, err
	}
	draft, err := in.compile(c.guarded(l).last.Load())
	if err != nil {
		return nil, err
	}
	var only []string
	for coordinate, covers := range draft.Content.Coordinates {
		if len(covers) == 1 && covers[0] == id {
			only = append(only, coordinate)
		}
	}
	slices.Sort(only)
	return only, nil
}

// holders returns the tokens that hold a scope and are not revoked, by id.
func holders(r store.Reader, l store.DataLayer, id string) ([]store.Token, error) {
	tokens, err := r.Tokens(l.ID, store.Page{})
	return slices.DeleteFunc(tokens, func(t store.Token) bool {
		return t.Revoked != nil || !slices.Contains(t.ScopeIDs, id)
	}), err
}

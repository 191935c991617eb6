package control

import (
	"fmt"
	"slices"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/store"
)

// compiled is what rows were compiled to. The next compile takes over from it what has not changed. It is immutable.
type compiled struct {
	rows   map[string]store.Scope // by id
	scopes map[string]scope.Scope // what the rows define, by id
	draft  *engine.Draft
}

// compile compiles the rows. The errors are those of the engine.
func (in rows) compile(after *compiled) (*engine.Draft, error) {
	out, err := in.compileAfter(after)
	if err != nil {
		return nil, err
	}
	return out.draft, nil
}

func (in rows) compileAfter(last *compiled) (*compiled, error) {
	if last == nil {
		last = &compiled{}
	}
	d, err := in.definition()
	if err != nil {
		return nil, err
	}
	input := engine.Input{
		Layer: d, SchemaFile: in.schemaName(), Schema: in.schema, ScopeIDs: make(map[string]string, len(in.scopes)),
	}
	if in.layer.LockDigest != "" {
		lock, problems := scope.ParseLock(scope.LockFile, []byte(in.lock))
		if problems != nil {
			return nil, problems
		}
		input.Lock = lock
	}
	out := &compiled{rows: make(map[string]store.Scope, len(in.scopes)), scopes: make(map[string]scope.Scope, len(in.scopes))}
	for _, s := range in.scopes {
		defined, err := last.define(s)
		if err != nil {
			return nil, err
		}
		out.rows[s.ID], out.scopes[s.ID] = s, defined
		input.Scopes = append(input.Scopes, defined)
		input.ScopeIDs[s.Name] = s.ID
	}
	out.draft, err = last.edit(input)
	return out, err
}

func (last *compiled) edit(in engine.Input) (*engine.Draft, error) {
	if last.draft == nil {
		return engine.Compile(in)
	}
	return last.draft.Edit(in)
}

// define reads what a row defines, unless it has been read before. The row is compared by what it says: an edit that is only
// looked at has the version of the row that it would change.
func (last *compiled) define(s store.Scope) (scope.Scope, error) {
	if was, ok := last.rows[s.ID]; ok && was.Name == s.Name && was.Description == s.Description && was.File == s.File && slices.Equal(was.Entries, s.Entries) {
		return last.scopes[s.ID], nil
	}
	defined, faults := scope.Define(sourceOf(s), s.Name, s.Description, s.Entries)
	if faults != nil {
		return scope.Scope{}, fmt.Errorf("scope %q in the store: %s", s.Name, faults[0].Message)
	}
	return defined, nil
}

package admintest

import (
	"context"
	"time"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Snapshot compiles what the fake has of a data layer.
func (c *Control) Snapshot(layer string) (*engine.Snapshot, error) {
	ctx := context.Background()
	schema, err := c.Schema(ctx, layer)
	if err != nil {
		return nil, err
	}
	rows, err := c.Scopes(ctx, layer)
	if err != nil {
		return nil, err
	}
	definition, problems := scope.ParseLayer("layer.yaml", []byte("data_layer: "+layer+"\n"))
	in := engine.Input{Layer: definition, Schema: schema}
	for _, row := range rows {
		s, found := scope.ParseScope(row.Name, []byte("scope: "+row.Name+"\nfields: ["+quoted(row.Entries)+"]\n"))
		in.Scopes, problems = append(in.Scopes, s), append(problems, found...)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	draft, err := engine.Compile(in)
	if err != nil {
		return nil, err
	}
	return draft.Activate(ctx, 1, engine.Options{PolicyTimeout: time.Minute})
}

func quoted(list []string) string {
	out := ""
	for _, s := range list {
		out += "\"" + s + "\", "
	}
	return out
}

package access

import (
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/gql"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// Load reads and parses an access directory. The errors are those of [Read] and scope.Problems.
func Load(dir string) (*scope.Repository, error) {
	files, err := Read(dir)
	if err != nil {
		return nil, err
	}
	repository, problems := scope.ParseRepository(files)
	return repository, problems.Err()
}

// Input returns what the engine compiles a data layer from.
func Input(l scope.LayerFiles) engine.Input {
	return engine.Input{Layer: l.Layer, SchemaFile: l.Schema.Path, Schema: string(l.Schema.Source), Scopes: l.Scopes, Lock: l.Lock}
}

// EngineOptions returns the settings of the engine that fieldgate.yaml makes.
func EngineOptions(s scope.Settings) engine.Options {
	return engine.Options{
		Limits: gql.Limits{
			Tokens: s.Limits.Tokens, Depth: s.Limits.Depth, Fields: s.Limits.Fields, RootFields: s.Limits.RootFields,
		},
		PolicyTimeout: s.PolicyTimeout,
	}
}

package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
)

// advice is a scope file that would restrict what looks sensitive.
type advice struct {
	DataLayer string `json:"data_layer"`
	File      string `json:"file"`
	engine.Advice
}

func newAdvice(dir string, l scope.LayerFiles, a engine.Advice) advice {
	file := path.Join(l.Dir, scope.ScopesDir, a.Scope+".yaml")
	return advice{DataLayer: l.Layer.Name, File: filepath.Join(dir, filepath.FromSlash(file)), Advice: a}
}

// print writes the file as it is to be.
func (a advice) print(w io.Writer) error {
	fmt.Fprintf(w, "\n# %s\n", a.File)
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	return e.Encode(struct {
		Scope       string   `yaml:"scope"`
		Description string   `yaml:"description"`
		Fields      []string `yaml:"fields"`
	}{a.Scope, "What looks like " + a.Kind, a.Fields})
}

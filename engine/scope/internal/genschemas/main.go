// Command genschemas writes the JSON Schemas of Fieldgate's files into a folder.
// It is run by `go generate ./engine/scope`.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fieldgate/fieldgate/engine/scope"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: genschemas FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "genschemas:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, content := range scope.JSONSchemas() {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

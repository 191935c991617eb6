// Command genopenapi writes the OpenAPI document of the admin API into files: clients in other languages are generated from it.
// It is run by `go generate ./server/admin/api`.
package main

import (
	"fmt"
	"os"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: genopenapi FILE...")
		os.Exit(2)
	}
	for _, name := range os.Args[1:] {
		if err := os.WriteFile(name, api.Document(), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "genopenapi:", err)
			os.Exit(1)
		}
	}
}

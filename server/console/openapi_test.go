package console_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

var update = flag.Bool("update", false, "write the document that the page's client is made of")

// The page's client is generated from a copy of the document that the server serves. A route that changes and does not
// change the copy would be called in the old way.
func TestThePageIsBuiltForTheRoutesThatAreServed(t *testing.T) {
	const name = "web/openapi.json"
	if *update {
		if err := os.WriteFile(name, api.Document(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, api.Document()) {
		t.Errorf("%s is not what the server serves at /api/v1/openapi.json: go test ./server/console -update, then make console", name)
	}
}

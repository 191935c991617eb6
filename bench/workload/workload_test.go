package workload_test

import (
	"fmt"
	"testing"

	"github.com/fieldgate/fieldgate/bench/workload"
)

func TestWorldsAreAsLargeAsTheySay(t *testing.T) {
	for _, schema := range workload.Schemas() {
		for _, restricted := range workload.Restricted() {
			t.Run(fmt.Sprintf("%s/%d", schema, restricted), func(t *testing.T) {
				w, err := workload.Load("../..", schema, restricted)
				if err != nil {
					t.Fatal(err)
				}
				if len(w.Covers) != restricted {
					t.Errorf("%d coordinates are restricted", len(w.Covers))
				}
				if len(w.Held) != 4 || len(w.Others) == 0 && restricted > 10 {
					t.Errorf("%d scopes held, %d others", len(w.Held), len(w.Others))
				}
				for _, op := range w.Operations {
					asked, denied := 0, 0
					for _, c := range op.Coordinates {
						if w.Covers[c] != nil {
							asked++
						}
						if !w.Readable(c, w.Held) {
							denied++
						}
					}
					t.Logf("%d fields, %d coordinates, %d restricted, %d denied", op.Size, len(op.Coordinates), asked, denied)
					if denied == 0 || denied == asked {
						t.Errorf("%d of %d restricted coordinates are denied: this shows nothing", denied, asked)
					}
				}
			})
		}
	}
}

func TestAnswersAreAsLongAsTheySay(t *testing.T) {
	w, err := workload.Load("../..", "storefront", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{2 << 10, 1 << 20} {
		body, err := w.Answer(w.Operation(30).Query, size)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) < size || len(body) > size+size/4 {
			t.Errorf("%d bytes instead of %d", len(body), size)
		}
		t.Logf("%.300s", body)
	}
}

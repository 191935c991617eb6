package control_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// BenchmarkUpdateScope is an edit of a scope until its revision is active, and stored with fsync, by number of coordinates.
func BenchmarkUpdateScope(b *testing.B) {
	for _, types := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(types*11+2), func(b *testing.B) {
			p := open(b)
			var sdl strings.Builder
			sdl.WriteString("type Query { t0: T0 }\n")
			for i := range types {
				fmt.Fprintf(&sdl, "type T%d { next: T%d a: Int b: Int c: Int d: Int e: Int f: Int g: Int h: Int i: Int }\n", i, (i+1)%types)
			}
			if _, err := p.CreateLayer(b.Context(), p.owner, shopDefinition, sdl.String()); err != nil {
				b.Fatal(err)
			}
			s := p.scope("finance", "*.a")
			for i := 0; b.Loop(); i++ {
				in := control.ScopeRequest{Name: "finance", Fields: []string{"*." + string(rune('a'+i%2))}}
				if _, done, err := p.UpdateScope(b.Context(), p.owner, "shop", s.ID, in, 0); err != nil || done.State != store.SyncSucceeded {
					b.Fatal(err, done.Error)
				}
			}
		})
	}
}

// BenchmarkGenerateToken is a token until it is stored with fsync and in the directory.
func BenchmarkGenerateToken(b *testing.B) {
	p := open(b)
	p.shop()
	p.scope("finance", "Product.cost")
	in := control.TokenRequest{Name: "a", Scopes: []string{"finance"}}
	for b.Loop() {
		if _, _, err := p.GenerateToken(b.Context(), p.owner, "shop", in, store.Once{}); err != nil {
			b.Fatal(err)
		}
	}
}

package complete_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/complete"
)

// upstreamAnswer is an answer of about so many bytes to what is left of benchQuery.
func upstreamAnswer(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"data":{"users":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"user-%d","size":%d,"raw":{"street":"%d Long Street","tags":["a","b"]},"friend":{"id":"user-%d","size":%d},"robot":{"id":"robot-%d","serial":"%s","size":%d}}`,
			i, i*7, i, i+1, i*3, i, strings.Repeat("0123456789abcdef", 4), i)
	}
	b.WriteString(`]}}`)
	return []byte(b.String())
}

const benchQuery = `{ users { id name size raw friend { id tags size } robot { id serial size } } }`

// BenchmarkComplete completes an answer of 1 and 16 MiB, beside encoding/json reading and writing the
// same bytes without changing anything.
func BenchmarkComplete(b *testing.B) {
	for _, size := range []int{1 << 20, 16 << 20} {
		body := upstreamAnswer(size)
		b.Run(fmt.Sprintf("complete/%dMiB", size>>20), func(b *testing.B) {
			a := ask(b, question{query: benchQuery, restricted: []string{"User.name", "User.tags"}})
			dst := make([]byte, 0, 2*len(body))
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := complete.Append(b.Context(), dst, body, complete.Input{Plan: a.plan, Denied: a.denied}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("untouched/%dMiB", size>>20), func(b *testing.B) {
			a := ask(b, question{query: `{ users { id size raw friend { id size } robot { id serial size } } }`})
			dst := make([]byte, 0, 2*len(body))
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := complete.Append(b.Context(), dst, body, complete.Input{Plan: a.plan}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("encoding-json/%dMiB", size>>20), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := json.Unmarshal(body, &v); err != nil {
					b.Fatal(err)
				}
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

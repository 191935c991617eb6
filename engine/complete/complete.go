package complete

import (
	"context"
	"strconv"

	"github.com/fieldgate/fieldgate/engine/gql"
)

// Input says how an answer is completed.
type Input struct {
	Plan   *gql.Plan
	Denied [][]string // the paths of denials, each an entry in `errors`
	// Extensions are the keys of an upstream error's `extensions` that are kept, when their values are
	// strings, numbers or booleans.
	Extensions []string
	// Messages keeps the messages of upstream errors that have no place in what the client wrote. They may
	// name anything in the upstream's schema (R18).
	Messages bool
	MaxBytes int // of the completed answer; 0 is DefaultMaxBytes
}

// DefaultMaxBytes bounds a completed answer: denied fields and restored lists can make it larger than
// the upstream's.
const DefaultMaxBytes = 32 << 20

// What an error entry for a denied selection says (R15). It names nothing.
const (
	DeniedMessage = "Unauthorized field or type"
	DeniedCode    = "UNAUTHORIZED_FIELD_OR_TYPE"
)

// Append appends the client's answer, a JSON object with `data` and `errors`, to dst. The body is the
// upstream's answer. The error is ErrUpstream when that is not an answer to what was sent, ErrTooLarge,
// or the context's; nothing that was appended may be used then.
func Append(ctx context.Context, dst, body []byte, in Input) ([]byte, error) {
	limit := in.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	w := &writer{scanner: scanner{b: body}, ctx: ctx, dst: dst, limit: len(dst) + limit}
	w.dst = append(w.dst, '{')
	e := envelope{data: absent, errors: absent}
	if err := w.envelope(&e, in.Plan); err != nil {
		return nil, err
	}
	f := faults{writer: w, in: in, data: e.data, mark: len(w.dst)}
	if err := f.write(e.errors); err != nil {
		return nil, err
	}
	if e.data == absent && f.upstream == 0 {
		return nil, w.fail("neither data nor errors")
	}
	w.dst = append(w.dst, '}')
	if len(w.dst) > w.limit {
		return nil, ErrTooLarge
	}
	return w.dst, nil
}

// envelope says where the parts of a response stand in the body.
type envelope struct{ data, errors int }

// envelope reads the body and completes its data. What else it holds is left out.
func (w *writer) envelope(e *envelope, plan *gql.Plan) error {
	if w.space() != '{' {
		return w.fail("expected an object")
	}
	again := !w.open('}')
	for again {
		key, escaped, err := w.name()
		if err != nil {
			return err
		}
		if escaped {
			key = unescape(key)
		}
		w.space()
		if err := w.part(string(key), e, plan); err != nil {
			return err
		}
		if again, err = w.more('}'); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *writer) part(key string, e *envelope, plan *gql.Plan) error {
	at := &e.errors
	switch key {
	case "data":
		at = &e.data
	case "errors":
	default:
		return w.skip()
	}
	if *at != absent {
		return w.fail("a key twice")
	}
	*at = w.i
	if key == "data" {
		return w.data(plan)
	}
	return w.skip()
}

func (w *writer) data(plan *gql.Plan) error {
	w.dst = append(w.dst, `"data":`...)
	root := &gql.Entry{Level: plan.Root, Object: plan.Root == nil}
	st, err := w.value(&gql.Shape{}, root)
	if err == nil && st != written {
		w.dst = append(w.dst, "null"...)
	}
	return err
}

// appendDenied appends the entry of one denial.
func appendDenied(dst []byte, path []string) []byte {
	dst = append(dst, `{"message":"`+DeniedMessage+`","path":[`...)
	for i, key := range path {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendQuote(dst, key)
	}
	return append(dst, `],"extensions":{"code":"`+DeniedCode+`"}}`...)
}

// maxRefusal is how long the errors of a refusal may grow: paths can be long.
const maxRefusal = 1 << 20

// AppendRefusal appends the answer that holds an error for each denial, and no data. It ends with the
// denial that takes it beyond 1 MiB.
func AppendRefusal(dst []byte, denied [][]string) []byte {
	start := len(dst)
	dst = append(dst, `{"errors":[`...)
	for i, path := range denied {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = appendDenied(dst, path); len(dst)-start > maxRefusal {
			break
		}
	}
	return append(dst, `]}`...)
}

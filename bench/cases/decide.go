package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
)

// Options say what is measured and for how long.
type Options struct {
	Root       string // of the checkout
	Schemas    []string
	Restricted []int
	Sizes      []int
	measure.Options
	Log func(format string, args ...any)
}

// Decide measures warm and cold decisions of every side.
func Decide(ctx context.Context, o Options) ([]measure.Result, error) {
	var out []measure.Result
	for _, schema := range o.Schemas {
		for _, restricted := range o.Restricted {
			results, err := decideIn(ctx, o, schema, restricted)
			if err != nil {
				return nil, err
			}
			out = append(out, results...)
		}
	}
	return out, nil
}

// world is a workload with every side set up and checked.
type world struct {
	*workload.World
	sides []peers.Side
	tasks labels
}

type labels map[string]string

// with returns the labels and more: names, each with its value.
func (l labels) with(pairs ...string) labels {
	out := maps.Clone(l)
	for pair := range slices.Chunk(pairs, 2) {
		out[pair[0]] = pair[1]
	}
	return out
}

func decideIn(ctx context.Context, o Options, schema string, restricted int) ([]measure.Result, error) {
	o.Log("decisions on %s, %d restricted coordinates: checking that all sides answer alike", schema, restricted)
	w, err := checked(ctx, o.Root, schema, restricted)
	if err != nil {
		return nil, err
	}
	var out []measure.Result
	for _, size := range o.Sizes {
		op := w.Operation(size)
		w.tasks = labels{"schema": schema, "restricted": strconv.Itoa(restricted), "fields": strconv.Itoa(size)}
		for _, tasks := range []func(*workload.Operation) ([]measure.Task, error){w.warm, w.cold} {
			list, err := tasks(op)
			if err != nil {
				return nil, err
			}
			o.Log("  %s, %d fields, %d sides", list[0].Labels["suite"], size, len(list))
			results, err := measure.Interleaved(ctx, list, o.Options)
			if err != nil {
				return nil, err
			}
			out = append(out, results...)
		}
	}
	return out, nil
}

// checked sets every side up and compares their answers.
func checked(ctx context.Context, root, schema string, restricted int) (*world, error) {
	w, err := workload.Load(root, schema, restricted)
	if err != nil {
		return nil, err
	}
	sets := [][]string{w.Held, w.Enough()}
	sides, err := peers.All(ctx, w, sets...)
	if err != nil {
		return nil, err
	}
	return &world{World: w, sides: sides}, peers.Compare(ctx, w, sides, sets...)
}

// warm asks what was asked before.
func (w *world) warm(op *workload.Operation) ([]measure.Task, error) {
	tasks := []measure.Task{w.repeated(w.sides[0], "fieldgate-allow", peers.Ask(op, w.Enough()))}
	for _, side := range w.sides {
		if _, always := peers.Feasible(side, w.World, op); always || w.remembers(side, op) {
			tasks = append(tasks, w.repeated(side, side.Name(), peers.Ask(op, w.Held)))
		}
	}
	return tasks, nil
}

// remembers reports whether a side that is slow the first time was asked already when answers were compared.
func (w *world) remembers(side peers.Side, op *workload.Operation) bool {
	first, _ := peers.Feasible(side, w.World, op)
	return first && side.Name() == "casbin-cached"
}

// repeated asks in a text that is not the very one that was remembered: it is compared, as that of another request is.
func (w *world) repeated(side peers.Side, name string, q peers.Question) measure.Task {
	q.Query = strings.Clone(q.Query)
	return measure.Task{Labels: w.tasks.with("suite", "warm", "side", name), Prepare: measure.Loop(func(ctx context.Context) error {
		_, err := side.Decide(ctx, q)
		return err
	})}
}

// freshSets is how many scopes that open nothing a fresh scope set has besides those that are held.
const freshSets = 3

// cold asks for scope sets that were never seen, and for documents that were never seen.
func (w *world) cold(op *workload.Operation) ([]measure.Task, error) {
	parse, err := w.parsing(op)
	if err != nil {
		return nil, err
	}
	tasks := []measure.Task{parse}
	sets := &fresh{w: w.World}
	if len(w.Others) >= 10*freshSets {
		for _, side := range w.sides {
			if side.Name() != "go-maps" && side.Name() != "casbin" && side.Name() != "casbin-cached" {
				tasks = append(tasks, w.unseen(side, side.Name(), op, sets.subject))
			}
		}
		tasks = append(tasks, w.unseen(w.sides[0], "fieldgate-new-both", op, sets.both))
	}
	return append(tasks, w.unseen(w.sides[0], "fieldgate-new-document", op, sets.document)), nil
}

func (w *world) unseen(side peers.Side, name string, op *workload.Operation, next func(peers.Question) peers.Question) measure.Task {
	return measure.Task{Labels: w.tasks.with("suite", "cold", "side", name), Prepare: func(n int) (func(context.Context) error, error) {
		questions := make([]peers.Question, n)
		for i := range questions {
			questions[i] = next(peers.Ask(op, w.Held))
		}
		return func(ctx context.Context) error {
			for _, q := range questions {
				if _, err := side.Decide(ctx, q); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}}
}

// fresh makes questions that were never asked.
type fresh struct {
	w *workload.World
	n int
}

func (f *fresh) subject(q peers.Question) peers.Question {
	f.n++
	scopes := slices.Clone(f.w.Held)
	for _, i := range combination(f.n, freshSets) {
		scopes = append(scopes, f.w.Others[i%len(f.w.Others)])
	}
	slices.Sort(scopes)
	q.Scopes = slices.Compact(scopes)
	return q
}

// combination returns the n-th set of k different numbers, in the order of the greatest, so that no set comes twice: the
// combinatorial number system.
func combination(n, k int) []int {
	out := make([]int, 0, k)
	for ; k > 0; k-- {
		i, before := k-1, 0
		for sets := 1; before+sets <= n; i++ { // sets of which i is the greatest
			before += sets
			sets = sets * (i + 1) / (i + 2 - k)
		}
		out, n = append(out, i), n-before
	}
	return out
}

func (f *fresh) document(q peers.Question) peers.Question {
	f.n++
	q.Query = fmt.Sprintf("%s#%d", q.Query, f.n)
	return q
}

func (f *fresh) both(q peers.Question) peers.Question { return f.subject(f.document(q)) }

// parsing is the parser library's parse and validation alone.
func (w *world) parsing(op *workload.Operation) (measure.Task, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: w.SDL})
	if err != nil {
		return measure.Task{}, err
	}
	all := rules.NewDefaultRules()
	return measure.Task{Labels: w.tasks.with("suite", "cold", "side", "gqlparser"), Prepare: measure.Loop(func(context.Context) error {
		doc, err := parser.ParseQuery(&ast.Source{Input: op.Query})
		if err != nil {
			return err
		}
		if errs := validator.ValidateWithRules(schema, doc, all); len(errs) > 0 {
			return errs
		}
		return nil
	})}, nil
}

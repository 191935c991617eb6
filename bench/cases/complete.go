package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/peers"
	"github.com/fieldgate/fieldgate/bench/workload"
	"github.com/fieldgate/fieldgate/engine"
)

// answerSize is the size of the upstream's answer that is completed.
const answerSize = 1 << 20

// Complete measures what is made of an upstream's answer of 1 MB to a pruned query: the denied fields are put back as null
// and the errors are added. Beside it, encoding/json reads and writes the same bytes without changing anything.
func Complete(ctx context.Context, o Options) ([]measure.Result, error) {
	w, err := workload.Load(o.Root, "storefront", 10)
	if err != nil {
		return nil, err
	}
	w.RestrictOnly("editors", "Product.totalInventory", "Image.altText", "SEO.description") // all may be null
	c, body, err := pruned(ctx, w)
	if err != nil {
		return nil, err
	}
	o.Log("completion of an answer of %d bytes", len(body))
	if err := completes(ctx, c, body); err != nil {
		return nil, err
	}
	dst := make([]byte, 0, 2*len(body))
	return measure.Interleaved(ctx, []measure.Task{
		{Labels: labels{"suite": "complete", "side": "fieldgate"}, Prepare: measure.Loop(func(ctx context.Context) error {
			_, err := c.Complete(ctx, dst, body)
			return err
		})},
		{Labels: labels{"suite": "complete", "side": "encoding-json"}, Prepare: measure.Loop(func(context.Context) error {
			var value any
			if err := json.Unmarshal(body, &value); err != nil {
				return err
			}
			_, err := json.Marshal(value)
			return err
		})},
	}, o.Options)
}

// pruned is how a query of 30 fields, some of them denied, is answered, and the upstream's answer to what is left of it.
func pruned(ctx context.Context, w *workload.World) (*engine.Completion, []byte, error) {
	snapshot, err := peers.Snapshot(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	op := w.Operation(30)
	v, err := snapshot.Decide(ctx, engine.Request{Subject: engine.Subject{ScopeIDs: w.Held}, Query: op.Query, OperationName: op.Name, Variables: op.Variables})
	if err != nil {
		return nil, nil, err
	}
	if v.Effect() != engine.EffectForwardPruned {
		return nil, nil, fmt.Errorf("the effect is %s: nothing is pruned", v.Effect())
	}
	c, err := v.Completion(ctx, engine.CompletionOptions{})
	if err != nil {
		return nil, nil, err
	}
	body, err := w.Answer(c.Query(), answerSize)
	return c, body, err
}

// completes wants the completed answer to hold all that the upstream's has, and more.
func completes(ctx context.Context, c *engine.Completion, body []byte) error {
	out, err := c.Complete(ctx, nil, body)
	if err != nil {
		return err
	}
	var before, after struct {
		Data   any
		Errors []any
	}
	if err := json.Unmarshal(body, &before); err != nil {
		return err
	}
	if err := json.Unmarshal(out, &after); err != nil {
		return err
	}
	if len(after.Errors) == 0 {
		return fmt.Errorf("%w: nothing is said of what is denied", peers.ErrDiffer)
	}
	if added := withoutNew(before.Data, after.Data); added == 0 {
		return fmt.Errorf("%w: nothing is put back, or something is lost", peers.ErrDiffer)
	}
	return nil
}

// withoutNew counts the members that after has and before lacks, all null; it is 0 when they differ in anything else.
func withoutNew(before, after any) int {
	switch after := after.(type) {
	case map[string]any:
		before, ok := before.(map[string]any)
		if !ok {
			return 0
		}
		return newMembers(before, after)
	case []any:
		before, ok := before.([]any)
		if !ok || len(before) != len(after) {
			return 0
		}
		added := 0
		for i := range after {
			added += withoutNew(before[i], after[i])
		}
		return added
	}
	return 0
}

func newMembers(before, after map[string]any) int {
	added := 0
	for name, value := range after {
		old, had := before[name]
		switch {
		case !had && value == nil:
			added++
		case !had:
			return 0
		case !reflect.DeepEqual(old, value):
			below := withoutNew(old, value)
			if below == 0 {
				return 0
			}
			added += below
		}
	}
	return added
}

package report

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/bench/cases"
	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/web"
)

// Results are everything that was measured, in the form in which it is kept.
type Results struct {
	Machine  map[string]string `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Taken says when each part was measured, and with how many rounds of which length.
	Taken map[string]string           `json:"taken"`
	Cases map[string][]measure.Result `json:"cases"` // by part
	Web   map[string][]web.Result     `json:"web"`
	Heap  []cases.Heap                `json:"heap"`
}

// New returns results of nothing yet.
func New() *Results {
	return &Results{
		Machine: map[string]string{}, Versions: map[string]string{}, Taken: map[string]string{},
		Cases: map[string][]measure.Result{}, Web: map[string][]web.Result{},
	}
}

// Read reads results; a file that is not there has none.
func Read(file string) (*Results, error) {
	r := New()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(data, r)
}

// Write keeps the results, with four digits of each figure and a line for each side, so that two runs can be compared.
func (r *Results) Write(file string) error {
	r.round()
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	text := strings.NewReplacer(`},{"labels"`, "},\n{\"labels\"", `},{"suite"`, "},\n{\"suite\"", `[{"labels"`, "[\n{\"labels\"", `[{"suite"`, "[\n{\"suite\"").Replace(string(data))
	return os.WriteFile(file, []byte(text+"\n"), 0o644)
}

func (r *Results) round() {
	for _, list := range r.Cases {
		for _, result := range list {
			for i, s := range result.Samples {
				result.Samples[i] = measure.Sample{Nanoseconds: four(s.Nanoseconds), Processor: four(s.Processor), Allocations: four(s.Allocations), Bytes: four(s.Bytes)}
			}
		}
	}
	for _, list := range r.Web {
		for _, result := range list {
			for i, s := range result.Samples {
				result.Samples[i] = web.Sample{PerSecond: four(s.PerSecond), Processor: four(s.Processor), P50: four(s.P50), P99: four(s.P99)}
			}
		}
	}
}

// four keeps four digits.
func four(v float64) float64 {
	if v == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-3)
	if unit < 1 {
		return math.Round(v*math.Round(1/unit)) / math.Round(1/unit)
	}
	return math.Round(v/unit) * unit
}

// all are the results of every part, in order.
func (r *Results) all() []measure.Result {
	var out []measure.Result
	for _, part := range slices.Sorted(maps.Keys(r.Cases)) {
		out = append(out, r.Cases[part]...)
	}
	return out
}

// find returns the samples of the task whose labels are these: names, each with its value. Nil when there is none.
func (r *Results) find(pairs ...string) []measure.Sample {
	for _, result := range r.all() {
		matches := true
		for pair := range slices.Chunk(pairs, 2) {
			matches = matches && result.Labels[pair[0]] == pair[1]
		}
		if matches {
			return result.Samples
		}
	}
	return nil
}

// server returns the samples of a server in a web suite.
func (r *Results) server(suite, side string) []web.Sample {
	for _, result := range r.Web[suite] {
		if result.Side == side {
			return result.Samples
		}
	}
	return nil
}

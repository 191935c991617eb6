package report

import (
	"fmt"
	"strings"
)

// target is a figure that is to be reached.
type target struct {
	measure   string
	need, aim float64
	lower     bool // the lower the better
	found     func(r *Results) Spread
	on        func(schema string) func(r *Results) Spread // where both schemas are measured
	written   func(float64) string                        // nil: as a ratio
}

const (
	typicalFields     = "30"
	typicalRestricted = "1000"
)

// typical finds the samples of a side at 30 fields and 1,000 restricted coordinates.
func typical(r *Results, suite, schema, side string) []float64 {
	return processor(r.find("suite", suite, "schema", schema, "restricted", typicalRestricted, "fields", typicalFields, "side", side))
}

// ratio compares two sides of a suite.
func ratio(suite, a, b string) func(schema string) func(*Results) Spread {
	return func(schema string) func(*Results) Spread {
		return func(r *Results) Spread { return paired(typical(r, suite, schema, a), typical(r, suite, schema, b)) }
	}
}

func targets() []target {
	return []target{
		{measure: "warm decision, 30 fields, against plain Go maps", need: 1.0 / 5, aim: 1.0 / 10, lower: true, on: ratio("warm", own, "go-maps")},
		{measure: "warm against casbin with its cache", need: 30, aim: 60, on: ratio("warm", "casbin-cached", own)},
		{measure: "warm against cedar-go", need: 200, aim: 400, on: ratio("warm", "cedar-go", own)},
		{measure: "warm against cel-go", need: 400, aim: 900, on: ratio("warm", "cel-go", own)},
		{measure: "cold decision (scope set never seen) against OPA per query", need: 2, aim: 3, on: ratio("cold", "opa-per-query", own)},
		{measure: "the same against OPA per field", need: 10, aim: 14, on: ratio("cold", "opa-per-field", own)},
		{measure: "the same against cedar-go", aim: 1, on: ratio("cold", "cedar-go", own)},
		{measure: "cold, parse included (document and scope set never seen), against gqlparser's parse and validate alone", need: 3, aim: 2, lower: true, on: ratio("cold", "fieldgate-new-both", "gqlparser")},
		{measure: "growth of warm from 10 to 100,000 restricted coordinates", need: 1.5, aim: 1.2, lower: true, found: growthOf("coordinates", "100000", "10")},
		{measure: "guarded requests per second against the bare reverse proxy, decision log off", need: 0.85, aim: 1, found: served("fieldgate", "reverse-proxy")},
		{measure: "the same, decision log on", need: 0.75, aim: 0.9, found: served("fieldgate-log", "reverse-proxy")},
		{measure: "CPU per request against Hive Gateway, which has no authorization", need: 1.0 / 3, aim: 1.0 / 6, lower: true, found: func(r *Results) Spread {
			return paired(perRequest(r.server("gateway", own)), perRequest(r.server("gateway", "hive-gateway")))
		}},
		{measure: "completion of a pruned 1 MB answer against `json.Unmarshal` and `Marshal` of it", need: 3, aim: 6, found: func(r *Results) Spread {
			return paired(processor(r.find("suite", "complete", "side", "encoding-json")), processor(r.find("suite", "complete", "side", own)))
		}},
		{measure: "scope edit to active at 100,000 coordinates against a full activation", need: 1.0 / 20, aim: 1.0 / 200, lower: true, found: func(r *Results) Spread {
			edit, full := r.find("suite", "activate", "side", "scope-edit"), r.find("suite", "activate", "side", "full")
			return paired(wall(edit), wall(full))
		}},
		{measure: "heap: 6,000 fields, 1,000 scopes, 100 scope sets, 1,000,000 tokens", need: 500, aim: 250, lower: true, written: megabytes, found: func(r *Results) Spread {
			if len(r.Heap) == 0 {
				return Spread{}
			}
			mb := r.Heap[len(r.Heap)-1].Bytes / 1e6
			return Spread{mb, mb, mb}
		}},
	}
}

// own is Fieldgate's name among the sides.
const own = "fieldgate"

func growthOf(axis, to, from string) func(*Results) Spread {
	return func(r *Results) Spread {
		return paired(processor(r.find("suite", "growth", "axis", axis, "x", to)), processor(r.find("suite", "growth", "axis", axis, "x", from)))
	}
}

func served(a, b string) func(*Results) Spread {
	return func(r *Results) Spread {
		return paired(perSecond(r.server("gateway", a)), perSecond(r.server("gateway", b)))
	}
}

// verdict says how a figure stands to its target.
func (t target) verdict(s Spread) string {
	reaches := func(limit float64) bool {
		if t.lower {
			return s.Median <= limit
		}
		return s.Median >= limit
	}
	switch {
	case !s.Measured():
		return "not measured"
	case reaches(t.aim):
		return "aim reached"
	case t.need > 0 && reaches(t.need):
		return "reached"
	}
	return "**missed**"
}

// rows are the lines of the table of targets, each with its cells.
func (t target) rows(r *Results) [][]string {
	write := t.written
	switch {
	case write != nil:
	case t.aim < 0.5:
		write = fraction
	default:
		write = times
	}
	limit := func(v float64) string {
		if v == 0 {
			return ""
		}
		return write(v)
	}
	row := func(name string, s Spread) []string {
		return []string{name, limit(t.need), limit(t.aim), spread(s, write), t.verdict(s)}
	}
	if t.on == nil {
		return [][]string{row(t.measure, t.found(r))}
	}
	return [][]string{
		row(t.measure+"; GitHub", t.on("github")(r)),
		row(t.measure+"; Storefront", t.on("storefront")(r)),
	}
}

func targetTable(r *Results) string {
	rows := [][]string{{"measure", "at least", "aim", "found (median, quartiles)", ""}}
	for _, t := range targets() {
		rows = append(rows, t.rows(r)...)
	}
	return table(rows)
}

// times writes a ratio: small ones as 1/n.
func times(v float64) string {
	if v < 0.4 {
		return fraction(v)
	}
	return short(v) + "x"
}

// fraction writes a ratio that should be below 1 as 1/n.
func fraction(v float64) string {
	if v > 0 && v < 1 {
		return "1/" + short(1/v)
	}
	return short(v) + "x"
}

func megabytes(v float64) string { return fmt.Sprintf("%.0f MB", v) }

func spread(s Spread, write func(float64) string) string {
	switch {
	case !s.Measured():
		return ""
	case s.Low == s.High:
		return write(s.Median)
	}
	return fmt.Sprintf("%s (%s to %s)", write(s.Median), write(s.Low), write(s.High))
}

// short writes three digits.
func short(v float64) string {
	switch {
	case v >= 100:
		return grouped(fmt.Sprintf("%.0f", v))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// grouped puts commas between thousands.
func grouped(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/bench/measure"
)

// table writes rows in Markdown; the first one is the head. Numbers are set right by their columns after the first.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---|" + strings.Repeat("---|", len(row)-1) + "\n")
		}
	}
	return b.String()
}

// duration writes nanoseconds.
func duration(ns float64) string {
	switch {
	case ns >= 1e9:
		return short(ns/1e9) + " s"
	case ns >= 1e6:
		return short(ns/1e6) + " ms"
	case ns >= 1e3:
		return short(ns/1e3) + " µs"
	}
	return short(ns) + " ns"
}

// cost writes processor time with its spread in percent of the median.
func cost(values []float64) string {
	s := Of(values)
	if !s.Measured() {
		return ""
	}
	return fmt.Sprintf("%s ±%.0f%%", duration(s.Median), 50*(s.High-s.Low)/s.Median)
}

// sidesOf are the sides of a suite in the order in which they were measured.
func (r *Results) sidesOf(suite string) []string {
	var out []string
	for _, result := range r.all() {
		if side := result.Labels["side"]; result.Labels["suite"] == suite && !slices.Contains(out, side) {
			out = append(out, side)
		}
	}
	return out
}

// values are the different values of a label in a suite, as numbers, in order.
func (r *Results) values(suite, label string) []string {
	seen := map[string]bool{}
	for _, result := range r.all() {
		if v, ok := result.Labels[label]; ok && result.Labels["suite"] == suite {
			seen[v] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX != nil || errY != nil {
			return strings.Compare(a, b)
		}
		return x - y
	})
}

// decisionTables has a table for each schema: a line for each side and number of restricted coordinates, a column for
// each size.
func decisionTables(r *Results, suite string, of func([]measure.Sample) []float64) string {
	var b strings.Builder
	sizes := r.values(suite, "fields")
	for _, schema := range r.values(suite, "schema") {
		head := []string{title(schema), "restricted"}
		for _, size := range sizes {
			head = append(head, size+" fields")
		}
		if suite != "node" {
			head = append(head, "allocations, 30 fields")
		}
		rows := [][]string{head}
		for _, side := range r.sidesOf(suite) {
			for _, restricted := range r.values(suite, "restricted") {
				if row := decisionRow(r, suite, schema, side, restricted, sizes, of); row != nil {
					rows = append(rows, row)
				}
			}
		}
		b.WriteString(table(rows) + "\n")
	}
	return b.String()
}

func decisionRow(r *Results, suite, schema, side, restricted string, sizes []string, of func([]measure.Sample) []float64) []string {
	row := []string{side, thousands(restricted)}
	measured := false
	var allocs string
	for _, size := range sizes {
		samples := r.find("suite", suite, "schema", schema, "side", side, "restricted", restricted, "fields", size)
		measured = measured || samples != nil
		row = append(row, cost(of(samples)))
		if size == typicalFields && samples != nil {
			allocs = whole(Of(allocations(samples)).Median)
		}
	}
	switch {
	case !measured:
		return nil
	case suite == "node":
		return row
	}
	return append(row, allocs)
}

func thousands(n string) string { return grouped(n) }

func title(schema string) string {
	return map[string]string{"github": "GitHub", "storefront": "Storefront"}[schema]
}

// serverTable has a line for each server of a web suite, with its share of another's requests per second.
func serverTable(r *Results, suite, against string) string {
	rows := [][]string{{"server", "requests per second", "against " + against, "CPU per request", "median", "99 %"}}
	base := perSecond(r.server(suite, against))
	for _, result := range r.Web[suite] {
		rows = append(rows, []string{
			result.Side,
			spread(Of(perSecond(result.Samples)), short),
			spread(paired(perSecond(result.Samples), base), times),
			cost(perRequest(result.Samples)),
			duration(Of(column(result.Samples, p50)).Median),
			duration(Of(column(result.Samples, p99)).Median),
		})
	}
	return table(rows)
}

func heapTable(r *Results) string {
	rows := [][]string{{"with", "heap"}}
	for _, h := range r.Heap {
		rows = append(rows, []string{"+ " + h.What, megabytes(h.Bytes / 1e6)})
	}
	return table(rows)
}

// growthTable has a line for each axis and its points.
func growthTable(r *Results) string {
	rows := [][]string{{"", "", "time", "against the first"}}
	for _, axis := range []string{"fields", "coordinates", "scopes", "layers", "tokens"} {
		var first []float64
		for _, x := range r.axis(axis) {
			values := processor(r.find("suite", "growth", "axis", axis, "x", x))
			if first == nil {
				first = values
			}
			rows = append(rows, []string{axis, thousands(x), cost(values), spread(paired(values, first), times)})
		}
	}
	return table(rows)
}

// axis are the points of a line of the growth suite.
func (r *Results) axis(axis string) []string {
	var out []string
	for _, result := range r.all() {
		if result.Labels["suite"] == "growth" && result.Labels["axis"] == axis {
			out = append(out, result.Labels["x"])
		}
	}
	return out
}

func activationTable(r *Results) string {
	rows := [][]string{{"100,000 restricted coordinates", "time", "CPU"}}
	for _, side := range []string{"full", "scope-edit"} {
		samples := r.find("suite", "activate", "side", side)
		rows = append(rows, []string{side, cost(wall(samples)), cost(processor(samples))})
	}
	return table(rows)
}

func completionTable(r *Results) string {
	rows := [][]string{{"1 MB", "CPU", "allocations"}}
	for _, side := range r.sidesOf("complete") {
		samples := r.find("suite", "complete", "side", side)
		rows = append(rows, []string{side, cost(processor(samples)), whole(Of(allocations(samples)).Median)})
	}
	return table(rows)
}

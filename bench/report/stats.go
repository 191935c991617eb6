package report

import (
	"math"
	"slices"

	"github.com/fieldgate/fieldgate/bench/measure"
	"github.com/fieldgate/fieldgate/bench/web"
)

// Spread is a median with the quartiles around it. The zero value is nothing measured.
type Spread struct{ Low, Median, High float64 }

// Of returns the spread of some values.
func Of(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return Spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// quantile interpolates between the two values around it.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// Measured reports whether there is something.
func (s Spread) Measured() bool { return s.Median > 0 }

// paired returns the spread of the ratios of two sides, round by round: what the machine did meanwhile hit both.
func paired(a, b []float64) Spread {
	var ratios []float64
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			ratios = append(ratios, a[i]/b[i])
		}
	}
	return Of(ratios)
}

// processor is the processor time of each sample; wall is the time on the clock.
func processor(samples []measure.Sample) []float64 {
	return column(samples, func(s measure.Sample) float64 { return s.Processor })
}

func wall(samples []measure.Sample) []float64 {
	return column(samples, func(s measure.Sample) float64 { return s.Nanoseconds })
}

func allocations(samples []measure.Sample) []float64 {
	return column(samples, func(s measure.Sample) float64 { return s.Allocations })
}

func perSecond(samples []web.Sample) []float64 {
	return column(samples, func(s web.Sample) float64 { return s.PerSecond })
}

func perRequest(samples []web.Sample) []float64 {
	return column(samples, func(s web.Sample) float64 { return s.Processor })
}

func column[S any](samples []S, of func(S) float64) []float64 {
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = of(s)
	}
	return out
}

func p50(s web.Sample) float64 { return s.P50 }

func p99(s web.Sample) float64 { return s.P99 }

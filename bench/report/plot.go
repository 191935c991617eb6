package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Plots are SVG, readable on a light and on a dark page: they take their colours from what the reader prefers.
const plotStyle = `<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
.quiet { fill: #57606a; font-size: 12px }
.title { font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.bar { fill: #8c959f }
.own { fill: #0969da }
.line { stroke: #0969da; stroke-width: 2; fill: none }
.spread { stroke: #24292f; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .grid { stroke: #30363d }
  .bar { fill: #6e7681 }
  .own, .line { fill: #4493f8 }
  .line { stroke: #4493f8; fill: none }
  .spread { stroke: #e6edf3 }
}
</style>
`

// bar is one side of a bar plot.
type bar struct {
	name  string
	value Spread
}

// The measures of a plot, in pixels.
const (
	plotWidth  = 760
	labelWidth = 190
	valueWidth = 110
	barHeight  = 26
	plotTop    = 64
)

// scale places values between 0 and 1, and has lines at some of them.
type scale struct {
	at    func(v float64) float64
	lines []float64
}

// logarithmic has a line at each power of ten.
func logarithmic(list []bar) scale {
	low, high := decades(list)
	s := scale{at: func(v float64) float64 { return (math.Log10(v) - low) / (high - low) }}
	for d := low; d <= high; d++ {
		s.lines = append(s.lines, math.Pow(10, d))
	}
	return s
}

// linear begins at 0 and has some lines at round numbers.
func linear(list []bar) scale {
	_, high := decades(list)
	step, top := math.Pow(10, high-1), 0.0
	for _, b := range list {
		top = math.Max(top, b.value.High)
	}
	s := scale{at: func(v float64) float64 { return v / (top * 1.05) }}
	for v := 0.0; v <= top*1.05; v += step {
		s.lines = append(s.lines, v)
	}
	return s
}

// bars draws horizontal bars. Sides that were not measured are left out; Fieldgate's stand out.
func bars(heading, note string, list []bar, of func([]bar) scale, write func(float64) string) string {
	list = slices.DeleteFunc(slices.Clone(list), func(b bar) bool { return !b.value.Measured() })
	s := of(list)
	at := func(v float64) float64 { return labelWidth + (plotWidth-labelWidth-valueWidth)*s.at(v) }
	height := plotTop + barHeight*len(list) + 12
	var out strings.Builder
	open(&out, heading, note, plotWidth, height)
	for _, v := range s.lines {
		fmt.Fprintf(&out, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", at(v), at(v), plotTop-4, height-12)
		fmt.Fprintf(&out, `<text class="quiet" x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at(v), plotTop-9, html.EscapeString(write(v)))
	}
	for i, b := range list {
		b.draw(&out, plotTop+i*barHeight, at, write)
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func (b bar) draw(out *strings.Builder, y int, at func(float64) float64, write func(float64) string) {
	class := "bar"
	if strings.HasPrefix(b.name, own) {
		class = "own"
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-10, y+17, html.EscapeString(b.name))
	fmt.Fprintf(out, `<rect class="%s" x="%d" y="%d" width="%.1f" height="16" rx="2"/>`+"\n", class, labelWidth, y+4, math.Max(at(b.value.Median)-labelWidth, 1))
	fmt.Fprintf(out, `<line class="spread" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", at(b.value.Low), at(b.value.High), y+12, y+12)
	fmt.Fprintf(out, `<text x="%.1f" y="%d">%s</text>`+"\n", math.Max(at(b.value.High), at(b.value.Median))+8, y+17, html.EscapeString(write(b.value.Median)))
}

func open(out *strings.Builder, heading, note string, width, height int) {
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(heading))
	out.WriteString(plotStyle)
	fmt.Fprintf(out, `<text class="title" x="8" y="20">%s</text>`+"\n", html.EscapeString(heading))
	fmt.Fprintf(out, `<text class="quiet" x="8" y="38">%s</text>`+"\n", html.EscapeString(note))
}

// decades are the powers of ten around the values.
func decades(list []bar) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, b := range list {
		low, high = math.Min(low, math.Log10(b.value.Low)), math.Max(high, math.Log10(b.value.High))
	}
	if low > high {
		return 0, 1
	}
	low, high = math.Floor(low), math.Ceil(high)
	return low, math.Max(high, low+1)
}

// series is one panel of a line plot.
type series struct {
	name   string
	x      []string
	values []Spread
}

// The measures of a panel.
const (
	panelWidth  = 172
	panelHeight = 150
	panelTop    = 76
)

// panels draws one line for each series, side by side, all on one scale from 0. The points of a line have equal distances:
// their x is written below.
func panels(heading, note string, list []series, write func(float64) string) string {
	top := 0.0
	for _, s := range list {
		for _, v := range s.values {
			top = math.Max(top, v.High)
		}
	}
	at := func(v float64) float64 { return panelTop + panelHeight*(1-v/math.Max(top*1.15, 1e-9)) }
	var out strings.Builder
	open(&out, heading, note, panelWidth*len(list)+16, panelTop+panelHeight+34)
	for i, s := range list {
		left := float64(8 + i*panelWidth)
		fmt.Fprintf(&out, `<text class="title" x="%.1f" y="%d">%s</text>`+"\n", left, panelTop-12, html.EscapeString(s.name))
		fmt.Fprintf(&out, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`+"\n", left, left+panelWidth-16, at(0), at(0))
		panel(&out, s, left, at, write)
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func panel(out *strings.Builder, s series, left float64, at func(float64) float64, write func(float64) string) {
	var points []string
	step := float64(panelWidth-44) / math.Max(float64(len(s.x)-1), 1)
	for j, v := range s.values {
		x := left + 14 + step*float64(j)
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, at(v.Median)))
		fmt.Fprintf(out, `<circle class="own" cx="%.1f" cy="%.1f" r="3"/>`+"\n", x, at(v.Median))
		fmt.Fprintf(out, `<line class="spread" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`+"\n", x, x, at(v.Low), at(v.High))
		fmt.Fprintf(out, `<text class="quiet" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", x, at(v.High)-6, html.EscapeString(write(v.Median)))
		fmt.Fprintf(out, `<text class="quiet" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", x, at(0)+18, html.EscapeString(compact(s.x[j])))
	}
	fmt.Fprintf(out, `<polyline class="line" points="%s"/>`+"\n", strings.Join(points, " "))
}

// compact writes 100000 as 100k.
func compact(n string) string {
	n = strings.TrimSuffix(n, "000000") + strings.Repeat("M", strings.Count(n, "000000"))
	if !strings.HasSuffix(n, "M") && strings.HasSuffix(n, "000") {
		n = strings.TrimSuffix(n, "000") + "k"
	}
	return n
}

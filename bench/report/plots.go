package report

import (
	"fmt"
	"strings"
)

// Plots returns the plots by file name. What was not measured has none.
func Plots(r *Results) map[string]string {
	out := map[string]string{}
	for suite, heading := range map[string]string{
		"warm": "Deciding an operation of 30 fields that was decided before",
		"cold": "Deciding an operation of 30 fields for a set of scopes that was never seen",
	} {
		if list := decisionBars(r, suite); list != nil {
			out[suite+".svg"] = bars(heading, "GitHub's schema, 1,000 restricted coordinates; processor time, logarithmic; less is better", list, logarithmic, duration)
		}
	}
	if servers := r.Web["gateway"]; servers != nil {
		var requests, processor []bar
		for _, s := range servers {
			requests = append(requests, bar{s.Side, Of(perSecond(s.Samples))})
			processor = append(processor, bar{s.Side, Of(perRequest(s.Samples))})
		}
		out["gateway-requests.svg"] = bars("Requests per second through each gateway", "a 2 KB answer, load and upstream on the same machine; more is better", requests, linear, whole)
		out["gateway-cpu.svg"] = bars("Processor time of each gateway for a request", "a 2 KB answer; logarithmic; less is better", processor, logarithmic, duration)
	}
	if list := growthSeries(r); list != nil {
		out["growth.svg"] = panels("How a warm decision grows", "processor time; the last panel is the look-up of a token", list, func(v float64) string {
			return strings.ReplaceAll(duration(v), ".00 ", " ")
		})
	}
	return out
}

func whole(v float64) string { return grouped(fmt.Sprintf("%.0f", v)) }

func decisionBars(r *Results, suite string) []bar {
	var list []bar
	for _, side := range r.sidesOf(suite) {
		if values := typical(r, suite, "github", side); len(values) > 0 {
			list = append(list, bar{side, Of(values)})
		}
	}
	return list
}

func growthSeries(r *Results) []series {
	var out []series
	for _, axis := range []string{"fields", "coordinates", "scopes", "layers", "tokens"} {
		s := series{name: axis, x: r.axis(axis)}
		for _, x := range s.x {
			s.values = append(s.values, Of(processor(r.find("suite", "growth", "axis", axis, "x", x))))
		}
		if len(s.x) > 0 {
			out = append(out, s)
		}
	}
	return out
}

package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mutant is one changed version of a policy.
type mutant struct {
	name   string // what was changed, with its line
	source string
}

// swap replaces what old matches by each of new, one occurrence at a time.
type swap struct {
	old *regexp.Regexp
	new []string
}

var swaps = []swap{
	{regexp.MustCompile(`==`), []string{"!="}},
	{regexp.MustCompile(`!=`), []string{"=="}},
	{regexp.MustCompile(` & `), []string{" | ", " - "}},
	{regexp.MustCompile(`\btrue\b`), []string{"false"}},
	{regexp.MustCompile(`\bfalse\b`), []string{"true"}},
	{regexp.MustCompile(`"any"`), []string{`"all"`}},
	{regexp.MustCompile(`"all"`), []string{`"any"`}},
	{regexp.MustCompile(`"[^"]*"`), []string{`"mutant"`}},
	{regexp.MustCompile(`\bset\(\)`), []string{`{"mutant"}`}},
	{regexp.MustCompile(`== held\b`), []string{"== covers"}},
	{regexp.MustCompile(`== covers\b`), []string{"== held", "!= held"}},
	{regexp.MustCompile(`\bin asked\b`), []string{"in data.fieldgate.coordinates"}},
	{regexp.MustCompile(`\bunion\(`), []string{"intersection("}},
	{regexp.MustCompile(`\binput\.[a-z_]+\b`), []string{"input.mutant"}},
	{regexp.MustCompile(`\bdata\.fieldgate\.[a-z_.]+\b`), []string{"data.fieldgate.mutant"}},
}

// mutate returns the mutants of source: each line that is not a comment deleted,
// each rule deleted, and each operator and literal of swaps exchanged.
func mutate(source string, module *ast.Module) []mutant {
	lines := strings.SplitAfter(source, "\n")
	mutants := deleteLines(lines)
	for _, rule := range module.Rules {
		mutants = append(mutants, deleteRule(lines, rule))
	}
	for number, line := range lines {
		if !isCode(line) {
			continue
		}
		for _, changed := range swapIn(line) {
			mutants = append(mutants, mutant{
				name:   fmt.Sprintf("line %d becomes: %s", number+1, strings.TrimSpace(changed)),
				source: join(lines[:number], changed, lines[number+1:]),
			})
		}
	}
	return mutants
}

func isCode(line string) bool {
	text := strings.TrimSpace(line)
	return text != "" && !strings.HasPrefix(text, "#")
}

func deleteLines(lines []string) []mutant {
	var mutants []mutant
	for number, line := range lines {
		if isCode(line) {
			mutants = append(mutants, mutant{
				name:   fmt.Sprintf("line %d deleted: %s", number+1, strings.TrimSpace(line)),
				source: join(lines[:number], "", lines[number+1:]),
			})
		}
	}
	return mutants
}

func deleteRule(lines []string, rule *ast.Rule) mutant {
	first := rule.Location.Row
	last := first + strings.Count(string(rule.Location.Text), "\n")
	return mutant{
		name:   fmt.Sprintf("rule on lines %d-%d deleted: %s", first, last, rule.Head),
		source: join(lines[:first-1], "", lines[last:]),
	}
}

func swapIn(line string) []string {
	var changed []string
	for _, s := range swaps {
		for _, at := range s.old.FindAllStringIndex(line, -1) {
			for _, text := range s.new {
				changed = append(changed, line[:at[0]]+text+line[at[1]:])
			}
		}
	}
	return changed
}

func join(before []string, middle string, after []string) string {
	return strings.Join(before, "") + middle + strings.Join(after, "")
}

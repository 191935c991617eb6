package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/fieldgate/fieldgate/engine/accesstest"
)

// table prints what failed, with what differs, and a summary.
func (r *testReport) table(w io.Writer, o testOptions) error {
	for _, result := range r.Results {
		switch {
		case !result.Passed():
			fmt.Fprintf(w, "FAIL  %s\n      %s\n", result.Name, result.Position)
			for _, f := range result.Failures {
				printFailure(w, f)
			}
		case o.verbose:
			fmt.Fprintf(w, "ok    %s\n", result.Name)
		}
	}
	for _, c := range r.Coverage {
		printCoverage(w, c, o.coverage)
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed\n", r.Passed, r.Failed)
	return err
}

func printFailure(w io.Writer, f accesstest.Failure) {
	fmt.Fprintf(w, "      %s\n", f.Message)
	for _, line := range diff(f.Want, f.Got) {
		fmt.Fprintf(w, "        %s\n", line)
	}
	if f.Query == "" {
		return
	}
	holding := "no scope"
	if len(f.Scopes) > 0 {
		holding = strings.Join(f.Scopes, ", ")
	}
	fmt.Fprintf(w, "        by a token that holds %s:\n          %s\n", holding, f.Query)
}

// diff marks with - what was wanted and is not there, with + what is there and was not wanted.
func diff(want, got []string) []string {
	common := longestCommon(want, got)
	var out []string
	i, j := 0, 0
	for _, c := range append(common, [2]int{len(want), len(got)}) {
		for ; i < c[0]; i++ {
			out = append(out, "- "+want[i])
		}
		for ; j < c[1]; j++ {
			out = append(out, "+ "+got[j])
		}
		if i < len(want) && j < len(got) {
			out = append(out, "  "+want[i])
			i, j = i+1, j+1
		}
	}
	return out
}

// longestCommon returns the places of a longest common subsequence.
func longestCommon(a, b []string) [][2]int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

func printCoverage(w io.Writer, c accesstest.Coverage, all bool) {
	fmt.Fprintf(w, "%s: tests exercise %d of %s, and all but %d of %s\n", c.DataLayer,
		c.Exercised, count(c.Restricted, "restricted coordinate"), len(c.UntestedLines), count(c.Lines, "scope line"))
	if !all {
		return
	}
	for _, l := range c.UntestedLines {
		fmt.Fprintf(w, "  %s: %s of scope %s is not tested\n", l.Position, l.Entry, l.Scope)
	}
	for _, name := range c.Untested {
		fmt.Fprintf(w, "  %s\n", name)
	}
}

// The elements of a JUnit report, as CI servers read them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name     string         `xml:"name,attr"`
		Class    string         `xml:"classname,attr"`
		File     string         `xml:"file,attr"`
		Line     int            `xml:"line,attr"`
		Failures []junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit returns the report as JUnit XML, a suite for each data layer.
func (r *testReport) junit() ([]byte, error) {
	all := junitSuites{Tests: len(r.Results), Failures: r.Failed}
	for _, result := range r.Results {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != result.DataLayer {
			all.Suites = append(all.Suites, junitSuite{Name: result.DataLayer})
		}
		suite := &all.Suites[len(all.Suites)-1]
		suite.Tests++
		if !result.Passed() {
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, junitOf(result))
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func junitOf(result accesstest.Result) junitCase {
	c := junitCase{Name: result.Name, Class: result.DataLayer + "." + string(result.Kind), File: result.Position.File, Line: result.Position.Line}
	for _, f := range result.Failures {
		var text strings.Builder
		printFailure(&text, f)
		c.Failures = append(c.Failures, junitFailure{Message: f.Message, Text: text.String()})
	}
	return c
}

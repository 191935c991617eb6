package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// format is how a command prints its result.
type format string

const (
	formatTable format = "table"
	formatJSON  format = "json"
	formatYAML  format = "yaml"
)

var formats = []string{string(formatTable), string(formatJSON), string(formatYAML)}

// String returns the format's name, for pflag.
func (f *format) String() string { return string(*f) }

// Set takes one of the formats, for pflag.
func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return fmt.Errorf("it is one of %s%s", strings.Join(formats, ", "), didYouMean(coord.Nearest(s, formats)))
	}
	*f = format(s)
	return nil
}

// Type names the kind of value in --help, for pflag.
func (f *format) Type() string { return strings.Join(formats, "|") }

// outputFlag adds --output to a command.
func outputFlag(cmd *cobra.Command) *format {
	f := formatTable
	cmd.Flags().Var(&f, "output", "how to print the result")
	complete(cmd, "output", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return formats, cobra.ShellCompDirectiveNoFileComp
	})
	return &f
}

// complete adds the completion of a flag's value. It can fail only for a flag that does not exist.
func complete(cmd *cobra.Command, flag string, with cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, with); err != nil {
		panic(err)
	}
}

// print writes v as JSON or YAML, or calls table.
func (f format) print(w io.Writer, v any, table func(io.Writer) error) error {
	switch f {
	case formatJSON:
		text, err := encode(v, "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	case formatYAML:
		return printYAML(w, v)
	}
	return table(w)
}

// encode returns the JSON of v with a line feed at its end; "" as indent makes it one line.
func encode(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(v)
	return text.Bytes(), err
}

// printYAML writes v as YAML with the names and the order of its JSON.
func printYAML(w io.Writer, v any) error {
	text, err := encode(v, "")
	if err != nil {
		return err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil { // YAML holds JSON
		return err
	}
	block(&node)
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return err
	}
	return encoder.Close()
}

// block takes the style of JSON off a YAML tree.
func block(n *yaml.Node) {
	if len(n.Content) > 0 || n.Kind == yaml.ScalarNode {
		n.Style = 0
	}
	for _, child := range n.Content {
		block(child)
	}
}

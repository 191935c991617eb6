package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/access"
)

// subjectFlags say who is asked about. Exactly one of them is given: holding nothing and being
// unrestricted are both said, never meant by saying nothing (R4).
type subjectFlags struct {
	name         string // of the flag that takes scopes
	scopes       []string
	none         bool
	unrestricted bool
}

// addSubject adds the flags to a command. name is the flag that takes scopes.
func addSubject(cmd *cobra.Command, name string) *subjectFlags {
	s := &subjectFlags{name: name}
	cmd.Flags().StringSliceVar(&s.scopes, name, nil, "the scopes that the subject holds, as in a,b")
	cmd.Flags().BoolVar(&s.none, "no-scopes", false, "the subject holds no scope")
	cmd.Flags().BoolVar(&s.unrestricted, "unrestricted", false, "the subject is unrestricted")
	complete(cmd, name, completeScopes)
	return s
}

// completeScopes completes the last of a list of scopes, from the directory in the first argument.
func completeScopes(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	done := typed[:strings.LastIndex(typed, ",")+1]
	var out []string
	if len(args) > 0 {
		if repository, err := access.Load(args[0]); err == nil {
			// "" is every layer
			layer, _ := cmd.Flags().GetString("layer")
			for _, l := range repository.Layers {
				if layer != "" && l.Layer.Name != layer {
					continue
				}
				for _, s := range l.Scopes {
					out = append(out, done+s.Name)
				}
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// subject returns who is asked about.
func (s *subjectFlags) subject(cmd *cobra.Command) (engine.Subject, error) {
	named := cmd.Flags().Changed(s.name)
	set := 0
	for _, is := range []bool{named, s.none, s.unrestricted} {
		if is {
			set++
		}
	}
	if set != 1 {
		return engine.Subject{}, &usageError{
			message: "say who asks, with exactly one of --" + s.name + ", --no-scopes and --unrestricted",
			hint:    "a token that holds no scope is --no-scopes; an unrestricted one reads everything",
		}
	}
	for i := range s.scopes {
		s.scopes[i] = strings.TrimSpace(s.scopes[i])
	}
	if named && (len(s.scopes) == 0 || slices.Contains(s.scopes, "")) {
		return engine.Subject{}, &usageError{message: "--" + s.name + " holds an empty name", hint: "a subject that holds no scope is --no-scopes"}
	}
	return engine.Subject{Scopes: s.scopes, Unrestricted: s.unrestricted}, nil
}

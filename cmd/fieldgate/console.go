package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// consoleLink is what `fieldgate console` prints as JSON.
type consoleLink struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

func newConsole() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Print a link that opens the console, signed in",
		Long: `Console prints the address of the web console with a code that signs in the browser that opens it first, as the member
whose key is in ` + envKey + `. The code works once and for five minutes: whoever has the link before it is used is that member.

It asks the server of --server or ` + envServer + ` (` + defaultServer + `).`,
		Example: `  fieldgate console
  xdg-open "$(fieldgate console)"`,
	}
	return r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		link, err := r.SessionLink(cmd.Context())
		if err != nil {
			return err
		}
		out := consoleLink{URL: r.URL(link.Path), Expires: link.Expires}
		return r.print(cmd, out, func(w io.Writer) error {
			fmt.Fprintf(cmd.ErrOrStderr(), "signs in one browser, until %s:\n", when(&out.Expires))
			_, err := fmt.Fprintln(w, out.URL)
			return err
		})
	})
}

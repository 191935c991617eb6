package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/coord"
)

// buildFlags are the flags of build.
type buildFlags struct {
	layer    *string
	output   string
	revision uint64
	signing  signingFlags
}

func newBuild() *cobra.Command {
	f := &buildFlags{}
	cmd := &cobra.Command{
		Use:   "build DIR",
		Short: "Write the OPA bundle of a data layer",
		Long: `Build compiles a data layer and writes it as an OPA bundle, the same bytes for the same files. A stock opa
answers data.fieldgate.read.allowed from it. Scope entries that match nothing are warnings here and errors in check.`,
		Example: `  fieldgate build access --layer shop -o shop.tar.gz
  fieldgate build access -o - --revision 7 --signing-key key.pem --signing-alg ES256 --key-id ci-2026 > shop.tar.gz`,
		Args: oneDir(),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.layer = layerFlag(cmd)
	cmd.Flags().StringVarP(&f.output, "output-file", "o", "", "the file to write, or - for standard output (default is LAYER.tar.gz)")
	cmd.Flags().Uint64Var(&f.revision, "revision", 1, "the number of the revision; servers refuse one that is older than theirs")
	f.signing.add(cmd)
	return cmd
}

func (f *buildFlags) run(cmd *cobra.Command, dir string) error {
	if f.revision == 0 {
		return &usageError{message: "--revision begins at 1"}
	}
	signer, err := f.signing.signer(cmd)
	if err != nil {
		return err
	}
	l, err := load(dir, *f.layer)
	if err != nil {
		return err
	}
	l.warnUnmatched(cmd, dir)
	var bundle bytes.Buffer
	if err := bundles.Write(&bundle, l.draft.Content, f.revision, signer); err != nil {
		return err
	}
	name := f.output
	if name == "" {
		name = l.files.Layer.Name + ".tar.gz"
	}
	if err := writeOut(cmd.OutOrStdout(), name, bundle.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s: data layer %s, revision %d, %s, %s\n",
		name, l.files.Layer.Name, f.revision, l.draft.Content.Digest(), f.signing.describe(signer))
	return nil
}

// writeOut writes a file whole or not at all; - is standard output, which must not be a terminal.
func writeOut(stdout io.Writer, name string, data []byte) error {
	if name == "-" {
		if isTerminal(stdout) {
			return &usageError{message: "a bundle is not for a terminal", hint: "write it to a file with -o FILE"}
		}
		_, err := stdout.Write(data)
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".fieldgate-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // it has been renamed, or there is nothing more to do
	_, err = temporary.Write(data)
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644) //nolint:gosec // a bundle is there to be read
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	return err
}

// isTerminal reports whether a person may be looking at w or r.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// signingFlags say what a bundle is signed with: all of them, or none.
type signingFlags struct{ key, algorithm, id string }

func (s *signingFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.key, "signing-key", "", "file with the key: PEM for ES256, a secret of 32 bytes or more for HS256 (without the line break at its end)")
	cmd.Flags().StringVar(&s.algorithm, "signing-alg", "", "ES256 or HS256")
	cmd.Flags().StringVar(&s.id, "key-id", "", "the key's id, by which verifiers find it")
	complete(cmd, "signing-alg", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return algorithms, cobra.ShellCompDirectiveNoFileComp
	})
}

var algorithms = []string{"ES256", "HS256"}

// signer returns what the flags say, or nil for a bundle without a signature.
func (s *signingFlags) signer(cmd *cobra.Command) (*bundles.Signer, error) {
	given := 0
	for _, name := range []string{"signing-key", "signing-alg", "key-id"} {
		if cmd.Flags().Changed(name) {
			given++
		}
	}
	switch given {
	case 0:
		return nil, nil
	case 3:
	default:
		return nil, &usageError{message: "a signature needs all of --signing-key, --signing-alg and --key-id"}
	}
	key, err := os.ReadFile(s.key)
	if err != nil {
		return nil, err
	}
	switch s.algorithm {
	case "ES256":
		return bundles.NewES256Signer(s.id, key)
	case "HS256":
		return bundles.NewHS256Signer(s.id, bytes.TrimRight(key, "\r\n"))
	}
	return nil, &usageError{message: fmt.Sprintf("--signing-alg is %q, not ES256 or HS256%s", s.algorithm, didYouMean(coord.Nearest(s.algorithm, algorithms)))}
}

func (s *signingFlags) describe(signer *bundles.Signer) string {
	if signer == nil {
		return "not signed"
	}
	return fmt.Sprintf("signed with key %s (%s)", s.id, s.algorithm)
}

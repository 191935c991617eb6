package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/store"
)

func newAudit() *cobra.Command {
	return newNoun("audit", "Read and verify the audit log", newAuditList(), newAuditExport(), newAuditHead(), newAuditVerify())
}

// auditFlags choose entries.
type auditFlags struct{ actor, action, target, layer, from, until string }

func (f *auditFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.actor, "actor", "", "id or name of who did it, or id of the key")
	flags.StringVar(&f.action, "action", "", "what was done, as in scope.deleted, or scope. for all about scopes")
	flags.StringVar(&f.target, "target", "", "id or name of what it was done to")
	flags.StringVar(&f.layer, "layer", "", "the data layer")
	flags.StringVar(&f.from, "from", "", "not before, as in 2026-01-31 or 2026-01-31T12:00:00Z")
	flags.StringVar(&f.until, "until", "", "before")
}

// query returns the filters as the API takes them.
func (f *auditFlags) query() (url.Values, error) {
	out := url.Values{}
	for name, value := range map[string]string{"actor": f.actor, "action": f.action, "target": f.target, "data_layer": f.layer} {
		if value != "" {
			out.Set(name, value)
		}
	}
	for name, value := range map[string]string{"from": f.from, "until": f.until} {
		if value == "" {
			continue
		}
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			value = day.Format(time.RFC3339)
		}
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return nil, &usageError{message: fmt.Sprintf("--%s is a time as in 2026-01-31 or 2026-01-31T12:00:00Z", name)}
		}
		out.Set(name, value)
	}
	return out, nil
}

func newAuditList() *cobra.Command {
	r, f, limit := &remote{}, &auditFlags{}, 50
	cmd := &cobra.Command{
		Use: "list", Short: "List the newest entries",
		Example: `  fieldgate audit list --action scope. --layer shop --from 2026-01-01`,
	}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		query, err := f.query()
		if err != nil {
			return err
		}
		if limit < 1 || limit > api.MaxPage {
			return &usageError{message: fmt.Sprintf("--limit is from 1 to %d", api.MaxPage), hint: "`fieldgate audit export` writes all"}
		}
		query.Set("newest", "true")
		query.Set("limit", strconv.Itoa(limit))
		page, err := r.AuditPage(cmd.Context(), query)
		if err != nil {
			return err
		}
		return r.print(cmd, page.Items, func(w io.Writer) error { return auditTable(w, page.Items) })
	})
	f.add(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many")
	return cmd
}

func auditTable(w io.Writer, entries []store.Entry) error {
	var rows [][]string
	for _, e := range entries {
		actor := string(e.Actor.Kind)
		if e.Actor.Name != "" {
			actor += " " + e.Actor.Name
		}
		target := e.Target.Name
		if target == "" {
			target = e.Target.ID
		}
		rows = append(rows, []string{
			strconv.FormatUint(e.Sequence, 10), when(&e.Time), actor, string(e.Action), e.Target.Kind + " " + target, dash(e.Target.DataLayer), dash(e.IP),
		})
	}
	return grid(w, []string{"SEQUENCE", "TIME", "ACTOR", "ACTION", "TARGET", "DATA LAYER", "IP"}, rows)
}

func newAuditExport() *cobra.Command {
	r, f, as, file := &remote{}, &auditFlags{}, "", ""
	cmd := &cobra.Command{
		Use: "export", Short: "Write entries as JSON lines or CSV",
		Long: `Export writes entries in order, to standard output or to a file. JSON lines hold entries as they are in the chain; CSV is
for spreadsheets. An export that breaks off is an error, and leaves no file.`,
		Example: `  fieldgate audit export --format csv --file audit.csv`,
	}
	r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		query, err := f.query()
		if err != nil {
			return err
		}
		if as != "jsonl" && as != "csv" {
			return &usageError{message: "--format is jsonl or csv"}
		}
		query.Set("format", as)
		if file == "" {
			return r.ExportAudit(cmd.Context(), query, cmd.OutOrStdout())
		}
		return writeWhole(file, func(w io.Writer) error { return r.ExportAudit(cmd.Context(), query, w) })
	})
	f.add(cmd)
	cmd.Flags().StringVar(&as, "format", "jsonl", "jsonl or csv")
	cmd.Flags().StringVar(&file, "file", "", "the file to write (default is standard output)")
	return cmd
}

// writeWhole writes a new file of which nothing is left when write fails. It does not write over a file.
func writeWhole(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func newAuditHead() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use: "head", Short: "Print the newest entry's sequence and hash, to keep and compare later",
		Long: `Head prints SEQUENCE:HASH of the newest entry. Kept where the server cannot reach it, it shows later that nothing before
it was changed: fieldgate audit verify --heads heads.txt.`,
		Example: `  fieldgate audit head >> heads.txt`,
	}
	return r.verb(cmd, named(), func(cmd *cobra.Command, _ []string) error {
		h, err := r.Head(cmd.Context())
		if err != nil {
			return err
		}
		return r.print(cmd, h, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%d:%s\n", h.Sequence, plain(h.Hash))
			return err
		})
	})
}

// verifyFlags say what to verify, and which heads were kept.
type verifyFlags struct {
	heads []string // SEQUENCE:HASH
	kept  string   // a file of such lines
	file  string   // an export
}

func newAuditVerify() *cobra.Command {
	r, f := &remote{}, &verifyFlags{}
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that every entry is as it was written",
		Long: `Verify asks the server to check the whole chain, and checks that it still holds the heads that were kept earlier. With
--file it checks an export as JSON lines, without filters, by itself and without a server. It ends with 1 when an entry was
changed, dropped or moved.`,
		Example: `  fieldgate audit verify --heads heads.txt
  fieldgate audit verify --file audit.jsonl --heads heads.txt`,
	}
	r.verb(cmd, named(), nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		result, err := f.verify(cmd, r)
		if err != nil {
			return err
		}
		if err := r.print(cmd, result, func(w io.Writer) error { return verificationText(w, result) }); err != nil {
			return err
		}
		if !result.Intact {
			return findings{}
		}
		return nil
	}
	cmd.Flags().StringArrayVar(&f.heads, "head", nil, "a head that was kept, SEQUENCE:HASH; repeat it for several")
	cmd.Flags().StringVar(&f.kept, "heads", "", "a file of heads that were kept, one a line")
	cmd.Flags().StringVar(&f.file, "file", "", "an export to verify, instead of asking a server")
	return cmd
}

// verify verifies an export, or what the server has.
func (f *verifyFlags) verify(cmd *cobra.Command, r *remote) (api.Verification, error) {
	known, err := f.known()
	if err != nil {
		return api.Verification{}, err
	}
	if f.file != "" {
		return verifyFile(f.file, known)
	}
	if err := r.connect(); err != nil {
		return api.Verification{}, err
	}
	result, err := r.Verify(cmd.Context())
	if err != nil || !result.Intact {
		return result, err
	}
	result.Problem, err = r.missingHead(cmd, known)
	result.Intact = result.Problem == ""
	return result, err
}

// known returns the heads that were kept.
func (f *verifyFlags) known() ([]store.Head, error) {
	texts := f.heads
	if f.kept != "" {
		text, err := os.ReadFile(f.kept)
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.Fields(string(text))...)
	}
	return parseHeads(texts)
}

// maxEntryBytes bounds one line of an export: it holds a row before and after a change.
const maxEntryBytes = 64 << 20

// verifyFile verifies an export.
func verifyFile(name string, known []store.Head) (api.Verification, error) {
	file, err := os.Open(name)
	if err != nil {
		return api.Verification{}, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	head, err := store.Verify(readEntries(file), known...)
	var broken *store.BrokenError
	switch {
	case errors.As(err, &broken):
		return api.Verification{Problem: broken.Error()}, nil
	case err != nil:
		return api.Verification{}, fmt.Errorf("%s: %w", name, err)
	}
	return api.Verification{Intact: true, Head: &head}, nil
}

// readEntries yields the entries of JSON lines.
func readEntries(in io.Reader) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, maxEntryBytes)
		for n := 1; lines.Scan(); n++ {
			var e store.Entry
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				yield(e, fmt.Errorf("line %d is no entry: %w", n, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(store.Entry{}, err)
		}
	}
}

func verificationText(w io.Writer, v api.Verification) error {
	if v.Intact && v.Head != nil {
		_, err := fmt.Fprintf(w, "the chain is intact up to %d:%s\n", v.Head.Sequence, plain(v.Head.Hash))
		return err
	}
	_, err := fmt.Fprintf(w, "the chain is not as it was written: %s\n", plain(v.Problem))
	return err
}

func parseHeads(texts []string) ([]store.Head, error) {
	var out []store.Head
	for _, text := range texts {
		sequence, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
		n, err := strconv.ParseUint(sequence, 10, 64)
		if err != nil || n == 0 || len(hash) != 64 {
			return nil, &usageError{message: fmt.Sprintf("%q is no head", text), hint: "`fieldgate audit head` prints one, SEQUENCE:HASH"}
		}
		out = append(out, store.Head{Sequence: n, Hash: hash})
	}
	return out, nil
}

// missingHead returns which of the heads is not in the chain any more, or "".
func (r *remote) missingHead(cmd *cobra.Command, known []store.Head) (string, error) {
	for _, h := range known {
		entry, found, err := r.EntryAt(cmd.Context(), h.Sequence)
		switch {
		case err != nil:
			return "", err
		case !found:
			return fmt.Sprintf("it ends before entry %d, which was there", h.Sequence), nil
		case entry.Hash != h.Hash:
			return fmt.Sprintf("entry %d had another hash when its head was kept", h.Sequence), nil
		}
	}
	return "", nil
}

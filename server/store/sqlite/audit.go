package sqlite

import (
	"encoding/json"
	"iter"
	"strings"

	"github.com/fieldgate/fieldgate/server/store"
)

const entryColumns = `sequence, time, actor_kind, actor_id, actor_name, actor_key, git_commit, ip, request_id,
	action, target_kind, target_id, target_name, layer, before, after, previous, hash`

func (w *writer) insertEntry(e store.Entry) error {
	return w.one(`INSERT INTO audit (`+entryColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Sequence, e.Time.UnixMicro(), e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Actor.KeyID, e.Actor.Commit, e.IP, e.RequestID,
		e.Action, e.Target.Kind, e.Target.ID, e.Target.Name, e.Target.DataLayer, string(e.Before), string(e.After), e.Previous, e.Hash)
}

func scanEntry(row scanner) (e store.Entry, err error) {
	var before, after string
	err = row.Scan(&e.Sequence, at{&e.Time}, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, &e.Actor.KeyID, &e.Actor.Commit, &e.IP, &e.RequestID,
		&e.Action, &e.Target.Kind, &e.Target.ID, &e.Target.Name, &e.Target.DataLayer, &before, &after, &e.Previous, &e.Hash)
	e.Before, e.After = raw(before), raw(after)
	return e, err
}

func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// Audit returns the entries that the filter chooses.
func (r *reader) Audit(f store.AuditFilter) iter.Seq2[store.Entry, error] {
	where, order := choose(f)
	return stream(r.queries, scanEntry, `SELECT `+entryColumns+` FROM audit`+where.sql()+order, append(where.args, limit(f.Limit))...)
}

// stream yields the rows of a query one by one, and an error as the last.
func stream[T any](q queries, scan func(scanner) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := q.each(func(row scanner) (bool, error) {
			one, err := scan(row)
			return err == nil && yield(one, nil), err
		}, query, args...)
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// conditions is a WHERE clause.
type conditions struct {
	parts []string
	args  []any
}

// add adds a condition whose every ? stands for arg.
func (c *conditions) add(used bool, condition string, arg any) {
	if !used {
		return
	}
	c.parts = append(c.parts, "("+condition+")")
	for range strings.Count(condition, "?") {
		c.args = append(c.args, arg)
	}
}

func (c *conditions) sql() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// choose returns the filter as conditions, and the order with a limit to fill in.
func choose(f store.AuditFilter) (where conditions, order string) {
	where.add(f.Actor != "", `actor_id = ? OR actor_name = ? OR actor_key = ?`, f.Actor)
	if strings.HasSuffix(f.Action, ".") {
		where.add(true, `substr(action, 1, length(?)) = ?`, f.Action)
	} else {
		where.add(f.Action != "", `action = ?`, f.Action)
	}
	where.add(f.Target != "", `target_id = ? OR target_name = ?`, f.Target)
	where.add(f.Layer != "", `layer = ?`, f.Layer)
	where.add(!f.From.IsZero(), `time >= ?`, f.From.UnixMicro())
	where.add(!f.Until.IsZero(), `time < ?`, f.Until.UnixMicro())
	where.add(f.After > 0, `sequence > ?`, f.After)
	where.add(f.Before > 0, `sequence < ?`, f.Before)
	if f.Newest {
		return where, ` ORDER BY sequence DESC LIMIT ?`
	}
	return where, ` ORDER BY sequence LIMIT ?`
}

package sqlite_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/store/sqlite"
)

// victim names the environment variable with the directory that a child process writes to until it is killed.
const victim = "FIELDGATE_STORE_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		if err := write(context.Background(), dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// write makes changes at random from several sides, and says each one's head once it was acknowledged.
func write(ctx context.Context, dir string, acknowledged io.Writer) error {
	s, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	var saying sync.Mutex
	failures := make(chan error)
	for range 3 {
		go func() {
			for {
				head, err := s.Change(ctx, by, random)
				if err != nil && !errors.Is(err, errUndecided) {
					failures <- err
					return
				}
				if err == nil {
					saying.Lock()
					_, err = fmt.Fprintln(acknowledged, head.Sequence, head.Hash)
					saying.Unlock()
				}
				if err != nil && !errors.Is(err, errUndecided) {
					failures <- err
					return
				}
			}
		}()
	}
	return <-failures
}

// errUndecided ends a change after it has written.
var errUndecided = errors.New("not to be kept")

// random makes one to four changes of any kind, some of which are not to be kept.
func random(w store.Writer) error {
	for range 1 + rand.IntN(4) {
		if err := one(w); err != nil {
			return err
		}
	}
	if rand.IntN(10) == 0 {
		return errUndecided
	}
	return nil
}

func one(w store.Writer) error {
	layers, err := w.Layers()
	if err != nil {
		return err
	}
	if len(layers) < 2 {
		_, err := w.CreateLayer(store.DataLayer{Name: "layer " + strconv.Itoa(rand.Int()), Definition: "data_layer: x"})
		return err
	}
	l := layers[rand.IntN(len(layers))]
	scopes, err := w.Scopes(l.ID)
	if err != nil {
		return err
	}
	tokens, err := w.Tokens(l.ID, store.Page{Limit: 50})
	if err != nil {
		return err
	}
	name := strconv.Itoa(rand.Int())
	switch kind := rand.IntN(100); {
	case kind < 25 || len(scopes) < 3:
		_, err = w.CreateScope(store.Scope{LayerID: l.ID, Name: name, Entries: []string{name, strings.Repeat("x", rand.IntN(5000))}})
	case kind < 45:
		s := scopes[rand.IntN(len(scopes))]
		s.Entries = append(s.Entries, name)
		_, err = w.UpdateScope(s)
	case kind < 60:
		err = w.DeleteScope(scopes[rand.IntN(len(scopes))].ID, 0)
	case kind < 80 || len(tokens) == 0:
		_, err = w.GenerateToken(store.Token{LayerID: l.ID, Name: name, Hash: randomHash(), ScopeIDs: []string{scopes[0].ID, scopes[1].ID}}, store.Once{Key: name})
	case kind < 90:
		err = w.RevokeToken(tokens[rand.IntN(len(tokens))].ID)
	case kind < 98:
		var s store.Sync
		if s, err = w.StartSync(store.Sync{LayerID: l.ID, Reason: "test"}); err == nil {
			_, err = w.SucceedSync(s, store.Revision{Digest: name}, []byte(name), 2)
		}
	default:
		err = w.DeleteLayer(l.ID, 0)
	}
	return err
}

func randomHash() (h store.Hash) {
	for i := range h {
		h[i] = byte(rand.Uint32())
	}
	return h
}

// TestR20KilledProcessKeepsWhatItAcknowledged kills a process that writes, again and again on the same files: whatever it has
// acknowledged is there, the chain is whole, and the rows are those that the chain tells of.
func TestR20KilledProcessKeepsWhatItAcknowledged(t *testing.T) {
	rounds := 10
	if os.Getenv("FIELDGATE_SOAK") != "" {
		rounds = 200
	}
	var dir string
	var known []store.Head
	changes := 0
	for round := range rounds {
		if round%20 == 0 { // each round reads all that the others wrote
			dir, known = t.TempDir(), nil
		}
		acknowledged := killed(t, dir, 1+rand.IntN(40))
		known = append(known, acknowledged...)
		changes += len(acknowledged)
		s := open(t, dir, sqlite.Options{})
		verify(t, s, known...)
		compare(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("killed %d times, after %d changes that were acknowledged", rounds, changes)
}

// killed starts a process that writes, kills it after it has acknowledged some changes, in the middle of whatever it does
// then, and returns all that it acknowledged.
func killed(t *testing.T, dir string, after int) (acknowledged []store.Head) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, self)
	child.Env = append(os.Environ(), victim+"="+dir)
	failure := new(strings.Builder)
	child.Stderr = failure
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() { // also what it had said before it was killed
		var h store.Head
		if n, err := fmt.Sscan(lines.Text(), &h.Sequence, &h.Hash); err != nil || n != 2 || len(h.Hash) != 64 {
			break // a line that was cut off
		}
		acknowledged = append(acknowledged, h)
		if len(acknowledged) == after {
			if err := child.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(acknowledged) < after || failure.Len() > 0 {
		t.Fatalf("it was not killed: %v, after %d changes of %d: %s", err, len(acknowledged), after, failure)
	}
	return acknowledged
}

// told is what a row's newest entry says of it.
type told struct {
	Name     string     `json:"name"`
	Fields   []string   `json:"fields"`
	ScopeIDs []string   `json:"scope_ids"`
	Revoked  *time.Time `json:"revoked"`
}

// compare makes sure that the rows are those that come out when the chain is told from its beginning.
func compare(t *testing.T, s *sqlite.Store) {
	t.Helper()
	err := s.View(t.Context(), func(r store.Reader) error {
		want := tale{map[string]told{}, map[string]string{}}
		for e, err := range r.Audit(store.AuditFilter{}) {
			if err != nil {
				return err
			}
			want.tell(t, e)
		}
		got, err := rows(r)
		if diff := cmp.Diff(want.rows, got); diff != "" {
			t.Errorf("the rows are not those of the chain (-chain +rows):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tale is what a chain tells so far.
type tale struct {
	rows   map[string]told   // by kind and id
	scopes map[string]string // the data layer of each scope
}

func (so tale) tell(t *testing.T, e store.Entry) {
	t.Helper()
	id := e.Target.Kind + " " + e.Target.ID
	switch {
	case e.Target.Kind == "sync":
	case e.Action == store.ScopeDeleted:
		delete(so.rows, id)
		for token, row := range so.rows {
			row.ScopeIDs = without(row.ScopeIDs, e.Target.ID)
			so.rows[token] = row
		}
	case e.Action == store.LayerDeleted: // its scopes go with it
		delete(so.rows, id)
		for scope, l := range so.scopes {
			if l == e.Target.DataLayer {
				delete(so.rows, scope)
			}
		}
	default:
		var now told
		if err := json.Unmarshal(e.After, &now); err != nil {
			t.Fatal(err)
		}
		so.rows[id] = now
		if e.Target.Kind == "scope" {
			so.scopes[id] = e.Target.DataLayer
		}
	}
}

func without(ids []string, id string) []string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return s == id })
	if len(ids) == 0 {
		return nil
	}
	return ids
}

// rows are those that are there.
func rows(r store.Reader) (map[string]told, error) {
	got := map[string]told{}
	layers, err := r.Layers()
	for _, l := range layers {
		got["data_layer "+l.ID] = told{Name: l.Name}
	}
	scopes, more := r.Scopes("")
	for _, s := range scopes {
		got["scope "+s.ID] = told{Name: s.Name, Fields: s.Entries}
	}
	err = errors.Join(err, more)
	for t, one := range r.AllTokens() {
		err = errors.Join(err, one)
		got["token "+t.ID] = told{Name: t.Name, ScopeIDs: t.ScopeIDs, Revoked: t.Revoked}
	}
	return got, err
}

package access_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
)

// repo is an access directory that a test edits, with the watcher that looks at it.
type repo struct {
	t       *testing.T
	files   map[string]string
	err     error
	log     bytes.Buffer
	watcher *access.Watcher
}

// sample is a repository with two data layers.
func sample() map[string]string {
	return map[string]string{
		"shop/layer.yaml":          "data_layer: shop\n",
		"shop/schema.graphql":      "type Query { product: Product }\ntype Product { name: String cost: Int margin: Int }\n",
		"shop/scopes/finance.yaml": "scope: finance\nfields: [Product.cost]\n",
		"shop/scopes/buyers.yaml":  "scope: buyers\nfields: [Product.margin]\n",
		"site/layer.yaml":          "data_layer: site\n",
		"site/schema.graphql":      "type Query { page: String }\n",
	}
}

// watch makes a watcher that has looked twice.
func watch(t *testing.T) *repo {
	t.Helper()
	r := &repo{t: t, files: sample()}
	first, problems := scope.ParseRepository(r.bytes())
	if problems != nil {
		t.Fatal(problems)
	}
	r.watcher = access.NewWatcher(r.read, first, slog.New(slog.NewJSONHandler(&r.log, nil)))
	r.look(2)
	r.active("shop", 1)
	r.active("site", 1)
	return r
}

func (r *repo) bytes() map[string][]byte {
	out := map[string][]byte{}
	for name, text := range r.files {
		out[name] = []byte(text)
	}
	return out
}

func (r *repo) read() (map[string][]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.bytes(), nil
}

func (r *repo) look(times int) {
	for range times {
		r.watcher.Look(r.t.Context())
	}
}

// replace edits a file.
func (r *repo) replace(file, from, to string) {
	r.t.Helper()
	if !strings.Contains(r.files[file], from) {
		r.t.Fatalf("%s does not hold %q", file, from)
	}
	r.files[file] = strings.Replace(r.files[file], from, to, 1)
}

func (r *repo) layer(name string) *engine.Layer {
	r.t.Helper()
	layer, ok := r.watcher.Layers().Layer(name)
	if !ok {
		r.t.Fatalf("no data layer %s", name)
	}
	return layer
}

// active wants this revision to be active and nothing to have failed since.
func (r *repo) active(layer string, number uint64) *engine.Snapshot {
	r.t.Helper()
	if failure := r.layer(layer).Failure(); failure != nil {
		r.t.Errorf("data layer %s failed: %v", layer, failure)
	}
	return r.revision(layer, number)
}

// kept wants revision 1 still to be active after a failure that says so.
func (r *repo) kept(layer string, say ...string) {
	r.t.Helper()
	r.revision(layer, 1)
	failure := r.layer(layer).Failure()
	if failure == nil {
		r.t.Fatalf("data layer %s did not fail", layer)
	}
	for _, text := range say {
		if !strings.Contains(failure.Error(), text) {
			r.t.Errorf("the failure does not say %q: %v", text, failure)
		}
		if !strings.Contains(r.log.String(), text) {
			r.t.Errorf("the log does not say %q: %s", text, r.log.String())
		}
	}
}

func (r *repo) revision(layer string, number uint64) *engine.Snapshot {
	r.t.Helper()
	snapshot, err := r.layer(layer).Snapshot()
	if err != nil {
		r.t.Fatal(err)
	}
	if got := snapshot.Revision().Number; got != number {
		r.t.Fatalf("revision %d of %s is active, not %d", got, layer, number)
	}
	return snapshot
}

// denied reports whether a subject without scopes may not read a field of Product.
func (r *repo) denied(field string) bool {
	r.t.Helper()
	snapshot, err := r.layer("shop").Snapshot()
	if err != nil {
		r.t.Fatal(err)
	}
	v, err := snapshot.Decide(r.t.Context(), engine.Request{Query: "{ product { " + field + " } }"})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(v.Errors()) > 0 {
		r.t.Fatal(v.Errors())
	}
	return v.Decision() != engine.DecisionAllow
}

func TestWatcherMakesAnEditTheNextRevision(t *testing.T) {
	r := watch(t)
	r.replace("shop/scopes/finance.yaml", "[Product.cost]", "[Product.cost, Product.name]")
	r.look(1)
	r.active("shop", 1)
	if r.denied("name") {
		t.Error("an edit that was seen once is active")
	}
	r.look(1)
	r.active("shop", 2)
	r.active("site", 1)
	if !r.denied("name") {
		t.Error("the edit is not active")
	}
	r.look(3)
	r.active("shop", 2)
}

func TestWatcherHasNoRevisionBeforeItSawTheSameTwice(t *testing.T) {
	r := &repo{t: t, files: sample()}
	first, _ := scope.ParseRepository(r.bytes())
	r.watcher = access.NewWatcher(r.read, first, slog.New(slog.DiscardHandler))
	r.look(1)
	if _, err := r.layer("shop").Snapshot(); !errors.Is(err, engine.ErrNoSnapshot) {
		t.Errorf("a tree that was seen once is active: %v", err)
	}
}

func TestWatcherMakesNoRevisionOfTheSameContent(t *testing.T) {
	r := watch(t)
	r.replace("shop/scopes/finance.yaml", "scope:", "# a comment\nscope:")
	r.look(2)
	r.active("shop", 1)
	if !strings.Contains(r.log.String(), "data layer is unchanged") {
		t.Error("the log does not say so")
	}
}

// Every state that a slow writer leaves in between differs from the one before, or does not hold together.
func TestWatcherNeverTakesAHalfWrittenTree(t *testing.T) {
	r := watch(t)
	whole := r.files
	r.files = map[string]string{}
	for name := range whole {
		r.look(1)
		r.files[name] = whole[name]
		if !r.denied("cost") || !r.denied("margin") {
			t.Fatalf("open while %d files are written", len(r.files))
		}
	}
	r.look(2)
	r.active("shop", 1)

	delete(r.files, "shop/layer.yaml") // a writer that stops in the middle
	r.look(5)
	r.kept("shop", "no data layer reads this scope")
	if !r.denied("cost") {
		t.Error("a half-written tree opened something")
	}
}

func TestWatcherKeepsEverythingWhenTheDirectoryIsEmptied(t *testing.T) {
	r := watch(t)
	whole := r.files
	r.files = nil
	r.look(5)
	r.kept("shop", "no data layer here")
	r.kept("site", "no data layer here")
	if !r.denied("cost") {
		t.Error("an empty directory opened something")
	}
	r.files = whole
	r.look(2)
	r.active("shop", 1)
	r.active("site", 1)
}

func TestWatcherKeepsEverythingWhenTheDirectoryCannotBeRead(t *testing.T) {
	r := watch(t)
	r.err = fs.ErrPermission
	r.look(1)
	r.active("shop", 1) // it may have been caught in the middle of a change
	r.look(1)
	r.kept("shop", "permission denied")
	r.err = nil
	r.look(2)
	r.active("shop", 1)
}

func TestR22WatcherKeepsAVanishedScope(t *testing.T) {
	r := watch(t)
	file := r.files["shop/scopes/finance.yaml"]
	delete(r.files, "shop/scopes/finance.yaml")
	r.look(5)
	r.kept("shop", "finance", "`deleted_scopes` in shop/layer.yaml", "`renamed_from: finance`")
	r.active("site", 1)
	if !r.denied("cost") {
		t.Error("a vanished scope opened its fields")
	}
	r.files["shop/scopes/finance.yaml"] = file
	r.look(2)
	r.active("shop", 1)
}

func TestR22AllScopesVanish(t *testing.T) {
	r := watch(t)
	delete(r.files, "shop/scopes/finance.yaml")
	delete(r.files, "shop/scopes/buyers.yaml")
	r.look(2)
	r.kept("shop", "buyers, finance")
}

func TestR22DeletedScopesDeletes(t *testing.T) {
	r := watch(t)
	delete(r.files, "shop/scopes/finance.yaml")
	r.files["shop/layer.yaml"] += "deleted_scopes: [finance]\n"
	r.look(2)
	r.active("shop", 2)
	if r.denied("cost") || !r.denied("margin") {
		t.Error("deleting finance opens what only it covers, and nothing else (R5)")
	}
}

func TestR22RenamedFromRenames(t *testing.T) {
	r := watch(t)
	delete(r.files, "shop/scopes/finance.yaml")
	r.files["shop/scopes/money.yaml"] = "scope: money\nrenamed_from: finance\nfields: [Product.cost]\n"
	r.look(2)
	snapshot := r.active("shop", 2)
	if got := strings.Join(snapshot.Scopes(), " "); got != "buyers money" {
		t.Errorf("the scopes are %s", got)
	}
	if !r.denied("cost") {
		t.Error("renaming opened something")
	}
}

func TestR22WatcherKeepsAVanishedDataLayer(t *testing.T) {
	r := watch(t)
	delete(r.files, "site/layer.yaml")
	delete(r.files, "site/schema.graphql")
	r.replace("shop/scopes/finance.yaml", "[Product.cost]", "[Product.name, Product.cost]")
	r.look(2)
	r.kept("site", "data layer site", "restart the server")
	r.active("shop", 2)
}

func TestWatcherKeepsTheLastGoodSchema(t *testing.T) {
	r := watch(t)
	r.replace("shop/schema.graphql", "cost: Int", "cost: Inn")
	r.look(2)
	r.kept("shop", "shop/schema.graphql:2:")
	r.active("site", 1)
	if !r.denied("cost") {
		t.Error("a broken schema opened something")
	}
	r.replace("shop/schema.graphql", "cost: Inn", "cost: Float")
	r.look(2)
	r.active("shop", 2)
}

func TestWatcherKeepsTheLastGoodScopes(t *testing.T) {
	r := watch(t)
	r.replace("shop/scopes/finance.yaml", "fields", "feilds")
	r.look(2)
	r.kept("shop", "shop/scopes/finance.yaml:2:1")
}

// R1: the schema may have moved.
func TestR1UnmatchedEntryIsAWarningWhenServing(t *testing.T) {
	r := watch(t)
	r.replace("shop/schema.graphql", " cost: Int", "")
	r.look(2)
	r.active("shop", 2)
	if !strings.Contains(r.log.String(), "shop/scopes/finance.yaml:2:10") {
		t.Errorf("the log does not name the entry: %s", r.log.String())
	}
}

func TestWatcherTakesANewDataLayer(t *testing.T) {
	r := watch(t)
	r.files["blog/layer.yaml"] = "data_layer: blog\n"
	r.files["blog/schema.graphql"] = "type Query { post: String }\n"
	r.look(2)
	r.active("blog", 1)
	r.active("shop", 1)
}

func TestWatcherSaysThatSettingsNeedARestart(t *testing.T) {
	r := watch(t)
	r.files["fieldgate.yaml"] = "limits: {depth: 3}\n"
	r.look(4)
	r.active("shop", 1)
	if got := strings.Count(r.log.String(), "restart"); got != 1 {
		t.Errorf("the log says so %d times: %s", got, r.log.String())
	}
}

func TestWatcherRunsUntilItIsStopped(t *testing.T) {
	r := &repo{t: t, files: sample()}
	first, _ := scope.ParseRepository(r.bytes())
	r.watcher = access.NewWatcher(r.read, first, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ticks, done := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		r.watcher.Run(ctx, ticks)
	}()
	ticks <- time.Time{} // it has looked once before it takes this
	ticks <- time.Time{} // and a second time before this
	if _, err := r.layer("shop").Snapshot(); err != nil {
		t.Error(err)
	}
	stop()
	<-done
}

func TestFollowerIsHandedATreeUntilItIsDone(t *testing.T) {
	r := &repo{t: t, files: sample()}
	var taken []string
	done := false
	r.watcher = access.Follow(r.read, func(_ context.Context, files map[string][]byte, err error) bool {
		taken = append(taken, fmt.Sprint(len(files), err))
		return done
	})
	want := func(what ...string) {
		t.Helper()
		if diff := cmp.Diff(what, taken); diff != "" {
			t.Error(diff)
		}
		taken = nil
	}
	r.look(1)
	want()
	r.look(2)
	want("6 <nil>", "6 <nil>")
	done = true
	r.look(3)
	want("6 <nil>")
	r.err = fs.ErrPermission
	r.look(3)
	want("0 permission denied")
	r.err, done = nil, false
	r.look(2)
	want("6 <nil>")
	r.err, done = fs.ErrClosed, true
	r.look(2)
	want("0 file already closed")
	r.err = nil
	r.look(4)
	want("6 <nil>")
	if names := r.watcher.Layers().Names(); len(names) > 0 {
		t.Errorf("it keeps %v", names)
	}
}

package directory_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/directory"
	"github.com/fieldgate/fieldgate/server/secret"
	"github.com/fieldgate/fieldgate/server/store"
)

func flush(t *testing.T, d *directory.Directory) {
	t.Helper()
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLastUseIsWrittenOnceInTenMinutes(t *testing.T) {
	f, s := shop(t)
	key := generate(t, secret.Key)
	f.putMember(store.Member{ID: "ada", Name: "Ada"})
	f.putKey(store.Key{ID: "key", MemberID: "ada", Hash: key.Hash()})
	d := open(t, f)
	at := func(after time.Duration) {
		if _, ok := d.Authenticate("shop", s.Reveal(), noon.Add(after)); !ok {
			t.Fatal("not let in")
		}
		if _, _, ok := d.AuthenticateKey(key.Reveal(), noon.Add(after)); !ok {
			t.Fatal("key not let in")
		}
		flush(t, d)
	}
	for _, after := range []time.Duration{0, time.Second, 9 * time.Minute, -time.Hour, 10*time.Minute - time.Second, 10 * time.Minute, 11 * time.Minute} {
		at(after)
	}
	want := []map[string]time.Time{{"t-1": noon}, {"t-1": noon.Add(10 * time.Minute)}}
	if diff := cmp.Diff(want, f.used); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	want = []map[string]time.Time{{"key": noon}, {"key": noon.Add(10 * time.Minute)}}
	if diff := cmp.Diff(want, f.usedKey); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestLastUseOfTheStoreCounts(t *testing.T) {
	f, s, key := newFake(), generate(t, secret.Token), generate(t, secret.Key)
	f.putLayer("shop")
	f.putMember(store.Member{ID: "ada", Name: "Ada"})
	f.putToken("shop", store.Token{ID: "t", Hash: s.Hash(), LastUsed: &noon})
	f.putKey(store.Key{ID: "k", MemberID: "ada", Hash: key.Hash(), LastUsed: &noon})
	d := open(t, f)
	d.Authenticate("shop", s.Reveal(), noon.Add(9*time.Minute))
	d.AuthenticateKey(key.Reveal(), noon.Add(9*time.Minute))
	flush(t, d)
	if len(f.used) > 0 {
		t.Errorf("written again after a restart: %v, %v", f.used, f.usedKey)
	}
	// A row that is read again does not forget a later use.
	d.Authenticate("shop", s.Reveal(), noon.Add(10*time.Minute))
	catchUp(t, d, f.putToken("shop", store.Token{ID: "t", Hash: s.Hash(), LastUsed: &noon}))
	d.Authenticate("shop", s.Reveal(), noon.Add(11*time.Minute))
	flush(t, d)
	if diff := cmp.Diff([]map[string]time.Time{{"t": noon.Add(10 * time.Minute)}}, f.used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefusedTokensAreNotUsed(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	d.Authenticate("blog", s.Reveal(), noon)
	d.AuthenticateID("shop", "t-1", noon)
	flush(t, d)
	if len(f.used) > 0 {
		t.Errorf("written: %v", f.used)
	}
}

func TestConcurrentUsesAreOne(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				d.Authenticate("shop", s.Reveal(), noon)
			}
		})
	}
	all.Wait()
	flush(t, d)
	if diff := cmp.Diff([]map[string]time.Time{{"t-1": noon}}, f.used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUsesAreWrittenInBatches(t *testing.T) {
	const count = 2500
	f := newFake()
	f.putLayer("shop")
	secrets := make([]secret.Secret, count)
	for i := range secrets {
		secrets[i] = generate(t, secret.Token)
		f.putToken("shop", store.Token{ID: fmt.Sprint(i), Hash: secrets[i].Hash()})
	}
	d := open(t, f)
	for _, s := range secrets {
		d.Authenticate("shop", s.Reveal(), noon)
	}
	flush(t, d)
	sizes, seen := []int{}, map[string]bool{}
	for _, batch := range f.used {
		sizes = append(sizes, len(batch))
		for id := range batch {
			seen[id] = true
		}
	}
	if diff := cmp.Diff([]int{1000, 1000, 500}, sizes); diff != "" || len(seen) != count {
		t.Errorf("%d tokens (-want +got):\n%s", len(seen), diff)
	}
}

func TestRunWritesAtTicksAndWhenItEnds(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	ticks, failures, ended := make(chan time.Time), make(chan error, 1), make(chan error, 1)
	go func() { ended <- d.Run(ctx, ticks, func(err error) { failures <- err }) }()

	d.Authenticate("shop", s.Reveal(), noon)
	broken := errors.New("broken")
	f.setFail(broken)
	ticks <- noon
	if err := <-failures; !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	f.setFail(nil)
	ticks <- noon
	ticks <- noon // the one before is done when this one is taken
	if diff := cmp.Diff([]map[string]time.Time{{"t-1": noon}}, f.used); diff != "" {
		t.Errorf("what could not be written was lost (-want +got):\n%s", diff)
	}
	d.Authenticate("shop", s.Reveal(), noon.Add(time.Hour))
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(f.used) != 2 {
		t.Errorf("the last use was not written: %v", f.used)
	}
}

func TestRunEndsWithItsTicks(t *testing.T) {
	f, s := shop(t)
	d := open(t, f)
	d.Authenticate("shop", s.Reveal(), noon)
	ticks := make(chan time.Time)
	close(ticks)
	if err := d.Run(t.Context(), ticks, func(err error) { t.Error(err) }); err != nil || len(f.used) != 1 {
		t.Errorf("got %v, %v", err, f.used)
	}
}

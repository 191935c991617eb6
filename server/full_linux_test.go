package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fieldgate/fieldgate/server"
	"github.com/fieldgate/fieldgate/server/admin/api"
)

// smallDisk returns a folder on a file system of that many bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: a full disk, because no small file system could be mounted (it takes root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all room that is left, and returns the file to remove for it to come back.
func fill(t *testing.T, dir string) string {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	f, err := os.OpenFile(ballast, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // what matters is that the disk is full
	for _, size := range []int{1 << 16, 1 << 12, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return ballast
}

// TestFullDiskStopsWritesOnly wants 507 for whatever is to be written, everything else as before, and nothing broken when
// there is room again.
func TestFullDiskStopsWritesOnly(t *testing.T) {
	disk := smallDisk(t, "16m")
	g := teamIn(t, filepath.Join(disk, "data"), "", newUpstream(t))
	g.shop("cost", "margin")
	token, other := g.token("cost"), g.token("margin")
	ballast := fill(t, disk)
	acknowledged := []string{token.Token.ID, other.Token.ID}
	for err := error(nil); err == nil; { // what is there already of the log is written over before it grows
		var made api.GeneratedToken
		if made, err = g.GenerateToken(t.Context(), "shop", api.NewToken{Name: strings.Repeat("x", 100), Scopes: []string{"cost"}}, ""); err == nil {
			acknowledged = append(acknowledged, made.Token.ID)
			g.handedOut(made.Secret)
		} else if status(err) != http.StatusInsufficientStorage {
			t.Fatalf("a token on a full disk: %d %v", status(err), err)
		}
	}
	head := g.verified()

	scope := g.named("cost")
	_, create := g.CreateScope(t.Context(), "shop", api.NewScope{Name: "new", Fields: []string{"Product.name"}})
	_, edit := g.UpdateScope(t.Context(), "shop", scope, api.NewScope{Name: "cost", Fields: []string{"Product.name"}})
	_, drop := g.DeleteScope(t.Context(), "shop", scope)
	_, layer := g.CreateLayer(t.Context(), api.NewLayer{Definition: "data_layer: big\n", Schema: "type Query { a: Int }\n# " + strings.Repeat("x", 1<<18)})
	for what, err := range map[string]error{"create a scope": create, "edit a scope": edit, "delete a scope": drop, "create a data layer": layer, "revoke": g.RevokeToken(t.Context(), "shop", other.Token.ID)} {
		if status(err) != http.StatusInsufficientStorage || code(err) != "STORE_FULL" {
			t.Errorf("%s on a full disk: %d %v", what, status(err), err)
		}
	}
	// A sign-in is stored too. That it cannot be must not be taken for a wrong key.
	if got := g.ask("POST", g.private+"/api/v1/session", fmt.Sprintf(`{"key":%q}`, g.key), "Content-Type", "application/json", "X-Fieldgate-Csrf", "1"); got.status != http.StatusCreated && got.status != http.StatusInsufficientStorage {
		t.Errorf("a sign-in on a full disk: %d %s", got.status, got.body)
	}
	for range 3 {
		g.mayRead("on a full disk", token, "name cost")
		g.mayRead("on a full disk", other, "name margin")
	}
	if got := g.ask("GET", g.private+"/bundles/shop.tar.gz", "", "Authorization", "Bearer "+g.caller); got.status != http.StatusOK {
		t.Errorf("the bundle on a full disk: %d %s", got.status, got.body)
	}
	if got := g.ask("GET", g.private+"/readyz", ""); got.status != http.StatusOK {
		t.Errorf("/readyz on a full disk: %d %s", got.status, got.body)
	}
	if now := g.verified(); now != head {
		t.Errorf("refused changes moved the chain from %v to %v", head, now)
	}

	// A server that starts on a full disk goes on reading, or says what is the matter.
	if err := g.stop(); err != nil {
		t.Error(err)
	}
	if s, err := server.New(t.Context(), g.options()); err == nil {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	} else if !strings.Contains(err.Error(), "no room") && !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a start on a full disk: %v", err)
	}
	remove(t, ballast)
	g.start()
	if now := g.verified(); now != head {
		t.Errorf("the chain was %v, and after a restart it is %v", head, now)
	}
	for _, id := range acknowledged {
		must[api.Token](t)(g.Token(t.Context(), "shop", id))
	}
	if list := must[[]api.Token](t)(g.Tokens(t.Context(), "shop")); len(list) != len(acknowledged) {
		t.Errorf("%d tokens are stored, %d were acknowledged", len(list), len(acknowledged))
	}
	g.edit("cost", "Product.cost", "Product.margin")
	g.mayRead("with room again", token, "name cost margin")
	g.verified()
}

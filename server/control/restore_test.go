package control_test

import (
	"bytes"
	"database/sql" //nolint:depguard // writes to the file as an intruder might
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

func TestRestartBringsBackWhatWasActive(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("finance", "Product.cost")
	_, secret := p.token("a", "finance")
	before, _ := p.Active("shop")
	head, _ := p.Head(t.Context())
	p.stop()
	p.start()
	after, ok := p.Active("shop")
	if diff := cmp.Diff(before, after); diff != "" || !ok {
		t.Error(diff)
	}
	want(t, "the holder", p.reads(secret), "name cost margin")
	want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
	now, _ := p.Head(t.Context())
	want(t, "head", now, head) // nothing had to be done
	p.scope("buyers", "Product.margin")
	want(t, "revision", p.revision(), before.Number+1)
	if diff := cmp.Diff([]string{"shop 1", "shop 2", "shop 2", "shop 3"}, p.activated.list); diff != "" {
		t.Error(diff)
	}
}

// tamper changes the database beside the server, as whoever can write its file might.
func (p *plane) tamper(statement string, args ...any) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "*.db"))
	if err != nil || len(files) != 1 {
		p.t.Fatal(files, err)
	}
	db, err := sql.Open("sqlite", files[0])
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			p.t.Error(err)
		}
	}()
	result, err := db.ExecContext(p.t.Context(), statement, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		p.t.Fatalf("%s changed %d rows: %v", statement, n, err)
	}
}

// forged is a bundle of content that opens everything, signed by somebody else, or not at all.
func forged(t *testing.T, signer *bundles.Signer, number uint64) []byte {
	t.Helper()
	in := engine.Input{SchemaFile: "s", Schema: shopSchema}
	in.Layer.Name, in.Layer.Mode, in.Layer.Match, in.Layer.Abstract, in.Layer.Introspection = "shop", "prune", "any", "deny", "view"
	in.Layer.Validation.Schema, in.Layer.Validation.OverlappingFields = "strict", "error"
	in.Layer.Operations = append(in.Layer.Operations, "query")
	draft, err := engine.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := bundles.Write(&out, draft.Content, number, signer); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRestartTakesNoBundleThatDoesNotVerify(t *testing.T) {
	other, err := bundles.NewHS256Signer("test", []byte("another secret, also 32 bytes long"))
	if err != nil {
		t.Fatal(err)
	}
	same, err := bundles.NewHS256Signer("test", bundleSecret)
	if err != nil {
		t.Fatal(err)
	}
	for name, bundle := range map[string][]byte{
		"empty": {}, "garbage": []byte("PK"), "unsigned": forged(t, nil, 2), "signed by another": forged(t, other, 2),
		"an older one": forged(t, same, 1), "another of the same number": forged(t, same, 2),
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			p.shop()
			p.scope("finance", "Product.cost")
			p.stop()
			p.tamper("UPDATE bundles SET bundle = ? WHERE number = 2", bundle)
			p.start()
			want(t, "nobody", p.readsAs(engine.Subject{}), "name margin")
			want(t, "revision", p.revision(), 3) // compiled anew
			if !strings.Contains(p.log.String(), "the stored revision is not taken") {
				t.Error("the log does not say so")
			}
			p.stop()
			p.start()
			want(t, "revision", p.revision(), 3)
		})
	}
}

// When that fails too, nothing is decided.
func TestR16RestartWithoutAUsableRevisionAllowsNothing(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("finance", "Product.cost")
	_, secret := p.token("all")
	p.stop()
	p.tamper("UPDATE bundles SET bundle = x'00'")
	p.tamper("UPDATE layers SET definition = 'data_layer: shop\nmatch: sometimes\n'")
	p.start()
	want(t, "unrestricted", p.reads(secret), "the data layer has no active revision: shop")
	syncs, err := p.Syncs(t.Context(), "shop", store.Page{Limit: 1})
	if err != nil || syncs[0].State != store.SyncFailed || syncs[0].Reason != "restart" {
		t.Errorf("%+v, %v", syncs, err)
	}
	layer, _ := p.Registry().Layer("shop")
	if layer.Failure() == nil {
		t.Error("the layer does not say so")
	}
}

func TestRestartRemembersAFailedSync(t *testing.T) {
	p := open(t)
	p.fed()
	p.upstream.set("", errors.New("connection refused"), nil)
	if _, err := p.StartSync(t.Context(), p.owner, "shop"); err != nil {
		t.Fatal(err)
	}
	p.ended(2)
	p.stop()
	p.start()
	layer, _ := p.Registry().Layer("shop")
	if failure := layer.Failure(); failure == nil || !strings.Contains(failure.Error(), "connection refused") {
		t.Error(failure)
	}
	want(t, "nobody", p.readsAs(engine.Subject{}), "name cost margin")
}

func TestR21NoSecretIsAnywhere(t *testing.T) {
	p := open(t)
	p.shop()
	p.scope("finance", "Product.cost")
	secrets := []string{p.key}
	var texts []string
	for _, name := range []string{"a", "b", "c"} {
		token, text := p.token(name, "finance")
		secrets = append(secrets, text)
		_, err := p.Subject("gone", text)
		texts = append(texts, err.Error())
		_, err = p.Token(t.Context(), "shop", text)
		texts = append(texts, err.Error())
		_, _, err = p.GenerateToken(t.Context(), p.owner, "shop", control.TokenRequest{Name: text + "\n", Scopes: []string{text}}, store.Once{})
		texts = append(texts, err.Error())
		if name == "c" {
			if err := p.RevokeToken(t.Context(), p.owner, "shop", token.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, key, err := p.GenerateKey(t.Context(), p.owner, store.Key{MemberID: p.owner.Actor.ID, Name: "ci", Permissions: []store.Permission{"decide"}})
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, key)
	for e, err := range p.Audit(t.Context(), store.AuditFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(e.Before), string(e.After), e.Target.Name)
	}
	files := map[string]string{"log": p.log.String(), "errors and audit": strings.Join(texts, "\n")}
	read := func() {
		err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				var text []byte
				text, err = os.ReadFile(path)
				files[path] += string(text)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read() // with the write-ahead log
	p.stop()
	read()
	p.start()
	if len(files) < 3 {
		t.Fatalf("only %d files were read", len(files))
	}
	for name, text := range files {
		for _, secret := range secrets {
			if strings.Contains(text, secret) || strings.Contains(text, secret[4:30]) {
				t.Errorf("a secret is in %s", name)
			}
		}
	}
}

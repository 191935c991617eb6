package bundles_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/policies"
)

func TestR16LoadRefusesOlderRevisions(t *testing.T) {
	text := write(t, shop(), 3, nil)
	for floor := range uint64(4) {
		wantLoads(t, text, bundles.LoadOptions{AllowUnsigned: true, Floor: floor}, shop())
	}
	wantRefused(t, text, bundles.LoadOptions{AllowUnsigned: true, Floor: 4}, bundles.ErrOlder)
}

func TestR16LoadRefusesContentOfAnotherDigest(t *testing.T) {
	text := write(t, shop(), 3, nil)
	for _, path := range []string{"data.json", "schema.graphql", policies.ReadPath} {
		t.Run(path, func(t *testing.T) {
			changed := change(t, text, func(files map[string][]byte) { files[path] = append(files[path], '\n') })
			wantRefused(t, changed, unsigned, bundles.ErrDigest)
			missing := change(t, text, func(files map[string][]byte) { delete(files, path) })
			wantRefused(t, missing, unsigned, bundles.ErrDigest)
		})
	}
}

// redigest gives files the manifest of number 3 that they need, as an attacker who
// can sign, or a stranger's tool, would.
func redigest(files map[string][]byte) {
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path == ".manifest" {
			continue
		}
		for _, part := range [][]byte{[]byte(path), files[path]} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			h.Write(part)
		}
	}
	digest := "sha256:" + hex.EncodeToString(h.Sum(nil))
	files[".manifest"] = fmt.Appendf(nil, `{"revision":"3@%s","roots":["fieldgate"],"rego_version":1,`+
		`"metadata":{"fieldgate":{"format":1,"layer":"shop"}}}`+"\n", digest)
}

func TestRedigestIsWhatWriteDoes(t *testing.T) {
	wantLoads(t, change(t, write(t, shop(), 3, nil), redigest), unsigned, shop())
}

func TestR16LoadRefusesOtherPolicies(t *testing.T) {
	wantRefused(t, change(t, write(t, shop(), 3, nil), func(files map[string][]byte) {
		files[policies.ReadPath] = []byte("package fieldgate.read\n\nallowed := {name | some name in input.coordinates}\n")
		redigest(files)
	}), unsigned, bundles.ErrPolicy)
}

func TestR16LoadRefusesDataThatWriteWouldNotWrite(t *testing.T) {
	for name, edit := range map[string][2]string{
		"white space":        {`{"fieldgate":`, `{ "fieldgate":`},
		"no line feed":       {"}\n", "}"},
		"unknown setting":    {`"layer":{`, `"layer":{"allow":true,`},
		"other letter case":  {`"match":`, `"Match":`},
		"duplicate setting":  {`"match":"any"`, `"match":"any","match":"any"`},
		"duplicate letters":  {`"match":"any"`, `"match":"any","MATCH":"any"`},
		"duplicate covers":   {`"User":{}`, `"User":{},"User":{}`},
		"null covers":        {`"User":{}`, `"User":null`},
		"array of covers":    {`"User":{}`, `"User":[]`},
		"false cover":        {`"s-mail":true`, `"s-mail":false`},
		"unknown scope":      {`"s-mail":true`, `"s-gone":true`},
		"unknown match":      {`"match":"any"`, `"match":"most"`},
		"null operations":    {`"operations":["query"]`, `"operations":null`},
		"repeated operation": {`["query"]`, `["query","query"]`},
		"second document":    {"}\n", "}\n{}"},
		"no document":        {`{"fieldgate"`, `["fieldgate"`},
		"other root":         {`{"fieldgate":{`, `{"other":{},"fieldgate":{`},
		"escaped text":       {`"shop"`, `"sho\u0070"`},
		"invalid UTF-8":      {`"shop"`, "\"sho\xff\""},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, change(t, write(t, shop(), 3, nil), func(files map[string][]byte) {
				before := string(files["data.json"])
				files["data.json"] = []byte(strings.Replace(before, edit[0], edit[1], 1))
				if before == string(files["data.json"]) {
					t.Fatal("the edit changed nothing")
				}
				redigest(files)
			}), unsigned, bundles.ErrCorrupt)
		})
	}
}

func TestR16LoadRefusesManifestsThatWriteWouldNotWrite(t *testing.T) {
	for name, edit := range map[string][2]string{
		"white space":         {`{"revision":`, `{ "revision":`},
		"other roots":         {`["fieldgate"]`, `["fieldgate","other"]`},
		"no roots":            {`["fieldgate"]`, `[]`},
		"other Rego":          {`"rego_version":1`, `"rego_version":0`},
		"WebAssembly":         {`"roots"`, `"wasm":[{"entrypoint":"fieldgate/read/allowed"}],"roots"`},
		"other format":        {`"format":1`, `"format":2`},
		"other layer":         {`"layer":"shop"`, `"layer":"other"`},
		"leading zero":        {`"3@`, `"03@`},
		"sign":                {`"3@`, `"+3@`},
		"negative":            {`"3@`, `"-3@`},
		"number too large":    {`"3@`, `"18446744073709551616@`},
		"no number":           {`"3@`, `"@`},
		"no digest":           {`"3@sha256:`, `"3","x":"`},
		"not JSON":            {`{`, ``},
		"something behind it": {"}\n", "}\n{}"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, change(t, write(t, shop(), 3, nil), func(files map[string][]byte) {
				files[".manifest"] = []byte(strings.Replace(string(files[".manifest"]), edit[0], edit[1], 1))
			}), unsigned, bundles.ErrCorrupt)
		})
	}
	wantRefused(t, change(t, write(t, shop(), 3, nil), func(files map[string][]byte) {
		delete(files, ".manifest")
	}), unsigned, bundles.ErrCorrupt)
}

func TestR16LoadRefusesOtherFiles(t *testing.T) {
	good := unpack(t, write(t, shop(), 3, nil))
	for name, extra := range map[string]entry{
		"another policy":      plain("fieldgate/read/more.rego", []byte("package fieldgate.read\n")),
		"a delta bundle":      plain("patch.json", []byte(`{}`)),
		"data in a folder":    plain("fieldgate/data.json", []byte(`{}`)),
		"WebAssembly":         plain("policy.wasm", nil),
		"a proto manifest":    plain(".manifest.pb", nil),
		"path traversal":      plain("../data.json", []byte(`{}`)),
		"hidden traversal":    plain("fieldgate/../data.json", []byte(`{}`)),
		"an absolute path":    plain("/data.json", []byte(`{}`)),
		"a dotted path":       plain("./data.json", []byte(`{}`)),
		"a file twice":        plain("data.json", good["data.json"]),
		"signatures in a dir": plain("x/.signatures.json", []byte(`{}`)),
		"a folder":            {header: tar.Header{Typeflag: tar.TypeDir, Name: "fieldgate/"}},
		"a symbolic link":     {header: tar.Header{Typeflag: tar.TypeSymlink, Name: ".signatures.json", Linkname: "/etc/passwd"}},
		"a hard link":         {header: tar.Header{Typeflag: tar.TypeLink, Name: ".signatures.json", Linkname: "data.json"}},
		"extended headers": {header: tar.Header{
			Typeflag: tar.TypeReg, Name: ".signatures.json", PAXRecords: map[string]string{"FIELDGATE.x": "y"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, pack(t, append(entriesOf(good), extra)), unsigned, bundles.ErrCorrupt)
			wantRefused(t, pack(t, append([]entry{extra}, entriesOf(good)...)), unsigned, bundles.ErrCorrupt)
		})
	}
}

func TestR16LoadRefusesTruncatedBundles(t *testing.T) {
	text := write(t, shop(), 3, nil)
	for length := range len(text) {
		wantRefused(t, text[:length], unsigned, bundles.ErrCorrupt)
	}
}

func TestR16LoadRefusesEveryFlippedBit(t *testing.T) {
	sign, options := hs256(t)
	text := write(t, shop(), 3, sign)
	for at := range text {
		changed := bytes.Clone(text)
		changed[at] ^= 1 << (at % 8)
		content, _, err := bundles.Load(bytes.NewReader(changed), options)
		if err == nil && content.Digest() != shop().Digest() {
			t.Fatalf("byte %d flipped: loaded other content", at)
		}
	}
}

func TestR16LoadRefusesWhatFollowsTheArchive(t *testing.T) {
	text := write(t, shop(), 3, nil)
	wantRefused(t, append(bytes.Clone(text), 0), unsigned, bundles.ErrCorrupt)
	wantRefused(t, append(bytes.Clone(text), text...), unsigned, bundles.ErrCorrupt)

	zip := must[*gzip.Reader](t)(gzip.NewReader(bytes.NewReader(text)))
	archive := must[[]byte](t)(io.ReadAll(zip))
	wantLoads(t, zipped(t, append(bytes.Clone(archive), make([]byte, 8192)...)), unsigned, shop())
	wantRefused(t, zipped(t, append(bytes.Clone(archive), "more"...)), unsigned, bundles.ErrCorrupt)
	wantRefused(t, zipped(t, append(bytes.Clone(archive), archive...)), unsigned, bundles.ErrCorrupt)
}

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	if _, err := zip.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestR16LoadRefusesDecompressionBombs(t *testing.T) {
	const limit = 1 << 20
	files := unpack(t, write(t, shop(), 3, nil))
	options := bundles.LoadOptions{AllowUnsigned: true, MaxBytes: limit}
	wantLoads(t, pack(t, entriesOf(files)), options, shop())

	files["schema.graphql"] = make([]byte, 64<<20)
	bomb := pack(t, entriesOf(files))
	if len(bomb) > limit {
		t.Fatalf("a bomb of %d bytes is none", len(bomb))
	}
	wantRefused(t, bomb, options, bundles.ErrCorrupt)
	wantRefused(t, zipped(t, make([]byte, 64<<20)), options, bundles.ErrCorrupt)
}

func TestR16LoadReadsNoMoreThanItsLimit(t *testing.T) {
	endless := io.MultiReader(bytes.NewReader(write(t, shop(), 3, nil)), zeros{})
	_, _, err := bundles.Load(endless, bundles.LoadOptions{AllowUnsigned: true, MaxBytes: 1 << 20})
	if err == nil {
		t.Error("loaded an endless stream")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func FuzzLoad(f *testing.F) {
	sign, options := hs256(f)
	f.Add(write(f, shop(), 3, nil))
	f.Add(write(f, shop(), 3, sign))
	f.Add([]byte{})
	options.MaxBytes = 1 << 20
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, o := range []bundles.LoadOptions{options, {AllowUnsigned: true, MaxBytes: 1 << 20}} {
			content, revision, err := bundles.Load(bytes.NewReader(text), o)
			if err != nil {
				if content != nil || revision != (bundles.Revision{}) {
					t.Fatalf("%v, %v beside %v", content, revision, err)
				}
				continue
			}
			if content.Digest() != revision.Digest {
				t.Fatalf("loaded %s under %v", content.Digest(), revision)
			}
			wantLoads(t, write(t, content, revision.Number, nil), unsigned, content)
		}
	})
}

// FuzzLoadData goes past the archive and the digest to what they protect.
func FuzzLoadData(f *testing.F) {
	good := unpack(f, write(f, shop(), 3, nil))
	f.Add(good["data.json"], good["schema.graphql"])
	f.Add([]byte(`{"fieldgate":{}}`), []byte{})
	f.Fuzz(func(t *testing.T, data, schema []byte) {
		files := maps.Clone(good)
		files["data.json"], files["schema.graphql"] = data, schema
		redigest(files)
		content, revision, err := bundles.Load(bytes.NewReader(pack(t, entriesOf(files))), unsigned)
		if err != nil {
			return
		}
		again := unpack(t, write(t, content, revision.Number, nil))
		if !bytes.Equal(again["data.json"], data) || !bytes.Equal(again["schema.graphql"], schema) {
			t.Fatalf("loaded what is written otherwise: %q", data)
		}
	})
}

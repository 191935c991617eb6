package scope

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine/coord"
)

// The names that the files of an access repository have.
const (
	SettingsFile = "fieldgate.yaml"
	LayerFile    = "layer.yaml"
	ScopesDir    = "scopes"
)

// Repository is a whole access repository without a problem in it.
type Repository struct {
	Settings Settings
	Layers   []LayerFiles // sorted by name
}

// LayerFiles is a data layer with what its folder holds.
type LayerFiles struct {
	Dir    string // slash path of the folder; "." for the access directory itself
	Layer  Layer
	Schema File    // the zero File when the layer introspects
	Lock   *Lock   // nil when there is no schema.lock
	Scopes []Scope // sorted by name
}

// File is a file of the repository.
type File struct {
	Path   string // slash path relative to the access directory
	Source []byte
}

// Relevant reports whether a file at this slash path, relative to the access
// directory, can be part of a repository: whoever reads a directory passes
// these to ParseRepository and need not open the others. Hidden folders and
// node_modules are not part of it.
func Relevant(file string) bool {
	folders := strings.Split(path.Dir(file), "/")
	if slices.ContainsFunc(folders, func(f string) bool { return f == "node_modules" || len(f) > 1 && f[0] == '.' }) {
		return false
	}
	return isYAML(file) || path.Base(file) == LockFile || path.Ext(file) == ".rego" || slices.Contains(schemaExtensions, path.Ext(file))
}

// ParseRepository reads the files of an access directory, by slash path
// relative to it. A data layer is a folder with a layer.yaml; its API scopes are
// the YAML files in its folder `scopes`. Files that belong to neither are
// ignored, but a file that looks like a misplaced part of a layer is a problem.
//
// It returns either a repository or the problems of all files, sorted by position.
func ParseRepository(files map[string][]byte) (*Repository, Problems) {
	r := &reader{files: files, repository: &Repository{Settings: DefaultSettings()}}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		r.read(file)
	}
	r.findLayers()
	r.finish()
	if len(r.problems) > 0 {
		r.problems.Sort()
		return nil, r.problems
	}
	return r.repository, nil
}

// reader collects a repository and its problems.
type reader struct {
	files      map[string][]byte
	repository *Repository
	problems   Problems
}

// read parses settings and layers, and reports misplaced files.
func (r *reader) read(file string) {
	dir, name := path.Split(file)
	dir = path.Clean(dir)
	switch {
	case path.Base(dir) == ScopesDir: // whatever its name, it is a scope
	case file == SettingsFile:
		settings, problems := ParseSettings(file, r.files[file])
		r.repository.Settings = settings
		r.problems = append(r.problems, problems...)
	case name == LayerFile:
		layer, problems := ParseLayer(file, r.files[file])
		r.problems = append(r.problems, problems...)
		r.repository.Layers = append(r.repository.Layers, LayerFiles{Dir: dir, Layer: layer})
	case dir == "." && almost(name, SettingsFile):
		r.misplaced(file, "settings are read from `"+SettingsFile+"` only", "rename the file")
	case almost(name, LayerFile):
		r.misplaced(file, "a data layer is read from `"+LayerFile+"` only", "rename the file")
	}
}

// almost reports whether a file name differs from the right one in letter case
// or in `.yml` only.
func almost(name, right string) bool {
	return isYAML(name) && name != right &&
		strings.EqualFold(strings.TrimSuffix(name, path.Ext(name)), strings.TrimSuffix(right, path.Ext(right)))
}

func isYAML(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext == ".yaml" || ext == ".yml"
}

// findLayers gives each layer its schema and scopes, and reports scope files
// that no layer would read.
func (r *reader) findLayers() {
	byDir := map[string]*LayerFiles{}
	for i := range r.repository.Layers {
		layer := &r.repository.Layers[i]
		byDir[layer.Dir] = layer
		r.findSchema(layer)
		r.findLock(layer)
	}
	for _, file := range slices.Sorted(maps.Keys(r.files)) {
		if isYAML(file) {
			r.findScope(byDir, file)
		}
	}
}

func (r *reader) findLock(layer *LayerFiles) {
	file := path.Join(layer.Dir, LockFile)
	if source, ok := r.files[file]; ok {
		lock, problems := ParseLock(file, source)
		layer.Lock, r.problems = lock, append(r.problems, problems...)
	}
}

func (r *reader) findSchema(layer *LayerFiles) {
	if layer.Layer.Schema == "" {
		return
	}
	file := path.Join(layer.Dir, layer.Layer.Schema)
	source, ok := r.files[file]
	if ok {
		layer.Schema = File{Path: file, Source: source}
		return
	}
	problem := Problem{Position: layer.Layer.Positions.At("schema"), Message: "there is no schema file " + quote(file)}
	switch {
	case file == "..", strings.HasPrefix(file, "../"):
		problem.Message = "schema file " + quote(layer.Layer.Schema) + " is outside the access directory"
	case !layer.Layer.Positions.Has("schema"):
		problem.Hint = "add it, name another with `schema`, or set `introspect`"
	default:
		problem.Suggestion = r.nearestSchema(layer)
	}
	r.problems = append(r.problems, problem)
}

// nearestSchema returns the schema file that the layer's author probably meant,
// relative to the layer.
func (r *reader) nearestSchema(layer *LayerFiles) string {
	var candidates []string
	for file := range r.files {
		inside := layer.Dir == "." || strings.HasPrefix(file, layer.Dir+"/")
		if inside && slices.Contains(schemaExtensions, path.Ext(file)) {
			candidates = append(candidates, strings.TrimPrefix(file, layer.Dir+"/"))
		}
	}
	return coord.Nearest(layer.Layer.Schema, candidates)
}

// findScope adds a YAML file to its layer when it stands in a folder `scopes`.
func (r *reader) findScope(byDir map[string]*LayerFiles, file string) {
	dir, folder := path.Split(path.Dir(file))
	dir = path.Clean(dir)
	layer := byDir[dir]
	switch {
	case folder == ScopesDir && layer != nil:
		r.addScope(layer, file)
	case folder == ScopesDir:
		r.misplaced(file, "no data layer reads this scope", fmt.Sprintf("add %s", path.Join(dir, LayerFile)))
	case layer != nil && (strings.EqualFold(folder, ScopesDir) || strings.EqualFold(folder, "scope")):
		r.misplaced(file, "scopes are read from folders called `"+ScopesDir+"` only", "rename the folder")
	case slices.Contains(strings.Split(path.Dir(file), "/"), ScopesDir):
		r.misplaced(file, "a scope file stands in a folder of `"+ScopesDir+"`", "move it up: the scope's name may hold `/`, folders mean nothing")
	}
}

func (r *reader) addScope(layer *LayerFiles, file string) {
	switch ext := path.Ext(file); {
	case ext != ".yaml" && ext != ".yml":
		r.misplaced(file, "scope files end in `.yaml` or `.yml`, in small letters", "rename the file")
	case strings.HasPrefix(path.Base(file), "."):
		r.misplaced(file, "hidden files are not read as scopes", "rename or remove the file")
	default:
		s, problems := ParseScope(file, r.files[file])
		r.problems = append(r.problems, problems...)
		layer.Scopes = append(layer.Scopes, s)
	}
}

func (r *reader) misplaced(file, message, hint string) {
	r.problems = append(r.problems, Problem{Position: Position{File: file}, Message: message, Hint: hint})
}

// finish checks what concerns several files, and sorts.
func (r *reader) finish() {
	layers := r.repository.Layers
	if len(layers) == 0 {
		r.misplaced(".", "no data layer here", "a data layer is a folder with a `"+LayerFile+"`")
	}
	if len(layers) > 1 && slices.ContainsFunc(layers, func(l LayerFiles) bool { return l.Dir == "." }) {
		r.misplaced(LayerFile, "a data layer at the top must be the only one", "move it into a folder of its own")
	}
	r.unique("data layer", len(layers), func(i int) (string, Position) { return layers[i].Layer.Name, layers[i].Layer.Position })
	for i := range layers {
		r.checkScopes(layers[i])
		slices.SortStableFunc(layers[i].Scopes, func(a, b Scope) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortStableFunc(layers, func(a, b LayerFiles) int { return cmp.Compare(a.Layer.Name, b.Layer.Name) })
}

// unique reports names that several files define, at the later ones. Empty
// names are those that could not be read.
func (r *reader) unique(what string, n int, name func(i int) (string, Position)) {
	first := map[string]Position{}
	for i := range n {
		name, at := name(i)
		before, seen := first[name]
		switch {
		case name == "":
		case seen:
			r.problems = append(r.problems, Problem{Position: at, Message: fmt.Sprintf("%s %s is already defined at %s", what, quote(name), before)})
		default:
			first[name] = at
		}
	}
}

// checkScopes checks the scopes of a layer against each other and against its
// deleted ones (R22).
func (r *reader) checkScopes(layer LayerFiles) {
	scopes := layer.Scopes
	r.unique("scope", len(scopes), func(i int) (string, Position) { return scopes[i].Name, scopes[i].Position })
	existing, renamed := map[string]Position{}, map[string]Position{}
	for _, s := range scopes {
		existing[s.Name] = s.Position
	}
	for _, s := range scopes {
		r.checkRename(s, existing, renamed)
	}
	for i, name := range layer.Layer.DeletedScopes {
		at := layer.Layer.Positions.At(fmt.Sprintf("deleted_scopes[%d]", i))
		if other, ok := existing[name]; ok {
			r.problems = append(r.problems, Problem{Position: at, Message: fmt.Sprintf("deleted scope %s still exists at %s", quote(name), other), Hint: "remove one of them"})
		}
		if other, ok := renamed[name]; ok {
			r.problems = append(r.problems, Problem{Position: at, Message: fmt.Sprintf("deleted scope %s was renamed at %s", quote(name), other), Hint: "remove one of them"})
		}
	}
}

func (r *reader) checkRename(s Scope, existing, renamed map[string]Position) {
	if s.RenamedFrom == "" || s.RenamedFrom == s.Name {
		return
	}
	at := s.Positions.At("renamed_from")
	if other, ok := existing[s.RenamedFrom]; ok {
		r.problems = append(r.problems, Problem{Position: at, Message: fmt.Sprintf("scope %s still exists at %s", quote(s.RenamedFrom), other), Hint: "a scope that was renamed has no file of its former name"})
	}
	if other, ok := renamed[s.RenamedFrom]; ok {
		r.problems = append(r.problems, Problem{Position: at, Message: fmt.Sprintf("scope %s was already renamed at %s", quote(s.RenamedFrom), other), Hint: "one scope keeps the identity"})
		return
	}
	renamed[s.RenamedFrom] = at
}

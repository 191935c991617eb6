package access

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// VanishedScopesError is a tree without scopes that the active revision has, which nobody said are
// deleted or renamed. What only they cover would be open to everyone, so the tree is not taken (R22).
type VanishedScopesError struct {
	Layer     string
	LayerFile string   // slash path of the layer.yaml that can say that they are deleted
	Scopes    []string // sorted
}

// Error names the scopes and both ways to go on.
func (e *VanishedScopesError) Error() string {
	scopes, it := "scope "+e.Scopes[0], e.Scopes[0]
	if len(e.Scopes) > 1 {
		scopes, it = "scopes "+strings.Join(e.Scopes, ", "), "NAME"
	}
	return fmt.Sprintf("data layer %s: no file defines the %s of the active revision any more; "+
		"to delete it, add it to `deleted_scopes` in %s; to rename it, write `renamed_from: %s` in the file of its new name; "+
		"else put the file back", e.Layer, scopes, e.LayerFile, it)
}

// VanishedLayerError is a tree without a data layer that is active. It stays active.
type VanishedLayerError struct{ Layer string }

// Error names the data layer and both ways to go on.
func (e *VanishedLayerError) Error() string {
	return fmt.Sprintf("data layer %s: no %s defines it any more, its last revision stays active; "+
		"put its folder back, or restart the server to stop serving it", e.Layer, scope.LayerFile)
}

// Succeeds reports why the files of a data layer may not follow a revision with the scopes active:
// with a *VanishedScopesError when one of them is in no file, not listed under `deleted_scopes` and
// not the former name (`renamed_from`) of another.
func Succeeds(active []string, next scope.LayerFiles) error {
	accounted := slices.Clone(next.Layer.DeletedScopes)
	for _, s := range next.Scopes {
		accounted = append(accounted, s.Name, s.RenamedFrom)
	}
	var vanished []string
	for _, name := range active {
		if !slices.Contains(accounted, name) {
			vanished = append(vanished, name)
		}
	}
	if vanished == nil {
		return nil
	}
	slices.Sort(vanished)
	return &VanishedScopesError{Layer: next.Layer.Name, LayerFile: path.Join(next.Dir, scope.LayerFile), Scopes: vanished}
}

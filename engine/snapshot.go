package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/maypok86/otter/v2"

	"github.com/fieldgate/fieldgate/bundles"
	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// Snapshot is the immutable in-memory form of one revision: schema, policy, data. Its caches are
// filled as it is used and hold nothing that another snapshot could see. It is safe for concurrent
// use.
type Snapshot struct {
	content   *bundles.Content
	revision  bundles.Revision
	schema    *gql.Schema
	settings  gql.Settings
	policy    readablePolicy
	classes   *classes
	scopeIDs  map[string]string // name to id
	scopeByID map[string]string // id to name

	recent     recentTable
	everything *rights                       // of unrestricted subjects
	nothing    *rights                       // of subjects without a scope
	holders    *otter.Cache[uint64, *rights] // by a hash of the scopes, which are compared then
	operations *otter.Cache[operationKey, *compiled]
	judged     *otter.Cache[judgedKey, *judged]
	views      *otter.Cache[string, *gql.View]
	plans      *otter.Cache[planKey, *planned]
	answers    *otter.Cache[answerKey, []gql.Introspected]
}

// readablePolicy is what the engine asks of a policy; *eval.Policy is one.
type readablePolicy interface {
	Readable(ctx context.Context, who eval.Subject, ids []uint32) ([]bool, error)
}

// operationKey is compared whole, never by a hash alone.
type operationKey struct{ query, name string }

// What the caches of one snapshot hold at most.
const (
	maxOperationBytes = 64 << 20
	maxRightsBytes    = 8 << 20
	maxJudgedBytes    = 64 << 20 // with the operations, which the cache of operations may hold no longer
	maxViews          = 64
	maxPlanBytes      = 128 << 20
	maxPlanSize       = 1_024 // entries, of entryBytes, of a plan that is kept
	entryBytes        = 200
)

// Revision returns the number and digest of the snapshot's revision.
func (s *Snapshot) Revision() bundles.Revision { return s.revision }

// Layer returns the name of the data layer.
func (s *Snapshot) Layer() string { return s.content.Layer }

// Content returns what the snapshot was built from, for export. The caller must not change it.
func (s *Snapshot) Content() *bundles.Content { return s.content }

// Schema returns the whole schema.
func (s *Snapshot) Schema() *gql.Schema { return s.schema }

// Scopes returns the names of the data layer's scopes, sorted.
func (s *Snapshot) Scopes() []string { return s.scopeNames() }

func (s *Snapshot) scopeNames() []string { return slices.Sorted(maps.Keys(s.scopeIDs)) }

// operation compiles a document, or finds it compiled.
func (s *Snapshot) operation(query, name string) (op *compiled, known bool, errs gql.Errors) {
	key := operationKey{query, name}
	if c, ok := s.operations.GetIfPresent(key); ok {
		return c, true, nil
	}
	found, errs := s.schema.Compile(query, name, s.settings)
	if errs != nil {
		return nil, false, errs
	}
	op = &compiled{op: found, masks: s.classes.masks(found.Needs())}
	s.operations.Set(key, op)
	return op, false, nil
}

// View returns the part of the schema that the subject may read (R13). Its errors are those of
// Decide.
func (s *Snapshot) View(ctx context.Context, sub Subject) (*gql.View, error) {
	who, err := s.rightsOf(sub, scopesHash(sub))
	if err != nil {
		return nil, err
	}
	return s.view(ctx, who)
}

// viewKey tells subjects with different rights apart.
func viewKey(who eval.Subject) string {
	if who.Unrestricted {
		return "*"
	}
	return listKey(who.Scopes)
}

func (s *Snapshot) view(ctx context.Context, who *rights) (*gql.View, error) {
	if v, ok := s.views.GetIfPresent(who.key); ok {
		return v, nil
	}
	readable, err := s.readableOf(ctx, who)
	if err != nil {
		return nil, err
	}
	v := s.schema.View(readable, s.settings)
	s.views.Set(who.key, v)
	return v, nil
}

// readableOf returns every coordinate of the schema that a subject may read.
func (s *Snapshot) readableOf(ctx context.Context, who *rights) (gql.Set, error) {
	all := make([]gql.ID, s.schema.Len())
	for i := range all {
		all[i] = gql.ID(i)
	}
	return s.readable(ctx, who, all)
}

// Readable returns every coordinate of the schema that a subject (by scope ids) may read.
func (s *Snapshot) Readable(ctx context.Context, who eval.Subject) (gql.Set, error) {
	return s.readableOf(ctx, s.newRights(Subject{}, who))
}

// Reach returns what the subject can read of the schema, with a shortest operation for each coordinate. Its errors are
// those of Decide. It is computed anew on every call.
func (s *Snapshot) Reach(ctx context.Context, sub Subject) (*gql.Reach, error) {
	readable, err := s.ReadableTo(ctx, sub)
	if err != nil {
		return nil, err
	}
	return s.schema.Reach(readable, s.settings), nil
}

// ReadableTo returns every coordinate of the schema that a subject may read by R2 alone. Its errors are those of Decide.
func (s *Snapshot) ReadableTo(ctx context.Context, sub Subject) (gql.Set, error) {
	who, err := s.rightsOf(sub, scopesHash(sub))
	if err != nil {
		return gql.Set{}, err
	}
	return s.readableOf(ctx, who)
}

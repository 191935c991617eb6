package admin

import (
	"time"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
	"github.com/fieldgate/fieldgate/server/store"
)

// Whatever of a row is answered is named here: a hash never is.

func memberOut(m store.Member) api.Member {
	return api.Member{ID: m.ID, Name: m.Name, Role: m.Role, Version: m.Version, Created: m.Created}
}

func keyOut(k store.Key, now time.Time) api.Key {
	return api.Key{
		ID: k.ID, Name: k.Name, Permissions: k.Permissions, State: state(k.Revoked, k.Expires, now),
		Created: k.Created, Expires: k.Expires, Revoked: k.Revoked, LastUsed: k.LastUsed,
	}
}

// state says whether a token or key opens anything.
func state(revoked, expires *time.Time, now time.Time) string {
	switch {
	case revoked != nil:
		return "revoked"
	case expired(expires, now):
		return "expired"
	}
	return "active"
}

func (c *call) layerOut(l store.DataLayer) api.Layer {
	definition, shown := store.Shown(l.Definition)
	out := api.Layer{
		ID: l.ID, Name: l.Name, Definition: definition, Hidden: !shown, File: l.File, SchemaDigest: l.SchemaDigest,
		Pinned: l.Pinned, Version: l.Version, Created: l.Created,
	}
	if r, ok := c.api.Control.Active(l.Name); ok {
		out.Active = &api.RevisionID{Number: r.Number, Digest: r.Digest}
	}
	return out
}

func scopeOut(s store.Scope) api.Scope {
	return api.Scope{
		ID: s.ID, Name: s.Name, Description: s.Description, Fields: orEmpty(s.Entries), File: s.File,
		Version: s.Version, Created: s.Created, Updated: s.Updated,
	}
}

// tokenOut names the scopes of a token. names is scope id to name.
func tokenOut(t store.Token, names map[string]string, now time.Time) api.Token {
	out := api.Token{
		ID: t.ID, Name: t.Name, Scopes: []api.ScopeRef{}, Unrestricted: t.Unrestricted, State: state(t.Revoked, t.Expires, now),
		CreatedBy: t.CreatedBy, Created: t.Created, Expires: t.Expires, Revoked: t.Revoked, LastUsed: t.LastUsed,
	}
	for _, id := range t.ScopeIDs {
		if name, ok := names[id]; ok {
			out.Scopes = append(out.Scopes, api.ScopeRef{ID: id, Name: name})
		}
	}
	sortScopes(out.Scopes)
	return out
}

func syncOut(s store.Sync) api.Sync {
	out := api.Sync{
		ID: s.ID, Reason: s.Reason, State: s.State, Steps: []api.Step{}, Error: s.Error, Revision: s.Revision,
		Started: s.Started, Ended: s.Ended,
	}
	for _, step := range s.Steps {
		one := api.Step{Name: step.Name, State: step.State, Detail: step.Detail, Started: step.Started}
		if !step.Ended.IsZero() {
			one.Ended = &step.Ended
		}
		out.Steps = append(out.Steps, one)
	}
	return out
}

func revisionOut(r store.Revision, active, pinned uint64) api.Revision {
	return api.Revision{
		Number: r.Number, Digest: r.Digest, SchemaDigest: r.SchemaDigest, SyncID: r.SyncID,
		Active: r.Number == active, Pinned: r.Number == pinned, Created: r.Created,
	}
}

func appliedOut(a control.Applied) api.AppliedLayer {
	out := api.AppliedLayer{
		DataLayer: a.DataLayer, Created: orEmpty(a.Created), Updated: orEmpty(a.Updated), Renamed: orEmpty(a.Renamed),
		Deleted: orEmpty(a.Deleted), Warnings: orEmpty(a.Warnings),
	}
	if a.Sync != nil {
		s := syncOut(*a.Sync)
		out.Sync = &s
	}
	return out
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

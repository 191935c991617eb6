package admin

import (
	"net/http"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/control"
)

func (c *call) preview() error {
	var body api.ScopeDraft
	if err := c.body(&body); err != nil {
		return err
	}
	if len(body.Entries) > api.MaxEntries {
		return badRequest("/entries", "more entries than a scope may have")
	}
	p, err := c.api.Control.PreviewScope(c.ctx(), c.Param("layer"), control.ScopeEdit{
		ID: body.Scope, Delete: body.Delete,
		Scope: control.ScopeRequest{Name: body.Name, Description: body.Description, Fields: body.Entries},
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, previewOut(p))
}

// previewOut cuts long lists, and says so.
func previewOut(p *control.Preview) api.Preview {
	left := map[string]int{}
	out := api.Preview{
		Covered: first(p.Covered, "covered", left), YAML: p.YAML,
		Problems: each(first(p.Problems, "problems", left), func(e control.EntryProblem) api.DraftProblem { return api.DraftProblem(e) }),
		Guards: each(first(p.Guards, "guards", left), func(r control.Reader) api.DraftGuard {
			return api.DraftGuard{At: r.At, Rule: r.Why, StandsFor: some(r.StandsFor), More: unsaid(r.StandsFor)}
		}),
		Escapes: each(first(p.Escapes, "escapes", left), func(r control.Reader) api.DraftEscape {
			return api.DraftEscape{At: r.At, Kind: r.Why, StandsFor: some(r.StandsFor), More: unsaid(r.StandsFor)}
		}),
	}
	if p.Compared {
		out.Plan = &api.DraftPlan{
			Opened: first(p.Opened, "opened", left), Restricted: first(p.Restricted, "restricted", left), Unasked: p.Unasked,
			Tokens: each(first(p.Tokens, "tokens", left), draftToken),
		}
	}
	if len(left) > 0 {
		out.More = left
	}
	return out
}

func draftToken(t control.TokenChange) api.DraftToken {
	return api.DraftToken{
		ID: t.Token.ID, Name: t.Token.Name, Gains: some(t.Gains), Losses: some(t.Losses), MoreGains: unsaid(t.Gains), MoreLosses: unsaid(t.Losses),
	}
}

// first returns the first rows of a list, and notes under its name how many are left.
func first[T any](list []T, name string, left map[string]int) []T {
	if len(list) <= api.PreviewRows {
		if list == nil {
			list = []T{}
		}
		return list
	}
	if left != nil {
		left[name] = len(list) - api.PreviewRows
	}
	return list[:api.PreviewRows]
}

// some returns the beginning of a list in a row, and unsaid how many it leaves off.
func some(list []string) []string {
	if len(list) == 0 {
		return []string{}
	}
	return list[:min(len(list), api.PreviewWords)]
}

func unsaid(list []string) int { return max(0, len(list)-api.PreviewWords) }

func each[T, U any](list []T, f func(T) U) []U {
	out := make([]U, len(list))
	for i, one := range list {
		out[i] = f(one)
	}
	return out
}

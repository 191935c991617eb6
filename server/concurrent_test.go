package server_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fieldgate/fieldgate/server/admin/api"
)

// crowd are admins who all change the same rows at once.
type crowd struct {
	*team
	changes, stale, missing atomic.Int64

	tokens  sync.Map // secret by id
	revoked sync.Map // ids whose revocation was acknowledged
}

// TestR20ConcurrentAdmins has eight admins edit, delete, generate and revoke at once over HTTP. Run with FIELDGATE_SOAK=1 for a
// minute.
func TestR20ConcurrentAdmins(t *testing.T) {
	c := &crowd{team: newTeam(t)}
	c.shop("cost", "margin", "name")
	goOn := func(done int) bool { return done < 12 }
	if os.Getenv("FIELDGATE_SOAK") != "" {
		until := time.Now().Add(time.Minute)
		goOn = func(int) bool { return time.Now().Before(until) }
	}
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			dice := rand.New(rand.NewPCG(3, uint64(i)))
			for done := 0; goOn(done) && !t.Failed(); done++ {
				c.act(dice, i)
			}
		})
	}
	running.Wait()
	t.Logf("%d changes, %d of them stale, %d of what was gone", c.changes.Load(), c.stale.Load(), c.missing.Load())
	if c.changes.Load() == 0 || c.stale.Load() == 0 {
		t.Error("nothing was changed, or nobody was too late")
	}
	c.settled()
	c.restart()
	c.settled()
}

// act makes one change. Refusals are those that the others cause, and no other.
func (c *crowd) act(dice *rand.Rand, i int) {
	fields := []string{"Product.name", "Product.cost", "Product.margin"}[dice.IntN(3):]
	ctx := c.t.Context()
	switch dice.IntN(8) {
	case 0:
		made, err := c.GenerateToken(ctx, "shop", api.NewToken{Name: "t", Scopes: []string{"cost"}}, "")
		if c.took(err, http.StatusBadRequest, http.StatusUnprocessableEntity) { // the scope may be gone
			c.handedOut(made.Secret)
			c.tokens.Store(made.Token.ID, made.Secret)
		}
	case 1:
		c.tokens.Range(func(id, secret any) bool {
			if c.took(c.RevokeToken(ctx, "shop", id.(string))) {
				c.revoked.Store(id, true)
				if got := c.read(secret.(string)); got.status != http.StatusUnauthorized {
					c.t.Errorf("a token opens after its revocation was answered (R6): %d %s", got.status, got.body)
				}
			}
			return false
		})
	case 2:
		_, err := c.CreateScope(ctx, "shop", api.NewScope{Name: fmt.Sprintf("s%d-%d", i, dice.IntN(50)), Fields: fields})
		c.took(err, http.StatusConflict)
	case 3:
		if s, ok := c.pick(dice); ok && s.Name != "name" {
			_, err := c.DeleteScope(ctx, "shop", s)
			c.took(err, http.StatusPreconditionFailed, http.StatusNotFound)
		}
	default:
		c.editAny(dice, fields)
	}
}

// editAny edits a scope, most often one that everyone edits.
func (c *crowd) editAny(dice *rand.Rand, fields []string) {
	s, ok := c.pick(dice)
	if !ok {
		return
	}
	to := api.NewScope{Name: s.Name, Description: strconv.FormatUint(dice.Uint64(), 36), Fields: fields}
	made, err := c.UpdateScope(c.t.Context(), "shop", s, to)
	if !c.took(err, http.StatusPreconditionFailed, http.StatusNotFound) {
		return
	}
	if made.Scope.Version <= s.Version {
		c.t.Errorf("version %d follows version %d", made.Scope.Version, s.Version)
	}
	// Who edits a row that they have read before is told, each time.
	if _, err := c.UpdateScope(c.t.Context(), "shop", s, to); status(err) != http.StatusPreconditionFailed && status(err) != http.StatusNotFound {
		c.t.Errorf("an edit of version %d after version %d: %v", s.Version, made.Scope.Version, err)
	}
}

func (c *crowd) pick(dice *rand.Rand) (api.Scope, bool) {
	list, err := c.Scopes(c.t.Context(), "shop")
	if err != nil {
		c.t.Error(err)
	}
	if len(list) == 0 {
		return api.Scope{}, false
	}
	return list[dice.IntN(min(len(list), 4))], true
}

// took counts a change, and wants a refusal to be of one of some statuses.
func (c *crowd) took(err error, statuses ...int) bool {
	switch got := status(err); {
	case err == nil:
		c.changes.Add(1)
		return true
	case !slices.Contains(statuses, got):
		c.t.Errorf("%d %v", got, err)
	case got == http.StatusPreconditionFailed:
		c.stale.Add(1)
	default:
		c.missing.Add(1)
	}
	return false
}

// settled wants the chain to be without gaps, and what is decided to be what is stored.
func (c *crowd) settled() {
	c.t.Helper()
	head := c.verified()
	chain := c.chain(c.t)
	for i, e := range chain {
		if e.Sequence != uint64(i+1) {
			c.t.Fatalf("entry %d has the sequence %d", i+1, e.Sequence)
		}
	}
	if last := chain[len(chain)-1]; last.Hash != head.Hash {
		c.t.Errorf("the head is %v, and the last entry %v", head, last.Hash)
	}
	c.sameAsAudit(c.t, chain)
	c.decidesAsStored(c.t)
	var open, revoked []string
	c.tokens.Range(func(id, secret any) bool {
		if got := c.read(secret.(string)); got.status == http.StatusUnauthorized {
			revoked = append(revoked, id.(string))
		} else {
			open = append(open, id.(string))
		}
		return true
	})
	for _, token := range must[[]api.Token](c.t)(c.Tokens(c.t.Context(), "shop")) {
		list := map[string][]string{"active": open, "revoked": revoked}[token.State]
		if _, acknowledged := c.revoked.Load(token.ID); !slices.Contains(list, token.ID) || acknowledged != (token.State == "revoked") {
			c.t.Errorf("token %s is stored as %s", token.ID, token.State)
		}
	}
	c.activeAsStored()
}

// activeAsStored wants the active revision to hold the stored scopes.
func (c *crowd) activeAsStored() {
	c.t.Helper()
	stored, active := map[string][]string{}, map[string][]string{}
	for _, s := range must[[]api.Scope](c.t)(c.Scopes(c.t.Context(), "shop")) {
		stored[s.Name] = s.Fields
	}
	got := c.bundle()
	for _, s := range c.contentOf(strings.NewReader(got.body)).Scopes {
		active[s.Name] = s.Entries
	}
	if diff := cmp.Diff(stored, active); diff != "" {
		c.t.Errorf("scopes (-stored +active):\n%s", diff)
	}
}

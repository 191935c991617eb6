package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/problem"
)

// Authorizer answers what a member may do: policies/admin, in *eval.Admin. An error is no, and is answered with 503 (R16).
type Authorizer interface {
	Allowed(ctx context.Context, a eval.Action) (bool, error)
}

// allowed asks the policy. own says that it is about the member's own keys.
func (k *Keys) allowed(ctx context.Context, who Principal, permission api.Permission, own bool) (bool, error) {
	team, ok := k.Directory.Team()
	a := eval.Action{Role: string(who.Member.Role), Permission: string(permission), Own: own, Entitled: ok && team.Entitled}
	for _, p := range who.Key.Permissions {
		a.KeyPermissions = append(a.KeyPermissions, string(p))
	}
	return k.Authorizer.Allowed(ctx, a)
}

// authorize returns nil when the policy allows it, and else 403, or 503 when the policy could not be asked.
func (k *Keys) authorize(c *gin.Context, who Principal, permission api.Permission, own bool) error {
	may, err := k.allowed(c.Request.Context(), who, permission, own)
	if err != nil {
		k.Log.ErrorContext(c.Request.Context(), "could not decide on a permission",
			"request_id", c.Writer.Header().Get(problem.RequestIDHeader), "permission", string(permission), "error", err.Error())
		return &problemError{Problem: problem.Problem{Status: http.StatusServiceUnavailable, Code: "POLICY_ERROR", Detail: "whether you may could not be decided"}}
	}
	if !may {
		return forbidden(fmt.Sprintf("a member with the role %s may not do this with this key (%s)", who.Member.Role, permission))
	}
	return nil
}

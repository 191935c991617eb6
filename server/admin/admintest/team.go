package admintest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/policies"
	"github.com/fieldgate/fieldgate/server/admin"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

// Team is an admin API with an owner, a developer and a program that asks for decisions.
type Team struct {
	*Control
	Router                     *gin.Engine
	Keys                       *admin.Keys
	Owner, Developer, Decider  string // secrets of their keys
	OwnerMember, DeveloperSelf store.Member
}

// Options say what is different from the usual.
type Options struct {
	Authorizer admin.Authorizer // nil is policies/admin
	Now        func() time.Time // nil is time.Now
	Log        io.Writer        // nil is nowhere
	Failures   admin.FailureLimit
	MaxBody    int64
	Live       admin.Live    // nil: nobody is told what happens
	Heartbeat  time.Duration // 0 is the API's own
}

// New returns a team.
func New(o Options) (*Team, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Authorizer == nil {
		policy, err := eval.NewAdmin(context.Background(), policies.Admin(), policies.AdminData(true), eval.Options{Timeout: time.Minute})
		if err != nil {
			return nil, err
		}
		o.Authorizer = policy
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	t := &Team{Control: NewControl(o.Now)}
	log := slog.New(slog.NewJSONHandler(o.Log, nil))
	var err error
	t.Keys, err = admin.NewKeys(admin.KeysOptions{Authorizer: o.Authorizer, Directory: Directory{t.Control}, Sessions: t.Control, Log: log, Now: o.Now, Failures: o.Failures})
	if err != nil {
		return nil, err
	}
	a, err := admin.New(admin.Options{Control: t.Control, Snapshots: t.Snapshot, Keys: t.Keys, Log: log, Now: o.Now, MaxBody: o.MaxBody, Live: o.Live, Heartbeat: o.Heartbeat})
	if err != nil {
		return nil, err
	}
	if err := t.route(a, log); err != nil {
		return nil, err
	}
	if err := t.people(); err != nil {
		return nil, err
	}
	return t, nil
}

// route makes a router as the server does.
func (t *Team) route(a *admin.API, log *slog.Logger) error {
	gin.SetMode(gin.ReleaseMode)
	t.Router = gin.New()
	t.Router.HandleMethodNotAllowed, t.Router.RedirectTrailingSlash = true, false
	if err := t.Router.SetTrustedProxies(nil); err != nil {
		return err
	}
	requests := 0
	t.Router.Use(func(c *gin.Context) {
		requests++
		c.Header(problem.RequestIDHeader, fmt.Sprintf("request-%d", requests))
		c.Next()
		log.InfoContext(c, "request", "method", c.Request.Method, "path", c.Request.URL.Path, "status", c.Writer.Status())
	})
	t.Router.NoMethod(func(c *gin.Context) {
		problem.Write(c.Writer, problem.Problem{Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED"})
	})
	t.Router.NoRoute(func(c *gin.Context) {
		problem.Write(c.Writer, problem.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND"})
	})
	a.Routes(t.Router)
	return nil
}

func (t *Team) people() error {
	ctx, by := context.Background(), store.Origin{Actor: store.Actor{Kind: store.ActorSystem}}
	var err error
	if t.OwnerMember, err = t.AddMember(ctx, by, "Olive", store.RoleOwner); err != nil {
		return err
	}
	if t.DeveloperSelf, err = t.AddMember(ctx, by, "Dev", store.RoleDeveloper); err != nil {
		return err
	}
	for _, k := range []struct {
		member     store.Member
		permission store.Permission
		secret     *string
	}{
		{t.OwnerMember, store.PermissionAdmin, &t.Owner}, {t.DeveloperSelf, store.PermissionAdmin, &t.Developer},
		{t.DeveloperSelf, store.PermissionDecide, &t.Decider},
	} {
		_, *k.secret, err = t.GenerateKey(ctx, by, store.Key{MemberID: k.member.ID, Name: "key", Permissions: []store.Permission{k.permission}})
		if err != nil {
			return err
		}
	}
	return nil
}

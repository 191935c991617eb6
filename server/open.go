package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
	"github.com/fieldgate/fieldgate/server/access"
	"github.com/fieldgate/fieldgate/server/console"
	"github.com/fieldgate/fieldgate/server/decisionlog"
	"github.com/fieldgate/fieldgate/server/gateway"
	"github.com/fieldgate/fieldgate/server/store"
	"github.com/fieldgate/fieldgate/server/telemetry"
)

// full makes a server with a store.
func (s *Server) full(ctx context.Context) (err error) {
	o := s.options
	if _, err := os.Stat(o.Data); errors.Is(err, fs.ErrNotExist) { // a mistyped name is not to become a directory
		return fmt.Errorf("%s: %w", o.Data, ErrNoTeam)
	}
	s.metrics = telemetry.NewMetrics(o.Version, time.Now)
	s.state, err = openState(ctx, stateOptions{dir: o.Data, settings: s.settings, log: o.Log, lookup: o.Lookup, metrics: s.metrics})
	if err != nil {
		return err
	}
	if _, ok := s.state.directory.Team(); !ok {
		return fmt.Errorf("%s: %w", o.Data, ErrNoTeam)
	}
	s.layers = s.state.Control.Registry()
	if o.Dir != "" {
		s.watcher = access.Follow(s.source, s.state.Control.Follow(s.origin, s.settings).Take)
		if err := s.lookTwice(ctx); err != nil {
			return err
		}
	}
	if s.traces, err = telemetry.NewTraces(ctx, o.Version, o.Lookup); err != nil {
		return err
	}
	if err := s.openGateway(); err != nil {
		return err
	}
	api, keys, err := s.state.api(ctx, o.Log, s.gateway.Sandbox)
	if err != nil {
		return err
	}
	if s.console, err = console.New(); err != nil {
		return err
	}
	handler, err := s.routes(api, keys)
	longest := max(time.Minute, s.settings.Gateway.Timeout+30*time.Second) // the sandbox waits for upstreams too
	s.private.http = s.server(handler, longest)
	s.private.http.RegisterOnShutdown(s.state.feed.end)
	s.private.http.RegisterOnShutdown(s.state.live.End)
	s.public = &listener{name: "public", address: orElse(o.Public, s.settings.Listen.Public)}
	s.public.http = s.server(s.publicRoutes(), longest)
	s.public.http.ConnState = s.public.count
	return err
}

// lookTwice takes the tree that is there when the server starts. It counts when it reads the same twice, as long apart as other
// looks are: one that is being written is not to be taken for whole.
func (s *Server) lookTwice(ctx context.Context) error {
	s.watcher.Look(ctx)
	if s.options.Ticks == nil {
		pause := time.NewTimer(lookEvery)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	s.watcher.Look(ctx)
	return nil
}

// origin is who changes what an access directory says.
func (s *Server) origin() store.Origin {
	actor := store.Actor{Kind: store.ActorFile, Name: s.options.Dir}
	if s.options.Commit != nil {
		actor.Commit = s.options.Commit()
	}
	return store.Origin{Actor: actor}
}

// openGateway makes the guarded endpoint and the decision log.
func (s *Server) openGateway() error {
	log, err := s.openDecisionLog()
	if err != nil {
		return err
	}
	o := gateway.Options{
		Tokens: s.state, Layers: s.layers, Upstreams: s.state, Settings: s.settings, Log: s.options.Log,
		Observer: s.metrics, Stats: s.state.stats, Tracer: s.traces.Tracer(),
	}
	if log != nil {
		s.decisions, o.Decisions = log, log
	}
	s.gateway = gateway.New(o)
	return nil
}

// openDecisionLog returns the decision log of the settings, or nil when it is off.
func (s *Server) openDecisionLog() (*decisionlog.Log, error) {
	l := s.settings.DecisionLog
	o := decisionlog.Options{Sample: l.Sample, Erase: l.Erase, Labels: map[string]string{"app": "fieldgate", "version": s.options.Version}, Observer: s.metrics, Log: s.options.Log}
	switch l.To {
	case scope.DecisionLogStdout:
		o.Sink = decisionlog.NewWriter(os.Stdout)
	case scope.DecisionLogFile:
		o.Sink = decisionlog.NewFile(l.Path)
	case scope.DecisionLogHTTP:
		url, err := scope.Expand(l.URL, s.options.Lookup)
		if err != nil {
			return nil, fmt.Errorf("decision_log.url: %w", err)
		}
		o.Sink = decisionlog.NewUpload(decisionlog.UploadOptions{Client: s.state.client, URL: url})
	default:
		return nil, nil
	}
	return decisionlog.New(o), nil
}

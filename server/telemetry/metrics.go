package telemetry

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// unknown is the data layer of requests that none could be named for.
const unknown = "unknown"

// Metrics are the metrics of one server. Its methods are what server/gateway and server/decisionlog call
// observers. It is safe for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	decisions *prometheus.CounterVec
	decide    *prometheus.HistogramVec
	upstream  *prometheus.CounterVec
	upSeconds *prometheus.HistogramVec
	running   *prometheus.GaugeVec
	shed      *prometheus.CounterVec
	events    *prometheus.CounterVec
	revisions *revisions
	layers    table[string, *series]
}

// Buckets in seconds: a decision takes tens of microseconds, a request what its upstream takes.
var (
	decideBuckets  = []float64{10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 1e-3, 5e-3, 25e-3, 0.1, 1}
	requestBuckets = []float64{0.5e-3, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
)

// NewMetrics returns metrics that are all zero. version is the program's.
func NewMetrics(version string, now func() time.Time) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("requests_total", "Requests to the guarded endpoint.", "data_layer", "status"),
		seconds:  histogram("request_duration_seconds", "Time that a request to the guarded endpoint takes, with the upstream's.", requestBuckets, "data_layer"),
		decisions: counter("decisions_total", "Decisions: allow, partial, deny or error, and what was done about it.",
			"data_layer", "decision", "effect"),
		decide:    histogram("decision_duration_seconds", "Time that a decision takes.", decideBuckets, "data_layer"),
		upstream:  counter("upstream_requests_total", "Requests to upstreams: ok, down, timeout, bad, shed or gone.", "data_layer", "outcome"),
		upSeconds: histogram("upstream_duration_seconds", "Time that upstreams take.", requestBuckets, "data_layer"),
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "upstream_requests_running", Help: "Requests to upstreams that run."},
			[]string{"data_layer"}),
		shed:      counter("shed_total", "Requests that were answered 503 since too many ran.", "data_layer"),
		events:    counter("decision_log_events_total", "Events of the decision log: logged, sampled_out, dropped_full or dropped_sink.", "outcome"),
		revisions: newRevisions(now),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "The program's version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.decisions, m.decide, m.upstream, m.upSeconds, m.running, m.shed, m.events, m.revisions, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const namespace = "fieldgate"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

// Handler answers /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 4})
}

func named(layer string) string {
	if layer == "" {
		return unknown
	}
	return layer
}

// Request counts an answered request.
func (m *Metrics) Request(layer string, status int, took time.Duration) {
	of := m.of(layer)
	of.requests.get(status, func() prometheus.Counter { return m.requests.WithLabelValues(named(layer), strconv.Itoa(status)) }).Inc()
	of.seconds.Observe(took.Seconds())
}

// Decision counts a decision.
func (m *Metrics) Decision(layer, decision, effect string, took time.Duration) {
	of := m.of(layer)
	of.decisions.get([2]string{decision, effect}, func() prometheus.Counter {
		return m.decisions.WithLabelValues(named(layer), decision, effect)
	}).Inc()
	of.decide.Observe(took.Seconds())
}

// shedOutcome is the outcome of a request that was not made.
const shedOutcome = "shed"

// Upstream counts a request to an upstream, or one that was not made for there were too many.
func (m *Metrics) Upstream(layer, outcome string, took time.Duration) {
	of := m.of(layer)
	of.upstream.get(outcome, func() prometheus.Counter { return m.upstream.WithLabelValues(named(layer), outcome) }).Inc()
	if outcome == shedOutcome {
		m.shed.WithLabelValues(named(layer)).Inc()
		return
	}
	of.upSeconds.Observe(took.Seconds())
}

// Running counts requests to upstreams that begin (1) and end (-1).
func (m *Metrics) Running(layer string, change int) { m.of(layer).running.Add(float64(change)) }

// of returns the series of a data layer.
func (m *Metrics) of(layer string) *series {
	return m.layers.get(layer, func() *series {
		name := named(layer)
		return &series{
			seconds: m.seconds.WithLabelValues(name), decide: m.decide.WithLabelValues(name), upSeconds: m.upSeconds.WithLabelValues(name),
			running: m.running.WithLabelValues(name),
		}
	})
}

// Event counts what became of an event of the decision log.
func (m *Metrics) Event(outcome string) { m.events.WithLabelValues(outcome).Inc() }

// Activated notes that a revision of a data layer became active.
func (m *Metrics) Activated(layer string, number uint64, at time.Time) {
	m.revisions.set(layer, active{number, at})
}

// Removed forgets a data layer that is gone, with all its series.
func (m *Metrics) Removed(layer string) {
	m.revisions.remove(layer)
	labels := prometheus.Labels{"data_layer": layer}
	for _, vec := range []interface {
		DeletePartialMatch(labels prometheus.Labels) int
	}{m.requests, m.seconds, m.decisions, m.decide, m.upstream, m.upSeconds, m.running, m.shed} {
		vec.DeletePartialMatch(labels)
	}
	m.layers.remove(layer)
}

// revisions collects the active revisions and their ages when they are asked for.
type revisions struct {
	now    func() time.Time
	number *prometheus.Desc
	age    *prometheus.Desc
	mu     sync.Mutex
	active map[string]active
}

type active struct {
	number uint64
	since  time.Time
}

func newRevisions(now func() time.Time) *revisions {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, []string{"data_layer"}, nil)
	}
	return &revisions{
		now: now, active: map[string]active{},
		number: desc("active_revision", "Number of the active revision."),
		age:    desc("active_revision_age_seconds", "Time since the active revision became active."),
	}
}

func (r *revisions) set(layer string, a active) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active[layer] = a
}

func (r *revisions) remove(layer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.active, layer)
}

// Describe is part of prometheus.Collector.
func (r *revisions) Describe(out chan<- *prometheus.Desc) {
	out <- r.number
	out <- r.age
}

// Collect is part of prometheus.Collector.
func (r *revisions) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for layer, a := range r.active {
		out <- prometheus.MustNewConstMetric(r.number, prometheus.GaugeValue, float64(a.number), layer)
		out <- prometheus.MustNewConstMetric(r.age, prometheus.GaugeValue, r.now().Sub(a.since).Seconds(), layer)
	}
}

package web

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/fieldgate/fieldgate/bench/measure"
)

// Sample is what one turn of load came to.
type Sample struct {
	PerSecond float64 `json:"requests_per_second"`
	Processor float64 `json:"cpu_ns"` // of the server, for each request
	P50       float64 `json:"p50_ns"`
	P99       float64 `json:"p99_ns"`
}

// Result is what was measured of a server.
type Result struct {
	Suite       string   `json:"suite"`
	Side        string   `json:"side"`
	Connections int      `json:"connections"`
	Samples     []Sample `json:"samples"`
}

// interleaved loads the sides in turns, after one turn each that is not counted.
func interleaved(ctx context.Context, suite string, sides []side, o Options) ([]Result, error) {
	results := make([]Result, len(sides))
	for round := range o.Rounds + 1 {
		for _, i := range measure.Order(len(sides), round) {
			s := sides[i]
			sample, err := s.turn(ctx, o.Turn)
			if err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", s.name, err, s.said())
			}
			results[i].Suite, results[i].Side, results[i].Connections = suite, s.name, o.Connections
			if round > 0 {
				results[i].Samples = append(results[i].Samples, sample)
			}
		}
	}
	return results, nil
}

func (s side) turn(ctx context.Context, d time.Duration) (Sample, error) {
	before, err := s.processorTime()
	if err != nil {
		return Sample{}, err
	}
	out, err := s.load.run(ctx, d)
	if err != nil {
		return Sample{}, err
	}
	after, err := s.processorTime()
	return Sample{
		PerSecond: out.perSecond(), Processor: float64(after-before) / float64(out.requests),
		P50: float64(out.quantile(0.5)), P99: float64(out.quantile(0.99)),
	}, err
}

// once asks once and returns the body of a 200.
func (l load) once(ctx context.Context) ([]byte, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(l.request); err != nil {
		return nil, err
	}
	answers := newAnswerReader(conn)
	status, body, err := answers.next()
	if err == nil && status != 200 {
		err = fmt.Errorf("answered %d: %.500s", status, body)
	}
	return body, err
}

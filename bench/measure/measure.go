// Package measure runs what is to be compared in turns (ABAB...), so that whatever else the machine does hits all alike,
// and keeps every sample. It promises that inputs are made outside of the clock. It judges nothing.
package measure

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"
)

// Task is one side of a comparison.
type Task struct {
	Labels map[string]string // what is measured: suite, case, side and so on
	// Prepare makes the inputs of so many operations and returns what runs them.
	Prepare func(n int) (func(ctx context.Context) error, error)
}

// Sample is the cost of one operation, averaged over one turn.
type Sample struct {
	Nanoseconds float64 `json:"ns"`
	Processor   float64 `json:"cpu_ns"` // of the whole process, garbage collection included
	Allocations float64 `json:"allocs"`
	Bytes       float64 `json:"bytes"`
}

// Result is what was measured of a task.
type Result struct {
	Labels  map[string]string `json:"labels"`
	Samples []Sample          `json:"samples"`
}

// Options say how long to measure.
type Options struct {
	Rounds int           // turns of each task
	Turn   time.Duration // of one turn; at least one operation is run
}

// Loop is the Prepare of an operation that can be repeated as it is.
func Loop(run func(ctx context.Context) error) func(int) (func(context.Context) error, error) {
	return func(n int) (func(context.Context) error, error) {
		return func(ctx context.Context) error {
			for range n {
				if err := run(ctx); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}
}

// Interleaved measures tasks in turns. Every task first runs until its pace is known, which also warms its caches.
func Interleaved(ctx context.Context, tasks []Task, o Options) ([]Result, error) {
	counts, results := make([]int, len(tasks)), make([]Result, len(tasks))
	for i, t := range tasks {
		n, err := pace(ctx, t, o.Turn)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", t.Labels, err)
		}
		counts[i], results[i] = n, Result{Labels: t.Labels}
	}
	for round := range o.Rounds {
		runtime.GC()
		for _, i := range Order(len(tasks), round) {
			t := tasks[i]
			s, err := turn(ctx, t, counts[i])
			if err != nil {
				return nil, fmt.Errorf("%v: %w", t.Labels, err)
			}
			results[i].Samples = append(results[i].Samples, s)
		}
	}
	return results, nil
}

// Order is the order of so many sides in a round. It differs from round to round, so that no side always comes after the
// same one, and is the same in every run.
func Order(sides, round int) []int {
	return rand.New(rand.NewPCG(uint64(sides), uint64(round))).Perm(sides) //nolint:gosec // nothing secret; the numbers are small
}

// smallHeap is a heap whose collection takes no longer than a turn. Larger ones are collected once a round.
const smallHeap = 64 << 20

// maxOperations bounds the inputs that are made for a turn.
const maxOperations = 2_000_000

// pace returns how many operations fill a turn. The first ones may be slow for being first, so it goes on until a number
// of operations twice in a row takes about what it should.
func pace(ctx context.Context, t Task, want time.Duration) (int, error) {
	for n, fits := 1, 0; ; {
		s, err := turn(ctx, t, n)
		if err != nil {
			return 0, err
		}
		before := fits
		fits = min(max(int(float64(want)/max(s.Nanoseconds, 1)), 1), maxOperations)
		if fits <= 2*before && n >= fits/4 {
			return fits, nil
		}
		n = min(fits, 100*n)
	}
}

func turn(ctx context.Context, t Task, n int) (Sample, error) {
	if err := ctx.Err(); err != nil {
		return Sample{}, err
	}
	run, err := t.Prepare(n)
	if err != nil {
		return Sample{}, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if before.HeapAlloc < smallHeap {
		runtime.GC() // no side pays for the garbage of the one before
		runtime.ReadMemStats(&before)
	}
	processor, start := ProcessorTime(), time.Now()
	err = run(ctx)
	took, used := time.Since(start), ProcessorTime()-processor
	runtime.ReadMemStats(&after)
	each := 1 / float64(n)
	return Sample{
		Nanoseconds: float64(took) * each, Processor: float64(used) * each,
		Allocations: float64(after.Mallocs-before.Mallocs) * each, Bytes: float64(after.TotalAlloc-before.TotalAlloc) * each,
	}, err
}

// ProcessorTime is what this process has used so far, all threads.
func ProcessorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(errors.Join(errors.New("getrusage of the process itself"), err))
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

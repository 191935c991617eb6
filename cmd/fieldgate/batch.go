package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/fieldgate/fieldgate/engine"
)

const (
	batchWorkers = 2
	batchAhead   = 4        // lines that may wait for the one before them to be written
	maxBatchLine = 16 << 20 // bytes
)

// runBatch decides the lines of a file, or of standard input for -.
func runBatch(cmd *cobra.Command, name string) error {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	b := &batchRun{engine: engine.NewBatch(engine.Options{}), jobs: make(chan job), order: make(chan job, batchAhead)}
	if stderr := cmd.ErrOrStderr(); isTerminal(stderr) {
		go b.progress(ctx, stderr)
	}
	for range batchWorkers {
		go b.work(ctx)
	}
	go b.read(ctx, in)
	return b.write(ctx, cmd.OutOrStdout())
}

// batchRun decides lines in parallel and keeps their order: the reader queues each line for a worker
// and for the writer, which waits for the answers one after the other.
type batchRun struct {
	engine  *engine.Batch
	jobs    chan job
	order   chan job
	readErr error // set before order is closed
	done    atomic.Int64
}

// job is a line and the place of its answer.
type job struct {
	line    []byte
	tooLong bool
	answer  chan []byte // of capacity 1
}

func (b *batchRun) read(ctx context.Context, in io.Reader) {
	defer close(b.jobs)
	defer close(b.order)
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, tooLong, err := readLine(r)
		if len(bytes.TrimSpace(line)) > 0 || tooLong {
			j := job{line: line, tooLong: tooLong, answer: make(chan []byte, 1)}
			if !send(ctx, b.order, j) || !send(ctx, b.jobs, j) {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				b.readErr = err
			}
			return
		}
	}
}

func send(ctx context.Context, to chan<- job, j job) bool {
	select {
	case to <- j:
		return true
	case <-ctx.Done():
		return false
	}
}

// readLine returns the next line, or says that it is too long and skips it. The error may come with
// the last line.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > maxBatchLine; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func (b *batchRun) work(ctx context.Context) {
	for j := range b.jobs {
		text, err := encode(b.decide(ctx, j), "")
		if err != nil { // its variables hold a number that is none; what follows holds texts only
			text, _ = encode(engine.ErrorDecision(engine.CodeBatch, "the decision cannot be written"), "")
		}
		j.answer <- text
	}
}

// decide decides one line. Whatever goes wrong with it is in its answer and does not end the others.
func (b *batchRun) decide(ctx context.Context, j job) engine.Decision {
	if j.tooLong {
		return engine.ErrorDecision(engine.CodeBatch, fmt.Sprintf("the line is longer than %d MiB", maxBatchLine>>20))
	}
	return b.engine.Line(ctx, j.line)
}

// write writes the answers in order until there are no more.
func (b *batchRun) write(ctx context.Context, to io.Writer) error {
	out := bufio.NewWriterSize(to, 64<<10)
	for {
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), out.Flush())
		case j, ok := <-b.order:
			if !ok {
				return errors.Join(b.readErr, out.Flush())
			}
			if err := b.writeOne(ctx, out, j); err != nil {
				return err
			}
		}
	}
}

func (b *batchRun) writeOne(ctx context.Context, out *bufio.Writer, j job) error {
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err(), out.Flush())
	case text := <-j.answer:
		b.done.Add(1)
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	if len(b.order) > 0 {
		return nil // more is coming at once
	}
	return out.Flush()
}

// progress says on a terminal, when it takes long, how many lines are done.
func (b *batchRun) progress(ctx context.Context, stderr io.Writer) {
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			fmt.Fprintf(stderr, "\r%d lines decided", b.done.Load())
		}
	}
}

package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// load sends the same request over a fixed number of connections, one at a time on each.
type load struct {
	address     string
	request     []byte // as it goes over the wire
	want        []byte // the body of every answer
	connections int
}

// outcome is what a turn of load came to.
type outcome struct {
	requests  int
	elapsed   time.Duration
	latencies []time.Duration // sorted
}

func (o outcome) perSecond() float64 { return float64(o.requests) / o.elapsed.Seconds() }

func (o outcome) quantile(q float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	return o.latencies[int(q*float64(len(o.latencies)-1))]
}

// postRequest is a request as a client with keep-alive writes it.
func postRequest(address, path string, headers map[string]string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n", path, address, len(body))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// run loads the server for about d. An answer that is not what is wanted is an error.
func (l load) run(ctx context.Context, d time.Duration) (outcome, error) {
	begin := time.Now()
	deadline := begin.Add(d)
	type part struct {
		latencies []time.Duration
		err       error
	}
	parts := make(chan part, l.connections)
	for range l.connections {
		go func() {
			latencies, err := l.connection(ctx, deadline)
			parts <- part{latencies, err}
		}()
	}
	var out outcome
	var errs []error
	for range l.connections {
		p := <-parts
		out.latencies, errs = append(out.latencies, p.latencies...), append(errs, p.err)
	}
	out.requests, out.elapsed = len(out.latencies), time.Since(begin)
	slices.Sort(out.latencies)
	return out, errors.Join(errs...)
}

func (l load) connection(ctx context.Context, deadline time.Time) ([]time.Duration, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(deadline.Add(30 * time.Second)); err != nil {
		return nil, err
	}
	answers := newAnswerReader(conn)
	var latencies []time.Duration
	for now := time.Now(); now.Before(deadline); {
		if _, err := conn.Write(l.request); err != nil {
			return latencies, err
		}
		status, body, err := answers.next()
		if err != nil {
			return latencies, err
		}
		if status != 200 || !bytes.Equal(body, l.want) {
			return latencies, fmt.Errorf("answered %d: %.300s\nwanted: %.300s", status, body, l.want)
		}
		end := time.Now()
		latencies, now = append(latencies, end.Sub(now)), end
	}
	return latencies, nil
}

// answerReader reads HTTP/1.1 answers as cheaply as it can, so that the load costs little beside what it loads.
type answerReader struct {
	*bufio.Reader
	body []byte
}

func newAnswerReader(r io.Reader) *answerReader {
	return &answerReader{Reader: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the status and the body, which is valid until the next call.
func (r *answerReader) next() (int, []byte, error) {
	line, err := r.line()
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, fmt.Errorf("not a status line: %q", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, nil, err
	}
	length, chunked, err := r.headers()
	if err != nil {
		return 0, nil, err
	}
	r.body = r.body[:0]
	if chunked {
		err = r.chunks()
	} else {
		err = r.read(length)
	}
	return status, r.body, err
}

// headers reads to the end of the headers and returns how the body is framed.
func (r *answerReader) headers() (length int, chunked bool, err error) {
	for {
		line, err := r.line()
		if err != nil || len(line) == 0 {
			return length, chunked, err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case strings.EqualFold(string(name), "Content-Length"):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, false, err
			}
		case strings.EqualFold(string(name), "Transfer-Encoding"):
			chunked = true
		}
	}
}

func (r *answerReader) line() ([]byte, error) {
	line, err := r.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// read appends n bytes to the body.
func (r *answerReader) read(n int) error {
	start := len(r.body)
	r.body = slices.Grow(r.body, n)[:start+n]
	_, err := io.ReadFull(r, r.body[start:])
	return err
}

func (r *answerReader) chunks() error {
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(line), 16, 32)
		if err != nil {
			return err
		}
		if err := r.read(int(n)); err != nil {
			return err
		}
		if _, err := r.line(); err != nil || n == 0 {
			return err
		}
	}
}

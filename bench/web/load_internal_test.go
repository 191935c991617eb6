package web

import (
	"context"
	"strings"
	"testing"
	"testing/iotest"
)

func TestAnswersAreReadOneAfterAnother(t *testing.T) {
	const wire = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 5\r\n\r\nfirst" +
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" +
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n" +
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"
	answers := newAnswerReader(iotest.OneByteReader(strings.NewReader(wire)))
	for _, want := range []struct {
		status int
		body   string
	}{{200, "first"}, {503, ""}, {200, "second"}} {
		status, body, err := answers.next()
		if err != nil || status != want.status || string(body) != want.body {
			t.Fatalf("got %d %q, %v; wanted %d %q", status, body, err, want.status, want.body)
		}
	}
	if _, body, err := answers.next(); err == nil {
		t.Errorf("an answer that is cut off is taken for whole: %q", body)
	}
}

func TestReadStat(t *testing.T) {
	for name, test := range map[string]struct {
		text        string
		group, used int
		ok          bool
	}{
		"usual":         {"71 (nginx) S 70 70 70 0 -1 4194560 100 0 0 0 12 30 0 0 20 0 1 0 55 1 2", 70, 42, true},
		"name to fool":  {"71 (a) b) S 70 9 70 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 55 1 2", 9, 3, true},
		"cut off":       {"71 (nginx) S 70 70", 0, 0, false},
		"nothing there": {"", 0, 0, false},
	} {
		group, used, ok := readStat(test.text)
		if ok != test.ok || ok && (group != test.group || used != test.used) {
			t.Errorf("%s: %d %d %v", name, group, used, ok)
		}
	}
}

func TestLoadRefusesAnotherAnswer(t *testing.T) {
	ctx := t.Context()
	address, err := freeAddress(ctx)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	upstream, stop := context.WithCancel(ctx)
	defer stop()
	go func() { served <- ServeUpstream(upstream, address, []byte(`{"data":1}`)) }()
	l := load{address: address, request: postRequest(address, "/", map[string]string{"X-Test": "1"}, []byte("{}")), connections: 2}
	for {
		if l.want, err = l.once(ctx); err == nil {
			break
		}
		select {
		case err := <-served:
			t.Fatal(err)
		default:
		}
	}
	out, err := l.run(ctx, 50_000_000)
	if err != nil || out.requests < 2 || out.quantile(0.5) <= 0 {
		t.Errorf("%+v, %v", out.requests, err)
	}
	l.want = []byte(`{"data":2}`)
	if _, err := l.run(ctx, 50_000_000); err == nil {
		t.Error("another answer is taken")
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

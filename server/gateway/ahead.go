package gateway

import (
	"io"
	"sync"
)

// ahead reads an answer as fast as it is sent, however slowly it is taken: a client that takes its time holds memory, no more
// than the answer may be large, but neither the upstream nor a place among the requests to it.
type ahead struct {
	done chan struct{}

	mu   sync.Mutex
	more sync.Cond
	b    []byte // what was read
	from int    // of it, what was not taken
	err  error  // why nothing follows
}

// readAhead reads r to its end, and calls ended then. What r says is waited for by wait.
func readAhead(r io.Reader, ended func()) *ahead {
	a := &ahead{done: make(chan struct{})}
	a.more.L = &a.mu
	go func() {
		defer close(a.done)
		defer ended()
		chunk := make([]byte, 32<<10)
		for {
			n, err := r.Read(chunk)
			a.keep(chunk[:n], err)
			if err != nil {
				return
			}
		}
	}()
	return a
}

func (a *ahead) keep(b []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.b, a.err = append(a.b, b...), err
	a.more.Signal()
}

// Read is part of io.Reader.
func (a *ahead) Read(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.from == len(a.b) && a.err == nil {
		a.more.Wait()
	}
	n := copy(b, a.b[a.from:])
	if a.from += n; a.from == len(a.b) {
		a.b, a.from = a.b[:0], 0
		if n == 0 {
			return 0, a.err
		}
	}
	return n, nil
}

// wait waits until nothing is read any more.
func (a *ahead) wait() { <-a.done }

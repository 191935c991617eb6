package gql

// once drops what stands in a selection set already, word for word: it adds nothing to the answer. Narrowing
// prints a selection once for each type, and upstreams compare all selections of one response key pairwise, so
// what a client repeats would cost them the square of both. A nil once drops nothing.
type once map[string]bool

// once returns what a set of n selections needs. Documents that are not narrowed are printed as they are written.
func (p *printer) once(n int) once {
	if p.d.only == nil || n < 2 {
		return nil
	}
	return once{}
}

// check takes back what was printed last if it was there before.
func (o once) check(p *printer, from printed) {
	switch {
	case o == nil:
	case o[string(p.out[from.out:])]:
		p.back(from)
	default:
		o[string(p.out[from.out:])] = true
	}
}

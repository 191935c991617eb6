package execute

import "slices"

// Tainted returns what the calls must not have touched: for each call that used
// an unreadable coordinate, "O.f: coordinate", once each, in order of the calls.
//
// A call of O.f is tainted by O, O.f, an interface of O, I.f of an interface
// that declares f, the named result type and its interfaces (R3), and by what
// its arguments used (R14, explicit part). __typename is not a call.
func Tainted(calls []Call, unreadable func(coord string) bool) []string {
	var out []string
	for _, c := range calls {
		for _, used := range c.coordinates() {
			finding := c.Type + "." + c.Field + ": " + used
			if unreadable(used) && !slices.Contains(out, finding) {
				out = append(out, finding)
			}
		}
	}
	return out
}

func (c Call) coordinates() []string {
	return slices.Concat([]string{c.Type, c.Type + "." + c.Field}, c.Interfaces, c.Declarers, c.Results, c.Arguments)
}

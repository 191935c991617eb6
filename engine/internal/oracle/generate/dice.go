package generate

import "math/rand/v2"

// dice is a seeded source of choices.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice {
	return dice{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))}
}

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between returns a number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// pick returns an element of from, which must not be empty.
func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// some returns n elements of from in random order, or all when there are fewer.
func some[T any](d dice, from []T, n int) []T {
	var out []T
	for _, i := range d.Perm(len(from)) {
		if len(out) == n {
			break
		}
		out = append(out, from[i])
	}
	return out
}

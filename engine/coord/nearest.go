package coord

import "strings"

// Nearest returns the candidate that a mistyped word most probably meant, or ""
// when none is near: letter case aside, a candidate is near when it is at most
// 1 + len(word)/4 insertions, deletions, replacements and swaps of neighbouring
// letters away. Of equally near ones it is the first in byte order, so that the
// order of candidates does not matter. The word itself is never returned, and a
// word of more than 128 bytes is near nothing.
func Nearest(word string, candidates []string) string {
	if len(word) > 128 {
		return ""
	}
	most := 1 + len(word)/4
	best, bestDistance := "", most+1
	folded := strings.ToLower(word)
	for _, candidate := range candidates {
		if candidate == word || candidate == "" {
			continue
		}
		d := distance(folded, strings.ToLower(candidate), most)
		if d < bestDistance || d == bestDistance && d <= most && candidate < best {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance returns the optimal string alignment distance of a and b, or most+1
// when it is more than most.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		nearest := i
		for j := 1; j <= len(b); j++ {
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
			nearest = min(nearest, current[j])
		}
		if nearest > most+1 {
			return most + 1
		}
		before, previous, current = previous, current, before
	}
	return min(previous[len(b)], most+1)
}

func differ(x, y byte) int {
	if x == y {
		return 0
	}
	return 1
}

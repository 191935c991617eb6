package problem

import (
	"regexp"
	"strings"
)

var (
	idForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	// The beginnings of tokens and member keys.
	secretPrefixes = []string{"fgt_", "fgm_"}
)

// HarmlessID reports whether what a client calls its request can stand in a log, an answer and the audit chain: 1 to 64 of
// A-Z, a-z, 0-9, dot, underscore and hyphen, and nothing that may be a token or a key (R21).
func HarmlessID(id string) bool {
	return idForm.MatchString(id) && !MayHoldSecret(id)
}

// MayHoldSecret reports whether a text of a client may hold a token or a key, wherever it was put by mistake.
func MayHoldSecret(text string) bool {
	for _, prefix := range secretPrefixes {
		if strings.Contains(text, prefix) {
			return true
		}
	}
	return false
}

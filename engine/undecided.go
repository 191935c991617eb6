package engine

import "github.com/fieldgate/fieldgate/engine/gql"

// Undecided returns the decision for an error of Decide or Layer.Snapshot (R16). Its text says what
// kind of error it was and nothing else; the error itself is for logs.
func Undecided(err error) Decision {
	code := errorCode(err)
	text := map[gql.Code]string{
		"BAD_SUBJECT":        "the subject is not one of this data layer",
		"NO_ACTIVE_REVISION": "the data layer has no active revision",
		"POLICY_TIMEOUT":     "the policy did not answer in time",
	}[code]
	if text == "" {
		text = "the operation could not be decided"
	}
	return ErrorDecision(code, text)
}

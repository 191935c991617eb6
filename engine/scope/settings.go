package scope

import "time"

// Settings is a fieldgate.yaml: what holds for the whole team and server.
type Settings struct {
	Team          string // "" when not named
	Listen        Listen
	Limits        Limits
	PolicyTimeout time.Duration // of one policy evaluation
	Positions     Positions     // by path, as in "limits.body"
}

// Listen holds the addresses (host:port) that the server listens on.
type Listen struct {
	Private string
}

// Limits are the largest documents that are decided. Each is at least 1.
type Limits struct {
	Body       int64 // bytes of a request body
	Tokens     int   // lexical tokens of a document
	Depth      int   // nested selection sets
	Fields     int   // field selections after fragment expansion
	RootFields int   // field selections of the root type
}

// ParseSettings reads a fieldgate.yaml and fills in defaults. The Settings are
// incomplete when there are problems; they are sorted by position. file is only
// used in positions.
func ParseSettings(file string, src []byte) (Settings, Problems) {
	s, positions, problems := decode(file, src, settingsFile)
	s.Positions = positions
	return s, problems
}

// DefaultSettings returns the settings of a team without a fieldgate.yaml.
// Their positions are empty.
func DefaultSettings() Settings { return settingsFile.unset() }

// settingsFile is what a fieldgate.yaml holds.
var settingsFile = object(
	optional("team", "Name of the team, for people to read.",
		freeText(128), func(s *Settings) *string { return &s.Team }),
	optional("listen", "The addresses that the server listens on.",
		listen, func(s *Settings) *Listen { return &s.Listen }),
	optional("limits", "The largest documents that are decided; larger ones are refused.",
		limits, func(s *Settings) *Limits { return &s.Limits }),
	defaulted("policy_timeout", "The longest that one policy evaluation may take, as in 500ms or 1s.",
		duration(time.Millisecond, time.Minute), time.Second, func(s *Settings) *time.Duration { return &s.PolicyTimeout }),
)

var listen = object(
	defaulted("private", "Decision and admin APIs (host:port). Keep it off public networks.",
		address, "127.0.0.1:8081", func(l *Listen) *string { return &l.Private }),
)

var limits = object(
	defaulted("body", "Bytes of a request body, as in 512KiB or 1MiB.",
		size(1<<30), 1<<20, func(l *Limits) *int64 { return &l.Body }),
	defaulted("tokens", "Lexical tokens of a document.",
		integer(10_000_000), 10_000, func(l *Limits) *int { return &l.Tokens }),
	defaulted("depth", "Fields within each other; also objects within each other in one input value.",
		integer(1000), 30, func(l *Limits) *int { return &l.Depth }),
	defaulted("fields", "Field selections after fragment expansion.",
		integer(10_000_000), 2000, func(l *Limits) *int { return &l.Fields }),
	defaulted("root_fields", "Field selections of the root type.",
		integer(10_000_000), 30, func(l *Limits) *int { return &l.RootFields }),
)

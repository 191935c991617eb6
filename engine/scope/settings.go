package scope

import (
	"net/netip"
	"strings"
	"time"
)

// Settings is a fieldgate.yaml: what holds for the whole team and server.
type Settings struct {
	Team          string // "" when not named
	Listen        Listen
	Limits        Limits
	PolicyTimeout time.Duration // of one policy evaluation
	Gateway       Gateway
	DecisionLog   DecisionLog
	Proxies       []netip.Prefix // whose X-Forwarded-For is believed
	Positions     Positions      // by path, as in "limits.body"
}

// Listen holds the addresses (host:port) that the server listens on.
type Listen struct {
	Public, Private string
}

// Gateway is how the guarded endpoint speaks to upstreams.
type Gateway struct {
	Timeout     time.Duration  // of one upstream request
	Response    int64          // bytes of an upstream's response, after decompression
	Concurrency int            // upstream requests of one data layer at a time; more are shed
	Deny        []netip.Prefix // networks that are never dialled, besides link-local and metadata addresses
	Headers     []string       // client headers that are passed on, lower case
}

// DecisionLog says where decisions are logged, in OPA's event format.
type DecisionLog struct {
	To     DecisionLogSink
	Path   string   // of the file, for `file`
	URL    string   // that events are posted to, for `http`; may hold ${VARIABLE} references
	Sample int      // one in so many `allow` decisions; everything else is always logged
	Erase  []string // JSON pointers into events of what is taken out, besides variables
}

// DecisionLogSink is where decisions are logged.
type DecisionLogSink string

// The sinks.
const (
	DecisionLogOff    DecisionLogSink = "off"
	DecisionLogStdout DecisionLogSink = "stdout"
	DecisionLogFile   DecisionLogSink = "file"
	DecisionLogHTTP   DecisionLogSink = "http"
)

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
	problems = append(problems, s.DecisionLog.contradictions(positions)...)
	problems.Sort()
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
	optional("gateway", "How the guarded endpoint speaks to upstreams.",
		gatewaySettings, func(s *Settings) *Gateway { return &s.Gateway }),
	optional("decision_log", "Where decisions are logged, in OPA's event format.",
		decisionLog, func(s *Settings) *DecisionLog { return &s.DecisionLog }),
	defaulted("trusted_proxies", "Networks of proxies whose X-Forwarded-For is believed, as in 10.0.0.0/8. Empty: none.",
		orEmpty(listOf("network", network, netip.Prefix.String)).describe(jsonSchema{"uniqueItems": true}),
		nil, func(s *Settings) *[]netip.Prefix { return &s.Proxies }),
)

// contradictions returns problems between keys that are each well formed.
func (l DecisionLog) contradictions(at Positions) (problems Problems) {
	for _, need := range []struct {
		to         DecisionLogSink
		key, value string
	}{{DecisionLogFile, "path", l.Path}, {DecisionLogHTTP, "url", l.URL}} {
		key := "decision_log." + need.key
		switch {
		case l.To == need.to && need.value == "" && !at.Has(key):
			problems = append(problems, Problem{Position: at.At("decision_log.to"),
				Message: "`to: " + string(need.to) + "` needs `" + need.key + "`", Hint: "say where decisions are to go"})
		case l.To != need.to && at.Has(key):
			problems = append(problems, Problem{Position: at[key],
				Message: "`" + need.key + "` is for `to: " + string(need.to) + "`", Hint: "remove the line, or set `to`"})
		}
	}
	return problems
}

var listen = object(
	defaulted("public", "The guarded endpoint (host:port).",
		address, ":8080", func(l *Listen) *string { return &l.Public }),
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

var gatewaySettings = object(
	defaulted("timeout", "The longest that an upstream may take to answer.",
		duration(10*time.Millisecond, 10*time.Minute), 30*time.Second, func(g *Gateway) *time.Duration { return &g.Timeout }),
	defaulted("response", "Bytes of an upstream's answer, as in 16MiB.",
		size(1<<30), 16<<20, func(g *Gateway) *int64 { return &g.Response }),
	defaulted("concurrency", "Requests to the upstream of one data layer at a time; more are answered 503.",
		integer(100_000), 256, func(g *Gateway) *int { return &g.Concurrency }),
	defaulted("deny", "Networks that are never dialled, besides link-local and cloud metadata addresses.",
		orEmpty(listOf("network", network, netip.Prefix.String)).describe(jsonSchema{"uniqueItems": true}),
		nil, func(g *Gateway) *[]netip.Prefix { return &g.Deny }),
	defaulted("client_headers", "Headers of the client that are passed on to the upstream.",
		orEmpty(listOf("header", clientHeader, itself[string])).describe(jsonSchema{"uniqueItems": true}),
		[]string{"accept-language"}, func(g *Gateway) *[]string { return &g.Headers }),
)

var decisionLog = object(
	defaulted("to", "Off, standard output, a file that is rotated, or an HTTP service that takes OPA's decision logs.",
		oneOf("sink", DecisionLogOff, DecisionLogStdout, DecisionLogFile, DecisionLogHTTP), DecisionLogOff,
		func(l *DecisionLog) *DecisionLogSink { return &l.To }),
	optional("path", "Path of the file.", freeText(4096), func(l *DecisionLog) *string { return &l.Path }),
	optional("url", "URL that events are posted to. ${NAME} stands for an environment variable.",
		endpoint, func(l *DecisionLog) *string { return &l.URL }),
	defaulted("sample", "Log one in so many decisions that allow everything; all others are logged.",
		integer(1_000_000), 1, func(l *DecisionLog) *int { return &l.Sample }),
	defaulted("erase", "JSON pointers into an event, as in /input/query, of what is taken out. The values of variables always are.",
		orEmpty(listOf("pointer", matching("JSON pointer", jsonPointer, "write it like `/input/query`"), itself[string])).
			describe(jsonSchema{"uniqueItems": true}),
		nil, func(l *DecisionLog) *[]string { return &l.Erase }),
)

// network is a network in CIDR notation, or one address.
var network = parsed(jsonSchema{"pattern": `^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$`}, func(p netip.Prefix) any { return p.String() },
	func(s string) (netip.Prefix, *fault) {
		if address, err := netip.ParseAddr(s); err == nil && address.Zone() == "" {
			return netip.PrefixFrom(address, address.BitLen()), nil
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return p, &fault{message: "bad network " + quote(s), hint: "write it like `10.0.0.0/8` or `2001:db8::/32`"}
		}
		return p.Masked(), nil
	})

// clientHeader is a header that may be passed on: not one that carries the client's credentials, and not one of the connection.
var clientHeader = parsed(jsonSchema{"pattern": headerName.String()}, func(s string) any { return s },
	func(s string) (string, *fault) {
		lower := strings.ToLower(s)
		switch lower {
		case "authorization", "cookie", "host", "accept-encoding", "content-type", "content-encoding", "accept":
			return "", &fault{message: "header " + quote(s) + " is never passed on", hint: "remove it; headers for the upstream stand in layer.yaml"}
		}
		if f := checkHeader(s, nil); f != nil {
			return "", f
		}
		return lower, nil
	})

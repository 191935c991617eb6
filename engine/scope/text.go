package scope

import (
	"errors"
	"fmt"
	"net" //nolint:depguard // for SplitHostPort, which reaches no network
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// UnsetError says that a text refers to a variable that is not set.
type UnsetError struct {
	Name string
}

// Error names the variable; it never holds a value.
func (e *UnsetError) Error() string { return "environment variable " + e.Name + " is not set" }

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// Expand replaces each ${NAME} in the URL or a header of an upstream by what
// lookup (os.LookupEnv, say) returns. The error joins an *UnsetError for each
// variable that is not set; there is no other error for a text that was parsed.
func Expand(text string, lookup func(name string) (value string, ok bool)) (string, error) {
	var errs []error
	out := variable.ReplaceAllStringFunc(text, func(reference string) string {
		name := reference[2 : len(reference)-1]
		value, ok := lookup(name)
		if !ok {
			errs = append(errs, &UnsetError{name})
		}
		return value
	})
	if len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	return out, nil
}

// variables refuses `${` that does not begin a reference.
func variables(what, s string) *fault {
	if strings.Contains(variable.ReplaceAllString(s, ""), "${") {
		return &fault{message: fmt.Sprintf("bad variable in %s", what), hint: "write `${NAME}` with letters, digits and `_`"}
	}
	return nil
}

// endpoint is an http or https URL. It may hold credentials only as variables,
// and is never quoted in a problem for that reason.
var endpoint = parsed(jsonSchema{"pattern": `^([Hh][Tt][Tt][Pp][Ss]?://|\$\{)`}, func(s string) any { return s },
	func(s string) (string, *fault) {
		if f := variables("upstream URL", s); f != nil {
			return "", f
		}
		if strings.HasPrefix(s, "${") {
			return s, nil // whoever expands it checks the rest
		}
		u, err := url.Parse(variable.ReplaceAllString(s, "1"))
		switch {
		case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
			return "", &fault{message: "bad upstream URL", hint: "write it like `https://api.example.com/graphql`"}
		case u.User != nil:
			return "", &fault{message: "credentials in the upstream URL", hint: "send them in `headers`, as in `Authorization: \"Basic ${SECRET}\"`"}
		case u.Fragment != "":
			return "", &fault{message: "fragment in the upstream URL", hint: "remove the part that begins with `#`"}
		}
		return s, nil
	})

// hopByHop are the headers that a proxy sets for each connection by itself (RFC 9110, section 7.6.1).
var hopByHop = []string{
	"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	headerValue = parsed(jsonSchema{"pattern": `^[^\x00-\x1f\x7f-\x9f]+$`}, func(s string) any { return s },
		func(s string) (string, *fault) {
			if strings.ContainsFunc(s, isControl) {
				return "", &fault{message: "control character in a header", hint: "a header is one line"}
			}
			return s, variables("header", s)
		})
)

// headers maps header names, of which no two differ in letter case only, to values.
var headers = value[map[string]string]{
	schema: jsonSchema{
		"type":                 "object",
		"propertyNames":        jsonSchema{"pattern": headerName.String()},
		"additionalProperties": headerValue.schema,
	},
	read: func(d *decoder, at place) (map[string]string, bool) {
		if !d.kind(at, yaml.MappingNode, "a mapping") {
			return nil, false
		}
		out, all, folded := map[string]string{}, true, map[string]bool{}
		d.pairs(at, func(name string, keyNode *yaml.Node, v place) {
			value, ok := headerValue.decode(d, v)
			if f := checkHeader(name, folded); f != nil {
				d.report(keyNode, *f)
				ok = false
			}
			folded[strings.ToLower(name)] = true
			out[name] = value
			all = all && ok
		})
		return out, all
	},
}

func checkHeader(name string, seen map[string]bool) *fault {
	lower := strings.ToLower(name)
	switch {
	case !headerName.MatchString(name):
		return &fault{message: "bad header name " + quote(name)}
	case slices.Contains(hopByHop, lower):
		return &fault{message: "header " + quote(name) + " belongs to the connection", hint: "remove it"}
	case seen[lower]:
		return &fault{message: "header " + quote(name) + " is written twice", hint: "letter case does not tell headers apart"}
	}
	return nil
}

// schemaPath is a relative slash path with one of the known extensions.
var schemaPath = parsed(jsonSchema{"pattern": `^([^/\\:][^\\:]*)?\.(graphql|graphqls|gql|json)$`}, func(s string) any { return s },
	func(s string) (string, *fault) {
		switch {
		case path.IsAbs(s) || strings.Contains(s, `\`) || strings.Contains(s, ":"):
			return "", &fault{message: "bad schema path " + quote(s), hint: "write a path relative to this file, with `/`"}
		case !slices.Contains(schemaExtensions, path.Ext(s)):
			return "", &fault{message: "schema file of unknown kind " + quote(s), hint: "name a file in " + strings.Join(schemaExtensions, ", ")}
		}
		return path.Clean(s), nil
	})

var schemaExtensions = []string{".graphql", ".graphqls", ".gql", ".json"}

// duration is a Go duration, as in 300ms or 1h30m, between least and most.
func duration(least, most time.Duration) value[time.Duration] {
	return parsed(jsonSchema{"pattern": `^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$`},
		func(v time.Duration) any { return showDuration(v) },
		func(s string) (time.Duration, *fault) {
			v, err := time.ParseDuration(s)
			switch {
			case err != nil || strings.HasPrefix(s, "+"):
				return 0, &fault{message: "bad duration " + quote(s), hint: "write a number with a unit, as in 300ms, 30s, 5m or 1h"}
			case v < least || v > most:
				return 0, &fault{message: fmt.Sprintf("duration %s is not between %s and %s", quote(s), showDuration(least), showDuration(most))}
			}
			return v, nil
		})
}

// showDuration writes a duration without the zero units that Go ends it with.
func showDuration(v time.Duration) string {
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var (
	sizeSyntax = regexp.MustCompile(`^([1-9][0-9]{0,8})(B|KiB|MiB|GiB)$`)
	sizeUnits  = map[string]int64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
)

// size is a number of bytes with a binary unit, at most most.
func size(most int64) value[int64] {
	return parsed(jsonSchema{"pattern": sizeSyntax.String()}, func(n int64) any { return showSize(n) },
		func(s string) (int64, *fault) {
			parts := sizeSyntax.FindStringSubmatch(s)
			if parts == nil {
				return 0, &fault{message: "bad size " + quote(s), hint: "write a number with B, KiB, MiB or GiB, as in 1MiB"}
			}
			n, _ := strconv.ParseInt(parts[1], 10, 64) // nine digits
			if n *= sizeUnits[parts[2]]; n > most {
				return 0, &fault{message: fmt.Sprintf("size %s is more than %s", quote(s), showSize(most))}
			}
			return n, nil
		})
}

func showSize(n int64) string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		if n%sizeUnits[unit] == 0 {
			return strconv.FormatInt(n/sizeUnits[unit], 10) + unit
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

var jsonPointer = regexp.MustCompile(`^(/([^~/]|~[01])*)+$`)

// address is where to listen, host:port; the host may be empty.
var address = parsed(jsonSchema{"pattern": `:[0-9]{1,5}$`}, func(s string) any { return s },
	func(s string) (string, *fault) {
		host, port, err := net.SplitHostPort(s)
		if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || len(port) > 5 || strings.ContainsAny(host, "/ @") {
			return "", &fault{message: "bad address " + quote(s), hint: "write `host:port`, as in `127.0.0.1:8081`"}
		}
		return s, nil
	})

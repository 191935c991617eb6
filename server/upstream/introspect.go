package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// ErrIntrospect is an upstream that does not tell its schema.
var ErrIntrospect = errors.New("the upstream did not tell its schema")

// Introspector returns a function that resolves an upstream and asks it for its schema. All of it takes timeout at most, and
// the answer has most bytes at most. Its errors are those of Resolve and Introspect.
func Introspector(
	client *http.Client, lookup func(name string) (string, bool), timeout time.Duration, most int64,
) func(ctx context.Context, u scope.Upstream) (string, error) {
	return func(ctx context.Context, u scope.Upstream) (string, error) {
		e, err := Resolve(u, lookup)
		if err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return Introspect(ctx, client, e, most)
	}
}

// Introspect asks an upstream for its schema and returns its answer, the JSON that engine/gql reads. It asks as a server of
// the newest specification wants it first, and then as older ones do. An answer of more than most bytes is refused. The
// errors are ErrIntrospect with the reason, ErrAddress, and those of ctx.
func Introspect(ctx context.Context, client *http.Client, e Endpoint, most int64) (string, error) {
	var failed error
	for _, query := range introspections() {
		answer, err := ask(ctx, client, e, query, most)
		if err == nil {
			return answer, nil
		}
		failed = err
		if !errors.Is(err, errQuery) {
			break
		}
	}
	return "", fmt.Errorf("%s: %w", e, failed)
}

// errQuery is an upstream that does not understand the query; an older one may do.
var errQuery = fmt.Errorf("%w: it answers an introspection query with errors; is introspection turned off?", ErrIntrospect)

func ask(ctx context.Context, client *http.Client, e Endpoint, query string, most int64) (string, error) {
	body, err := json.Marshal(map[string]string{"query": query, "operationName": "Introspection"})
	if err != nil {
		return "", err
	}
	request, err := e.Request(ctx, body, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", explain(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	answer, err := read(response.Body, most)
	if err != nil {
		return "", err
	}
	return answer, check(response.StatusCode, answer)
}

// explain takes the address out of a client's error: its query string may hold a secret.
func explain(err error) error {
	if at := (*url.Error)(nil); errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("%w: %w", ErrIntrospect, err)
}

func read(body io.Reader, most int64) (string, error) {
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err != nil {
		return "", fmt.Errorf("%w: its answer broke off: %w", ErrIntrospect, err)
	}
	if int64(len(text)) > most {
		return "", fmt.Errorf("%w: its answer is larger than %d bytes (`gateway.response` in fieldgate.yaml)", ErrIntrospect, most)
	}
	return string(text), nil
}

// check returns nil for an answer that holds a whole schema. What the upstream says itself is left out of the errors: it may
// repeat a header that it was sent.
func check(status int, answer string) error {
	var parsed struct {
		Data *struct {
			Schema *json.RawMessage `json:"__schema"`
		} `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}
	err := json.Unmarshal([]byte(answer), &parsed)
	switch {
	case status >= 300 && status < 400:
		return fmt.Errorf("%w: it redirects (status %d), which is not followed: put the final address into layer.yaml", ErrIntrospect, status)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("%w: it wants other credentials (status %d): see `upstream.headers` in layer.yaml", ErrIntrospect, status)
	case err == nil && len(parsed.Errors) > 0:
		return errQuery
	case status != http.StatusOK:
		return fmt.Errorf("%w: it answers with status %d", ErrIntrospect, status)
	case err != nil || parsed.Data == nil || parsed.Data.Schema == nil:
		return fmt.Errorf("%w: its answer is no GraphQL response", ErrIntrospect)
	}
	return nil
}

// introspections are the queries to try: of September 2025, of October 2021, and of June 2018.
// https://spec.graphql.org/September2025/#sec-Schema-Introspection.Schema-Introspection-Schema
func introspections() []string {
	newest := introspection{schema: "description", typ: "specifiedByURL isOneOf", directive: "isRepeatable", all: "(includeDeprecated: true)"}
	older := introspection{schema: "description", typ: "specifiedByURL", directive: "isRepeatable"}
	return []string{newest.query(), older.query(), introspection{}.query()}
}

// introspection are the parts of the query that not every server knows.
type introspection struct{ schema, typ, directive, all string }

func (i introspection) query() string {
	return fmt.Sprintf(`query Introspection {
  __schema {
    %s
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind name description %s
      fields(includeDeprecated: true) { name description args%s { ...Input } type { ...Type } isDeprecated deprecationReason }
      inputFields%s { ...Input }
      interfaces { kind name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { kind name }
    }
    directives { name description locations %s args%s { ...Input } }
  }
}
fragment Input on __InputValue { name description type { ...Type } defaultValue }
fragment Type on __Type { %s }
`, i.schema, i.typ, i.all, i.all, i.directive, i.all, typeReference(9))
}

// typeReference asks for a type in as many lists and non-nulls as anyone writes.
func typeReference(depth int) string {
	return strings.Repeat("kind name ofType { ", depth) + "kind name" + strings.Repeat(" }", depth)
}

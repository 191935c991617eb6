package eval_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fieldgate/fieldgate/engine/eval"
)

var sentinels = []error{eval.ErrUndefined, eval.ErrShape, eval.ErrTimeout, eval.ErrEval}

// broken compiles a policy that stands in for the embedded one.
func broken(t *testing.T, rules string, o eval.Options) *eval.Policy {
	t.Helper()
	modules := map[string]string{"broken.rego": "package fieldgate.read\n\n" + rules}
	policy, err := eval.New(t.Context(), modules, shop.data("any"), universe, o)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// wantClosed asks in both forms and wants want, only want, and nothing readable.
func wantClosed(ctx context.Context, t *testing.T, policy *eval.Policy, want error) {
	t.Helper()
	subject := eval.Subject{Scopes: []string{"s-mail"}, Unrestricted: true}
	readable, err := policy.Readable(ctx, subject, []uint32{1, 2})
	if readable != nil {
		t.Errorf("Readable gave %v beside %v", readable, err)
	}
	wantOnly(t, err, want)
	allowed, err := policy.Allowed(ctx, subject, []string{"User", "User.email"})
	if allowed != nil {
		t.Errorf("Allowed gave %v beside %v", allowed, err)
	}
	wantOnly(t, err, want)
}

func wantOnly(t *testing.T, err, want error) {
	t.Helper()
	for _, sentinel := range sentinels {
		if errors.Is(err, sentinel) != errors.Is(want, sentinel) {
			t.Errorf("error %v, want one that is %v", err, want)
		}
	}
}

func TestR16BrokenPolicyLeavesNothingReadable(t *testing.T) {
	for _, test := range []struct {
		name, rules string
		want        error
	}{
		{"no entrypoint", `permitted contains 1`, eval.ErrUndefined},
		{"undefined", `allowed := {"User"} if input.nothing`, eval.ErrUndefined},
		{"boolean true", `allowed := true`, eval.ErrShape},
		{"boolean false", `allowed := false`, eval.ErrShape},
		{"null", `allowed := null`, eval.ErrShape},
		{"text", `allowed := "User"`, eval.ErrShape},
		{"array", `allowed := ["User"]`, eval.ErrShape},
		{"object", `allowed[name] := true if some name in input.coordinates`, eval.ErrShape},
		{"set of other coordinates", `allowed := {"User", "Order.total"}`, eval.ErrShape},
		{"set of numbers", `allowed := {1, 2}`, eval.ErrShape},
		{"set of sets", `allowed := {{"User"}}`, eval.ErrShape},
		{"set with one foreign member", `allowed contains input.coordinates[_]
			allowed contains null`, eval.ErrShape},
		{"failing built-in", `allowed contains name if {
			some name in input.coordinates
			to_number(name) > 0
		}`, eval.ErrEval},
		{"failing built-in under not", `allowed contains name if {
			some name in input.coordinates
			not to_number(name)
		}`, eval.ErrEval},
		{"conflicting rules", `allowed := {"User"} if input.unrestricted
			allowed := set() if input.unrestricted`, eval.ErrEval},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantClosed(t.Context(), t, broken(t, test.rules, eval.Options{}), test.want)
		})
	}
}

// Data is ours, so data that does not fit is a failure and not merely a denial.
func TestR16CoversOfAnotherTypeAreAnError(t *testing.T) {
	data := shop.data("any")
	data["fieldgate"].(map[string]any)["coordinates"].(map[string]any)["User"] = []any{}
	wantClosed(t.Context(), t, newPolicy(t, data, universe), eval.ErrEval)
}

func TestR16NoDataReadsNothing(t *testing.T) {
	for name, data := range map[string]map[string]any{"nil": nil, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			got, err := newPolicy(t, data, universe).Readable(t.Context(), eval.Subject{Unrestricted: true}, []uint32{1})
			if err != nil || len(got) != 1 || got[0] {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestR16UnknownCoordinateIdIsAnError(t *testing.T) {
	policy := newPolicy(t, shop.data("any"), universe)
	got, err := policy.Readable(t.Context(), eval.Subject{Unrestricted: true}, []uint32{1, 4})
	if got != nil {
		t.Errorf("got %v beside the error", got)
	}
	wantOnly(t, err, eval.ErrEval)
}

// endless does not end before the test would.
const endless = `allowed contains name if {
	some name in input.coordinates
	some a in numbers.range(1, 1000000)
	some b in numbers.range(1, 1000000)
	a + b < 0
}`

func TestR16EndlessPolicyIsCutOff(t *testing.T) {
	policy := broken(t, endless, eval.Options{Timeout: 20 * time.Millisecond})
	start := time.Now()
	wantClosed(t.Context(), t, policy, eval.ErrTimeout)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("two questions of 20ms took %s", took)
	}
}

func TestR16EndlessBuiltInIsCutOff(t *testing.T) {
	policy := broken(t, `allowed contains name if {
		some name in input.coordinates
		count(numbers.range(1, 1000000000)) == 0
	}`, eval.Options{Timeout: 20 * time.Millisecond})
	wantClosed(t.Context(), t, policy, eval.ErrTimeout)
}

func TestR16CallersContextCutsOff(t *testing.T) {
	policy := broken(t, endless, eval.Options{Timeout: time.Hour})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for want, ctx := range map[error]context.Context{
		context.Canceled:         cancelled,
		context.DeadlineExceeded: expired,
	} {
		wantClosed(ctx, t, policy, eval.ErrTimeout)
		if _, err := policy.Readable(ctx, eval.Subject{}, nil); !errors.Is(err, want) {
			t.Errorf("error %v, want one that is also %v", err, want)
		}
	}
}

func TestR16PoliciesReachNeitherNetworkNorClockNorRandomness(t *testing.T) {
	for _, call := range []string{
		`http.send({"method": "get", "url": "http://127.0.0.1"})`,
		`net.lookup_ip_addr("localhost")`,
		`time.now_ns()`,
		`rand.intn("x", 2)`,
		`uuid.rfc4122("x")`,
		`opa.runtime()`,
	} {
		modules := map[string]string{"broken.rego": "package fieldgate.read\n\nallowed contains " + call}
		_, err := eval.New(t.Context(), modules, nil, nil, eval.Options{})
		if err == nil || !strings.Contains(err.Error(), "undefined function") {
			t.Errorf("%s: error %v, want one about an undefined function", call, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		name, source string
		data         map[string]any
		options      eval.Options
	}{
		{"Rego that does not parse", "package", nil, eval.Options{}},
		{"Rego that does not compile", "package fieldgate.read\n\nallowed contains x", nil, eval.Options{}},
		{"a rule in the way of data", "package fieldgate.coordinates\n\nUser := 1", shop.data("any"), eval.Options{}},
		{"data that is not JSON", "package fieldgate.read", map[string]any{"f": func() {}}, eval.Options{}},
		{"a negative timeout", "package fieldgate.read", nil, eval.Options{Timeout: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			policy, err := eval.New(t.Context(), map[string]string{"broken.rego": test.source}, test.data, nil, test.options)
			if err == nil || policy != nil {
				t.Errorf("got %v, %v", policy, err)
			}
		})
	}
}

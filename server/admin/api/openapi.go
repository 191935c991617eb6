package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/server/problem"
)

// Document returns the OpenAPI 3.1 description of [Routes], the same bytes every time.
func Document() []byte {
	s := schemas{}
	paths := map[string]map[string]any{}
	for _, r := range Routes() {
		if paths[r.Path] == nil {
			paths[r.Path] = map[string]any{}
		}
		paths[r.Path][strings.ToLower(r.Method)] = operation(r, s)
	}
	s.of(reflect.TypeFor[problem.Problem]())
	out, err := json.MarshalIndent(map[string]any{
		"openapi":  "3.1.0",
		"info":     map[string]any{"title": "Fieldgate admin API", "version": "1", "description": "Administers a team: members, data layers, API scopes, API tokens, syncs and the audit log."},
		"paths":    paths,
		"security": []any{map[string]any{"key": []string{}}, map[string]any{"session": []string{}}},
		"components": map[string]any{
			"schemas": s,
			"securitySchemes": map[string]any{
				"key":     map[string]any{"type": "http", "scheme": "bearer", "description": "A member key (fgm_...) with the permission `admin`."},
				"session": map[string]any{"type": "apiKey", "in": "cookie", "name": CookieName, "description": "A session. Whatever changes something also needs the header " + CSRFHeader + "."},
			},
		},
	}, "", "  ")
	if err != nil {
		panic(err) // maps of strings
	}
	return append(out, '\n')
}

// CookieName is the name of the session's cookie.
const CookieName = "__Host-fieldgate-session"

// operation describes one route.
func operation(r Route, s schemas) map[string]any {
	out := map[string]any{"operationId": r.ID, "summary": r.Summary, "responses": responses(r, s), "tags": []string{tag(r)}}
	if parameters := parameters(r); len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if r.Request != nil {
		out["requestBody"] = map[string]any{"required": true, "content": jsonContent(s.of(reflect.TypeOf(r.Request)))}
	}
	if r.Permission == Open {
		out["security"] = []any{}
		return out
	}
	out["x-permission"] = string(r.Permission)
	return out
}

// tag groups routes: the last fixed part of the path.
func tag(r Route) string {
	name := ""
	for _, part := range strings.Split(strings.TrimPrefix(r.Path, Prefix+"/"), "/") {
		if !strings.HasPrefix(part, "{") && !strings.Contains(part, ".") {
			name = part
		}
	}
	return name
}

func parameters(r Route) []any {
	var out []any
	for _, name := range r.PathParameters() {
		out = append(out, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	for _, p := range r.Parameters {
		schema := map[string]any{"type": p.Type}
		if p.Type == moment {
			schema = map[string]any{"type": text, "format": moment}
		}
		if len(p.Enum) > 0 {
			schema["enum"] = p.Enum
		}
		out = append(out, map[string]any{"name": p.Name, "in": p.In, "required": p.Required, "description": p.Doc, "schema": schema})
	}
	return out
}

// Statuses returns every status that a route may answer, sorted.
func (r Route) Statuses() []int {
	out := append([]int{r.Status}, r.Others...)
	out = append(out, r.Problems...)
	if r.Permission != Open {
		out = append(out, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	}
	out = append(out, http.StatusBadRequest, http.StatusInternalServerError)
	if r.Method == http.MethodGet && r.Response != nil && strings.HasSuffix(r.Path, "}") {
		out = append(out, http.StatusNotModified)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func responses(r Route, s schemas) map[string]any {
	out := map[string]any{}
	for _, status := range r.Statuses() {
		one := map[string]any{"description": http.StatusText(status)}
		switch {
		case status >= http.StatusBadRequest:
			one["content"] = map[string]any{problem.ContentType: map[string]any{"schema": s.of(reflect.TypeFor[problem.Problem]())}}
		case status == http.StatusNotModified || status == http.StatusNoContent:
		case r.Response != nil:
			one["content"] = jsonContent(s.of(reflect.TypeOf(r.Response)))
		case r.Media != "":
			one["content"] = mediaContent(r.Media)
		}
		out[strconv.Itoa(status)] = one
	}
	return out
}

func jsonContent(schema map[string]any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}}
}

func mediaContent(media string) map[string]any {
	out := map[string]any{}
	for _, m := range strings.Split(media, ", ") {
		out[m] = map[string]any{}
	}
	return out
}

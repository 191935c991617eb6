package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// SchemaName is the name, below components/schemas, of the schema of a request or an answer.
func SchemaName(v any) string { return typeName(reflect.TypeOf(v)) }

// schemas turns Go types into JSON Schemas (draft 2020-12, as OpenAPI 3.1 has it), each struct once by its name.
type schemas map[string]any

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

// of returns the schema of a type: a reference for a struct, which is added.
func (s schemas) of(t reflect.Type) map[string]any {
	switch t {
	case timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case rawType:
		return map[string]any{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		return s.object(t)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	}
	return map[string]any{} // any
}

// object adds a struct under its name and returns a reference to it.
func (s schemas) object(t reflect.Type) map[string]any {
	name := typeName(t)
	ref := map[string]any{"$ref": "#/components/schemas/" + name}
	if _, done := s[name]; done {
		return ref
	}
	properties, required := map[string]any{}, []string{}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	s[name] = out // before its fields, which may hold it again
	for i := range t.NumField() {
		field := t.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[tag] = s.property(field)
		if !strings.Contains(options, "omit") {
			required = append(required, tag)
		}
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return ref
}

// property is the schema of a field with what its tags say.
func (s schemas) property(field reflect.StructField) map[string]any {
	out := s.of(field.Type)
	if words := field.Tag.Get("enum"); words != "" {
		target := out
		if items, ok := out["items"].(map[string]any); ok {
			target = items
		}
		target["enum"] = strings.Split(words, ",")
	}
	if doc := field.Tag.Get("doc"); doc != "" {
		out["description"] = doc
	}
	return out
}

// typeName is the name of a struct in the document; a list of X is XList.
func typeName(t reflect.Type) string {
	name, of, generic := strings.Cut(t.Name(), "[")
	if !generic {
		return name
	}
	of = strings.TrimSuffix(of, "]")
	return of[strings.LastIndexByte(of, '.')+1:] + name
}

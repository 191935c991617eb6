package scope

import (
	"bytes"
	"encoding/json"
)

// schemaBase is where the JSON Schemas are published.
const schemaBase = "https://raw.githubusercontent.com/fieldgate/fieldgate/main/docs/schemas/"

// JSONSchemas returns the JSON Schema (draft 2020-12) of each kind of file, by
// the name of the file that it is published in. They are made from the tables
// that the decoder reads with. What JSON Schema cannot say (entries and scopes
// that repeat, a header in two letter cases, an upstream for introspect) is
// checked by the decoder only.
func JSONSchemas() map[string][]byte {
	layer := layerFile.schema.with(jsonSchema{"not": jsonSchema{"required": []string{"schema", "introspect"}}})
	return map[string][]byte{
		"scope.schema.json":     published("scope.schema.json", "Fieldgate API scope", scopeFile.schema),
		"layer.schema.json":     published("layer.schema.json", "Fieldgate data layer", layer),
		"tests.schema.json":     published("tests.schema.json", "Fieldgate access tests", testsFile.schema),
		"fieldgate.schema.json": published("fieldgate.schema.json", "Fieldgate settings", settingsFile.schema),
	}
}

func published(file, title string, schema jsonSchema) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(schema.with(jsonSchema{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     schemaBase + file,
		"title":   title,
	}))
	if err != nil {
		panic(err) // maps, lists and strings always encode
	}
	return out.Bytes()
}

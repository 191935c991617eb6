package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Whatever way a value is turned into text has its method here. TestR21 goes through them all.

// String returns Redacted.
func (Secret) String() string { return Redacted }

// GoString returns Redacted.
func (Secret) GoString() string { return Redacted }

// Format writes Redacted for every verb and flag.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, Redacted) }

// LogValue returns Redacted.
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalJSON returns Redacted as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText returns Redacted. YAML, XML and keys of JSON objects are written with it.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

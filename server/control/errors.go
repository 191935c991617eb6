package control

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fieldgate/fieldgate/server/store"
)

// The codes of errors.
const (
	CodeNotFound     = "NOT_FOUND"
	CodeStale        = "STALE"
	CodeNameTaken    = "NAME_TAKEN"
	CodeFull         = "STORE_FULL"
	CodeFileOwned    = "FILE_OWNED"
	CodeName         = "BAD_NAME"
	CodeRole         = "BAD_ROLE"
	CodeLastOwner    = "LAST_OWNER"
	CodePermissions  = "BAD_PERMISSIONS"
	CodeExpiry       = "BAD_EXPIRY"
	CodeScopesUnsaid = "SCOPES_MISSING"
	CodeUnrestricted = "BAD_UNRESTRICTED"
	CodeUnknownScope = "UNKNOWN_SCOPE"
	CodeIdempotency  = "IDEMPOTENCY_KEY_REUSED"
	CodeScope        = "BAD_SCOPE"
	CodeUnmatched    = "UNMATCHED_ENTRY"
	CodeNoSchema     = "NO_SCHEMA"
	CodeDefinition   = "BAD_DEFINITION"
	CodeSchema       = "BAD_SCHEMA"
	CodeInitialized  = "ALREADY_INITIALIZED"
	CodeFiles        = "BAD_FILES"
	CodeVanished     = "VANISHED"
	CodeUnknownToken = "UNKNOWN_TOKEN"
)

// refused is an error about one place of the request, "" for the request as a whole.
func refused(kind Kind, code, pointer, format string, args ...any) *Error {
	e := &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
	if pointer != "" {
		e.Details = []Detail{{Pointer: pointer, Message: e.Message}}
	}
	return e
}

func notFound(what string) *Error {
	return &Error{Kind: NotFound, Code: CodeNotFound, Message: "there is no such " + what, Err: store.ErrNotFound}
}

// asError turns the errors of a store that callers tell apart into *Error. Others stay as they are: failures.
func asError(err error) error {
	if known := (*Error)(nil); errors.As(err, &known) {
		return known
	}
	for _, e := range []Error{
		{Kind: NotFound, Code: CodeNotFound, Message: "there is no such row", Err: store.ErrNotFound},
		{Kind: Stale, Code: CodeStale, Message: "it was changed since it was read: read it again", Err: store.ErrStale},
		{Kind: Conflict, Code: CodeNameTaken, Message: "the name is taken", Err: store.ErrConflict},
		{Kind: Full, Code: CodeFull, Message: "the store has no room left; nothing was changed", Err: store.ErrFull},
	} {
		if errors.Is(err, e.Err) {
			return &e
		}
	}
	return err
}

// found names what is missing when err says that something is.
func found(what string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return notFound(what)
	}
	return err
}

// checkName refuses a name of a row that people read: "" or one that is long or could forge a line of a log.
func checkName(pointer, name string) error {
	bad := strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 || r == '\u2028' || r == '\u2029' })
	switch {
	case strings.TrimSpace(name) == "":
		return refused(Invalid, CodeName, pointer, "the name is empty")
	case strings.TrimSpace(name) != name:
		return refused(Invalid, CodeName, pointer, "the name begins or ends with white space")
	case utf8.RuneCountInString(name) > maxName || bad || !utf8.ValidString(name):
		return refused(Invalid, CodeName, pointer, "the name is longer than %d characters or holds a control character", maxName)
	}
	return nil
}

const maxName = 128

// pointer is the JSON pointer (RFC 6901) to a place in the request.
func pointer(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

func item(i int) string { return strconv.Itoa(i) }

package store

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Errors that a caller tells apart. Others are the driver's own.
var (
	ErrNotFound = errors.New("there is no such row")
	ErrConflict = errors.New("a row of that name or id is there already")
	ErrStale    = errors.New("the row has changed since it was read")
	ErrFull     = errors.New("the store has no room left") // disk full; nothing was changed
	ErrNewer    = errors.New("the store was written by a newer release")
)

// Store is the system of record. It is safe for concurrent use.
type Store interface {
	// View runs f on everything that is committed at one sequence. What f is handed must not be used after it returns.
	View(ctx context.Context, f func(Reader) error) error
	// Change runs f in a transaction of its own; one runs at a time. What f changes commits with an audit entry for each
	// change when f returns nil, and not at all when f returns an error or the commit fails. It returns the head after it.
	Change(ctx context.Context, by Origin, f func(Writer) error) (Head, error)
	// Used notes when tokens and keys were last used, by id. It is no change: there is no entry for it.
	Used(ctx context.Context, tokens, keys map[string]time.Time) error
	Sessions
	// Close ends the store once running calls have ended.
	Close() error
}

// Sessions are those of members who are signed in. Signing in is no change of the team (R20).
type Sessions interface {
	PutSession(ctx context.Context, s Session) error       // ErrNotFound for a key that is revoked
	Session(ctx context.Context, id Hash) (Session, error) // ErrNotFound, also for one that has expired or whose key was revoked
	DeleteSession(ctx context.Context, id Hash) error
}

// Session is a member who is signed in with a key.
type Session struct {
	ID      Hash // SHA-256 of what the cookie holds
	KeyID   string
	Expires time.Time
}

// Page asks for part of a list: at most Limit rows after the row with the key After ("" is the beginning).
type Page struct {
	After string
	Limit int // 0: all
}

// Reader reads at one sequence. A list is in the order that its method says, and has no removed rows unless its method
// says so. A single row that is not there is ErrNotFound.
type Reader interface {
	Head() (Head, error)
	Team() (Team, error)                    // ErrNotFound before `fieldgate init`
	Members() ([]Member, error)             // by name
	Keys(memberID string) ([]Key, error)    // by creation; "" is every member's; revoked ones too
	Layers() ([]DataLayer, error)           // by name
	Scopes(layerID string) ([]Scope, error) // by name; "" is every layer's
	Token(id string) (Token, error)
	Tokens(layerID string, p Page) ([]Token, error) // by id; revoked and expired ones too; "" is every layer's
	AllTokens() iter.Seq2[Token, error]             // each once, as they were generated; those of Tokens("", ...), without holding them all
	Schema(digest string) (string, error)
	Syncs(layerID string, p Page) ([]Sync, error) // newest first
	Sync(id string) (Sync, error)
	Revisions(layerID string, p Page) ([]Revision, error) // newest first
	Bundle(layerID string, number uint64) ([]byte, error) // ErrNotFound for an old one that was dropped
	Audit(filter AuditFilter) iter.Seq2[Entry, error]     // by sequence
	// Generated returns the token that a member generated with an idempotency key, and the hash of that request.
	Generated(memberID, idempotencyKey string) (Token, Hash, error)
}

// Writer makes changes. Each method appends one audit entry with the row before and after, and sets the row's Version
// and times. Version given by the caller is the one that it read: ErrStale when the row has another by now; 0 is not compared.
// A new row gets an id when the caller gave it none. What a row refers to must be there, and a row must be there to be changed:
// ErrNotFound. A method that returns one of the errors above has changed nothing, and the Change may go on.
type Writer interface {
	Reader
	CreateTeam(t Team) (Team, error)

	AddMember(m Member) (Member, error) // ErrConflict on its name
	UpdateMember(m Member) (Member, error)
	RemoveMember(id string, version uint64) error // and revokes its keys, one entry each

	GenerateKey(k Key) (Key, error)
	RevokeKey(id string) error

	CreateLayer(l DataLayer) (DataLayer, error) // ErrConflict on its name, removed ones' too
	UpdateLayer(l DataLayer) (DataLayer, error)
	DeleteLayer(id string, version uint64) error // and revokes its tokens, one entry each

	CreateScope(s Scope) (Scope, error)          // ErrConflict on its name
	UpdateScope(s Scope) (Scope, error)          // the name may change too: renamed_from
	DeleteScope(id string, version uint64) error // takes it off every token (R4)

	GenerateToken(t Token, once Once) (Token, error) // ErrConflict on its hash or on once.Key
	RevokeToken(id string) error                     // revoking again is no change and no error

	// PutSchema keeps the text of a schema under its digest, which a data layer may name from then on. It is no change by itself.
	PutSchema(digest, text string) error
	// StartSync begins a sync and supersedes a running one of the layer, for which there is no other entry than the new one's.
	StartSync(s Sync) (Sync, error)
	// StepSync notes the steps of a running sync, without an entry.
	StepSync(id string, steps []Step) error
	// SucceedSync ends a running sync with the revision that it activates, whose Number is above those before it (ErrConflict)
	// or 0 for the next one; the store drops bundles that are older than keep revisions (0: keeps all). A nil bundle makes no
	// revision and confirms the newest one. It returns ErrStale for a sync that is not running, such as a superseded one.
	// Of s it reads ID and Steps.
	SucceedSync(s Sync, r Revision, bundle []byte, keep int) (Sync, error)
	FailSync(s Sync) (Sync, error) // with its Error and Steps; ErrStale as above

	Pin(layerID string, number uint64) error // 0 unpins; to pin what is pinned is no change
}

// Once makes generating a token happen once for a key that the caller chose.
type Once struct {
	Key     string // "" is none
	Request Hash   // of the request
}

// AuditFilter chooses entries. The zero value chooses all.
type AuditFilter struct {
	Actor  string    // id or name of the actor, or id of its key
	Action string    // whole, or its beginning up to a dot, as in "scope."
	Target string    // id or name
	Layer  string    // name of the data layer
	From   time.Time // inclusive
	Until  time.Time // exclusive
	After  uint64    // sequences above it
	Before uint64    // sequences below it; 0: all
	Limit  int       // 0: all
	Newest bool      // newest first
}

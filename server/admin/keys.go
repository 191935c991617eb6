package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/fieldgate/fieldgate/server/admin/api"
	"github.com/fieldgate/fieldgate/server/problem"
	"github.com/fieldgate/fieldgate/server/store"
)

var secureRandom = rand.Reader

// Principal is a member who asks, with the key that says so.
type Principal struct {
	Member  store.Member
	Key     store.Key
	Session bool      // signed in with a cookie
	Expires time.Time // of the session; zero without one
}

// Directory is where keys are looked up, in memory; *directory.Directory is one. It returns keys that are valid at a time.
type Directory interface {
	// AuthenticateKey looks nothing up for a text that is no well-formed key.
	AuthenticateKey(text string, now time.Time) (store.Key, store.Member, bool)
	AuthenticateKeyID(id string, now time.Time) (store.Key, store.Member, bool)
	Team() (store.Team, bool)
}

// SignIn turns what a member signs in with into who they are. A key is one way; single sign-on can be another. The error
// is ErrUnauthenticated, or a failure.
type SignIn interface {
	SignIn(ctx context.Context, s api.SignIn) (Principal, error)
}

// ErrUnauthenticated is a credential that opens nothing: mistyped, unknown, revoked, expired, or of a member who is gone.
var ErrUnauthenticated = errors.New("the credential is not valid")

// KeysOptions say what a Keys is made of. The first four are required.
type KeysOptions struct {
	Authorizer Authorizer
	Directory  Directory
	Sessions   store.Sessions
	Log        *slog.Logger

	Now      func() time.Time // nil is time.Now
	Failures FailureLimit
}

// Keys authenticates members by their keys and sessions. It is safe for concurrent use.
type Keys struct {
	KeysOptions
	failures *failures
}

// NewKeys returns an authenticator, or an error when an option is missing.
func NewKeys(o KeysOptions) (*Keys, error) {
	if o.Authorizer == nil || o.Directory == nil || o.Sessions == nil || o.Log == nil {
		return nil, errors.New("admin keys: Authorizer, Directory, Sessions and Log are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f, err := newFailures(o.Failures)
	if err != nil {
		return nil, err
	}
	return &Keys{KeysOptions: o, failures: f}, nil
}

// Guard lets requests pass whose key, as bearer, the policy gives a permission; others get 401, 403, 429 or 503. It is for
// decision requests and bundles, which are no part of the admin API: a session does not open them.
func (k *Keys) Guard(permission api.Permission) gin.HandlerFunc {
	return func(c *gin.Context) {
		who, err := k.bearer(c.Request)
		if err == nil {
			err = k.authorize(c, who, permission, false)
		}
		k.pass(c, k.failed(c, err))
	}
}

// GuardOrSession is Guard, and also lets a session pass, from the console, that the policy gives another permission.
func (k *Keys) GuardOrSession(permission, session api.Permission) gin.HandlerFunc {
	return func(c *gin.Context) {
		who, err := k.authenticate(c)
		asked := permission
		if err == nil && who.Session {
			asked, err = session, checkSameSite(c.Request)
		}
		if err == nil {
			err = k.authorize(c, who, asked, false)
		}
		k.pass(c, err)
	}
}

// pass refuses a request for which there is an error.
func (k *Keys) pass(c *gin.Context, err error) {
	if err != nil {
		(&call{Context: c, api: &API{Options: Options{Log: k.Log}}}).refuse(err)
		c.Abort()
	}
}

// authenticate returns who asks: with a key as bearer, or else with a session.
func (k *Keys) authenticate(c *gin.Context) (Principal, error) {
	who, err := k.credential(c.Request)
	return who, k.failed(c, err)
}

// credential returns who a request's credential names.
func (k *Keys) credential(r *http.Request) (Principal, error) {
	if len(r.Header.Values("Authorization")) > 0 {
		return k.bearer(r)
	}
	return k.session(r)
}

// still reports whether whoever was let in for a permission would be let in again now.
func (k *Keys) still(c *gin.Context, was Principal, permission api.Permission) bool {
	who, err := k.credential(c.Request)
	return err == nil && who.Member.ID == was.Member.ID && k.authorize(c, who, permission, false) == nil
}

// failed counts a failed authentication against the address that it came from, and turns it into 429 when there were too
// many. Only failures are refused: a key that is valid passes, whoever else fails from its address. Guessing is hopeless
// (238 random bits); what is limited is the work and the log lines that failures cost.
func (k *Keys) failed(c *gin.Context, err error) error {
	var p *problemError
	if !errors.As(err, &p) || p.Status != http.StatusUnauthorized || p.bare {
		return err
	}
	if wait, ok := k.failures.allow(c.ClientIP(), k.Now()); !ok {
		return tooMany(wait)
	}
	return err
}

// bearer returns who a request's Authorization header names. The error is a *problemError.
func (k *Keys) bearer(r *http.Request) (Principal, error) {
	values := r.Header.Values("Authorization")
	switch {
	case len(values) == 0:
		return Principal{}, unauthenticated("")
	case len(values) > 1:
		return Principal{}, badRequest("", "more than one Authorization header")
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Principal{}, unauthenticated("")
	}
	who, err := k.byKey(text)
	if err != nil {
		return Principal{}, unauthenticated("invalid_token")
	}
	return who, nil
}

// byKey returns the member that a key belongs to, or ErrUnauthenticated.
func (k *Keys) byKey(text string) (Principal, error) {
	now := k.Now()
	key, member, ok := k.Directory.AuthenticateKey(text, now)
	return k.principal(key, member, ok, now)
}

// principal checks once more what the directory promises: an owner's key is worth it.
func (k *Keys) principal(key store.Key, member store.Member, ok bool, now time.Time) (Principal, error) {
	if !ok || key.Revoked != nil || member.Removed != nil || key.MemberID != member.ID || expired(key.Expires, now) {
		return Principal{}, ErrUnauthenticated
	}
	return Principal{Member: member, Key: key}, nil
}

func expired(at *time.Time, now time.Time) bool { return at != nil && !now.Before(*at) }

// SignIn signs a member in with a key.
func (k *Keys) SignIn(_ context.Context, s api.SignIn) (Principal, error) { return k.byKey(s.Key) }

// session returns who a request's cookie names: the key that the member signed in with must still be valid.
func (k *Keys) session(r *http.Request) (Principal, error) {
	cookies := r.CookiesNamed(api.CookieName)
	switch {
	case len(cookies) == 0:
		return Principal{}, unauthenticated("")
	case len(cookies) > 1:
		return Principal{}, badRequest("", "more than one session cookie")
	case !sessionText(cookies[0].Value): // no session has such a name: nothing to look up
		return Principal{}, unauthenticated("invalid_token")
	}
	s, err := k.Sessions.Session(r.Context(), sessionID(cookies[0].Value))
	if errors.Is(err, store.ErrNotFound) {
		return Principal{}, unauthenticated("invalid_token")
	}
	if err != nil {
		return Principal{}, err
	}
	now := k.Now()
	key, member, ok := k.Directory.AuthenticateKeyID(s.KeyID, now)
	who, err := k.principal(key, member, ok, now)
	if err != nil || expired(&s.Expires, now) {
		return Principal{}, unauthenticated("invalid_token")
	}
	who.Session, who.Expires = true, s.Expires
	return who, nil
}

const sessionLength = 43 // 32 random bytes in unpadded base64url

func sessionText(s string) bool {
	return len(s) == sessionLength && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func sessionID(cookie string) store.Hash { return sha256.Sum256([]byte(cookie)) }

// unauthenticated is 401 as RFC 6750, section 3 says: with an error code only when a credential was sent.
func unauthenticated(code string) *problemError {
	header := "Bearer"
	detail := "send a member key: Authorization: Bearer fgm_..."
	if code != "" {
		header += ` error="` + code + `"`
		detail = "the key or session is not valid"
	}
	return &problemError{
		Problem: problem.Problem{Status: http.StatusUnauthorized, Code: "UNAUTHENTICATED", Detail: detail},
		header:  http.Header{"Www-Authenticate": {header}}, bare: code == "",
	}
}

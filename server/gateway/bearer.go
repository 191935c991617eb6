package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// maxSecret bounds what is looked up as a token.
const maxSecret = 512

// bearer returns the secret of a request, or why there is none (RFC 6750, sections 2 and 3).
func bearer(r *http.Request) (string, *refusal) {
	values := r.Header["Authorization"]
	switch {
	case tokenInURL(r.URL):
		return "", badCredentials("a token in the URL is not taken: send it as `Authorization: Bearer`, and revoke this one if the URL was logged anywhere")
	case len(values) > 1:
		return "", badCredentials("there are several Authorization headers")
	case len(values) == 0:
		return "", noCredentials()
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	secret = strings.Trim(secret, " ")
	switch {
	case strings.ContainsAny(values[0], ","):
		return "", badCredentials("there are several credentials in the Authorization header")
	case !strings.EqualFold(scheme, "Bearer"):
		return "", noCredentials()
	case secret == "" || strings.ContainsAny(secret, " \t"):
		return "", badCredentials("the Authorization header must be `Bearer` and one token")
	case len(secret) > maxSecret || !isToken(secret):
		return "", badToken()
	}
	return secret, nil
}

// tokenInURL reports whether the query string holds the parameter of RFC 6750, section 2.3, in
// whichever case and however it is escaped.
func tokenInURL(u *url.URL) bool {
	if u.RawQuery == "" {
		return false
	}
	values, _ := url.ParseQuery(u.RawQuery) // what cannot be parsed is refused later
	for name := range values {
		if strings.EqualFold(name, "access_token") {
			return true
		}
	}
	return strings.Contains(strings.ToLower(u.RawQuery), "access_token=")
}

// isToken reports whether s is a b64token (RFC 6750, section 2.1).
func isToken(s string) bool {
	body := strings.TrimRight(s, "=")
	for _, c := range []byte(body) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~+/", c) >= 0:
		default:
			return false
		}
	}
	return body != ""
}

func noCredentials() *refusal {
	out := refuse(http.StatusUnauthorized, codeUnauthenticated, "send a token: `Authorization: Bearer TOKEN`")
	out.challenge = "Bearer"
	return out
}

// badToken is the one answer for every token that does not let its holder in (R6).
func badToken() *refusal {
	out := refuse(http.StatusUnauthorized, codeToken, "the token is not valid here")
	out.challenge = `Bearer error="invalid_token"`
	return out
}

func badCredentials(detail string) *refusal {
	out := refuse(http.StatusBadRequest, codeAuthorization, detail)
	out.challenge = `Bearer error="invalid_request"`
	return out
}

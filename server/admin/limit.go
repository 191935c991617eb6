package admin

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/fieldgate/fieldgate/server/problem"
)

// FailureLimit says how many failed authentications one address may make. The zero value takes the defaults.
type FailureLimit struct {
	Every     time.Duration // one more is allowed after so long; 0 is 1 s
	Burst     int           // at once; 0 is 20
	Addresses int           // that are remembered, the least recently seen are forgotten; 0 is 10,000
}

// failures counts failed authentications by address, in bounded memory.
type failures struct {
	every rate.Limit
	burst int

	mu   sync.Mutex
	seen *simplelru.LRU[netip.Prefix, *rate.Limiter]
}

func newFailures(l FailureLimit) (*failures, error) {
	if l.Every == 0 {
		l.Every = time.Second
	}
	if l.Burst == 0 {
		l.Burst = 20
	}
	if l.Addresses == 0 {
		l.Addresses = 10_000
	}
	seen, err := simplelru.NewLRU[netip.Prefix, *rate.Limiter](l.Addresses, nil)
	if err != nil {
		return nil, err
	}
	return &failures{every: rate.Every(l.Every), burst: l.Burst, seen: seen}, nil
}

// allow counts a failure of an address. It returns false, and how long to wait, when there were too many.
func (f *failures) allow(address string, now time.Time) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := network(address)
	limiter, ok := f.seen.Get(key)
	if !ok {
		limiter = rate.NewLimiter(f.every, f.burst)
		f.seen.Add(key, limiter)
	}
	if limiter.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - limiter.TokensAt(now)
	return time.Duration(missing / float64(f.every) * float64(time.Second)), false
}

// network is what one party has: an IPv4 address, or the /64 of an IPv6 address. What is no address shares one place.
func network(address string) netip.Prefix {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(ip, bits).Masked()
}

// tooMany is 429 with the whole seconds to wait.
func tooMany(wait time.Duration) *problemError {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return &problemError{
		Problem: problem.Problem{Status: http.StatusTooManyRequests, Code: "TOO_MANY_FAILURES", Detail: "too many failed authentications from this address"},
		header:  http.Header{"Retry-After": {strconv.Itoa(seconds)}},
	}
}

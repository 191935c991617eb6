package upstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// ErrAddress is an address that is never dialled.
var ErrAddress = errors.New("the address is one that upstreams are never reached at")

// metadata are the addresses of clouds' metadata services that are not link-local: AWS over IPv6, Alibaba, Oracle's
// older one, and Azure's wire server.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("fd20:ce::254"), // Google over IPv6
	netip.MustParseAddr("100.100.100.200"),
	netip.MustParseAddr("192.0.0.192"),
	netip.MustParseAddr("168.63.129.16"),
}

// wrapped are the IPv6 networks whose addresses carry an IPv4 address that a gateway may forward to, with the place of
// its first byte: NAT64 (RFC 6052, RFC 8215 in its common layout) and 6to4 (RFC 3056).
var wrapped = []struct {
	network netip.Prefix
	at      int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
	{netip.MustParsePrefix("::/96"), 12},
}

// Check returns ErrAddress, with the reason, for an address that may not be dialled: besides those in deny a link-local,
// multicast or unspecified address or that of a metadata service, also when it is wrapped into an IPv6 address.
func Check(address netip.Addr, deny []netip.Prefix) error {
	address = address.Unmap().WithZone("")
	if err := checkOne(address, deny); err != nil {
		return err
	}
	for _, w := range wrapped {
		if address.Is6() && !address.IsLoopback() && w.network.Contains(address) {
			bytes := address.As16()
			inner := netip.AddrFrom4([4]byte(bytes[w.at : w.at+4]))
			if err := checkOne(inner, deny); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOne(address netip.Addr, deny []netip.Prefix) error {
	reason := ""
	switch {
	case !address.IsValid():
		reason = "it is no IP address"
	case address.IsUnspecified():
		reason = "it is unspecified"
	case address.IsLinkLocalUnicast():
		reason = "it is link-local, as metadata services are"
	case address.IsMulticast() || address == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		reason = "it is for many receivers"
	case slices.Contains(metadata, address):
		reason = "it is a metadata service"
	case slices.ContainsFunc(deny, func(p netip.Prefix) bool { return contains(p, address) }):
		reason = "its network is denied in fieldgate.yaml"
	}
	if reason == "" {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrAddress, reason)
}

// contains takes a network that is written as IPv4 in IPv6 for the IPv4 network that it is.
func contains(p netip.Prefix, address netip.Addr) bool {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Contains(address)
}

// Options say how upstreams are reached.
type Options struct {
	Deny        []netip.Prefix // networks that are never dialled, besides those of Check
	Timeout     time.Duration  // to connect; 0 is 30 s. How long an answer may take is for the context of a request
	Connections int            // idle ones that are kept for each upstream; 0 is 64
}

// idleTimeout is how long a connection is kept that no request uses.
const idleTimeout = 90 * time.Second

// NewClient returns a client that dials what Check lets it, goes through no proxy (which would dial unchecked) and follows
// no redirect: a redirect is the answer. Close its idle connections when it is done.
func NewClient(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Connections == 0 {
		o.Connections = 64
	}
	dialer := &net.Dialer{
		Timeout: min(o.Timeout, 10*time.Second), KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error { return checkDial(address, o.Deny) },
	}
	t := &transport{other: &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: min(o.Timeout, 10*time.Second),
		MaxIdleConnsPerHost: o.Connections, IdleConnTimeout: idleTimeout,
		MaxResponseHeaderBytes: maxResponseHeader, DisableCompression: true,
	}}
	if keepsConnections {
		t.plain = &direct{dial: dialer.DialContext, most: o.Connections, stale: idleTimeout, idle: map[string][]*conn{}}
	}
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// checkDial sees the address that a name was resolved to, just before it is connected to.
func checkDial(address string, deny []netip.Prefix) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: it is no IP address", ErrAddress)
	}
	return Check(parsed.Addr(), deny)
}

package server

import (
	"fmt"
	"net"
	"net/netip"
)

// AddressError is a private listener that others than this machine could reach.
type AddressError struct{ Address string }

// Error says why the address is refused and what to do.
func (e *AddressError) Error() string {
	return fmt.Sprintf("private listener: %q is not a loopback address, and without keys everyone who reaches it could ask for any decision: "+
		"use 127.0.0.1:PORT, [::1]:PORT or localhost:PORT and let others in through a proxy that authenticates them", e.Address)
}

// checkPrivate refuses an address (host:port) that is not this machine's alone.
func checkPrivate(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("private listener: %q is not host:port, as in 127.0.0.1:8081", address)
	}
	if !loopback(host) {
		return &AddressError{Address: address}
	}
	return nil
}

// checkBound refuses a name that turned out to be another machine's.
func checkBound(address string, bound net.Addr) error {
	at, ok := bound.(*net.TCPAddr)
	if !ok || !at.IP.IsLoopback() {
		return &AddressError{Address: address}
	}
	return nil
}

// loopback reports whether a host is this machine's loopback interface by its text alone.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() && ip.Zone() == ""
}

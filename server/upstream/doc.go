// Package upstream speaks to the GraphQL APIs behind data layers: it resolves their settings, makes the HTTP client that
// reaches them, and reads their schema by introspection.
//
// It promises that no address of a link-local, multicast or unspecified network, of a cloud's metadata service or of a
// network that the settings deny is ever dialled, whatever a name resolves to; that no redirect is followed; that no answer
// is read beyond a limit; and that no error holds a header, or of the address more than the host, or what the upstream says.
// Loopback and private networks are dialled: that is where upstreams live.
package upstream

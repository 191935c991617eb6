// Package telemetry counts and traces: metrics for Prometheus on a registry of its own, and
// OpenTelemetry traces that are exported only when the standard OTEL_* variables say where to.
//
// Labels come from the configuration and from fixed lists, never from a client, so that nobody can make
// series. No label, attribute or span holds a query, a variable, a token or a header.
package telemetry

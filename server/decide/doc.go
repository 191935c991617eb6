// Package decide is the HTTP API that answers whether a subject may run a GraphQL operation, for other
// gateways and services: POST /v1/decisions, and the same in the shape of OPA's Data API.
//
// The answer is the decision JSON of the engine. A request that is not understood in every detail is
// refused with a problem (RFC 9457); what cannot be decided is answered 503 with the decision
// "error", and never an allow (R16). The package authenticates nobody: whoever reaches the listener
// may ask for any subject, so it must stay private.
package decide

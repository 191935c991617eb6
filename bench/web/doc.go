// Package web measures servers, each a process of its own on loopback, under the same bounded load: gateways in front of
// one upstream, and services that answer decision requests. It promises that every answer is compared with what was
// expected, and that it ends the processes that it started.
package web

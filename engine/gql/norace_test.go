//go:build !race

package gql_test

const raceDetector = false

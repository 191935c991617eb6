package engine_test

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedFile returns the path of a file that stands beside the repository in the team's own
// environment: real schemas with real client queries, and other systems' test cases. They are not
// ours to publish. Without them a test that reads them is skipped, and says so.
func sharedFile(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %s is not there; this test compares with material that is not part of the repository", full)
	}
	return full
}

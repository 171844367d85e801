package rego

import (
	"errors"
	"os"
	"path/filepath"
)

// repositoryError replaces the error of reading dir, where that is a policy
// repository: its suites and schemas are data that no policy reads, and what
// is to be loaded is the bundle in it.
func repositoryError(dir string, err error) error {
	if dir == "" || errors.Is(err, errChanging) || !isRepository(dir) {
		return err
	}
	return &Finding{
		Rule:     "repository",
		Severity: FindingError,
		Msg:      "this is a policy repository, not what is published of it",
		Fix:      "name the directory policy in it, " + filepath.Join(dir, "policy"),
	}
}

// isRepository tells by what `mcp-runner policy init` lays out.
func isRepository(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "policy", ".manifest")); err != nil {
		return false
	}
	for _, beside := range []string{".mcp", "suites", "schemas"} {
		if info, err := os.Stat(filepath.Join(dir, beside)); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

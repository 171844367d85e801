// Package soak scales the tests that repeat what they do: `go test` runs a tenth
// of the repetitions, `make soak` all of them.
package soak

import (
	"fmt"
	"os"
	"testing"
)

const (
	wholeVariable  = "MCP_RUNNER_SOAK"        // not empty: run all repetitions
	reportVariable = "MCP_RUNNER_SOAK_REPORT" // a file that takes what was measured
)

// Times returns how often to do what `make soak` does whole times.
func Times(whole int) int {
	if os.Getenv(wholeVariable) != "" {
		return whole
	}
	return (whole + 9) / 10
}

// Race says that the race detector watches, which takes about ten times as long.
func Race() bool { return race }

// Report notes one figure of a test, for docs/reliability.md.
func Report(t testing.TB, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	if race {
		line += " (with the race detector)"
	}
	t.Log(line)
	name := os.Getenv(reportVariable)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(f, "%s: %s\n", t.Name(), line); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

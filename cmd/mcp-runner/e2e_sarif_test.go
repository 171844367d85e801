package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// sarifReport is what code scanning reads of SARIF.
type sarifReport struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct{ ID string }
			}
		}
		Results []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation *struct {
					ArtifactLocation struct{ URI string }
					Region           *struct{ StartLine, StartColumn int }
				}
				LogicalLocations []struct{ FullyQualifiedName string }
			}
			Suppressions []struct{ Kind string }
		}
	}
}

// TestSARIFHoldsTogether reads the reports as code scanning does: each result
// has a rule that it points to, a level, a text and a place.
func TestSARIFHoldsTogether(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	const head = "package mcp.policy.p\n\n"
	write("bad/x.rego", head+"deny contains \"m\" if input.server.imagee == \"x\"\ndeny contains \"n\" if input.servers == {}\n")
	write("bad/y y.rego", "package mcp.policy.y\n\ndeny contains \"m\" if input.server.nam == \"x\"\n")
	write("warns/x.rego", head+"deny contains \"m\" if input.server.name == \"\"\n")
	write("warns/data.yaml", "mcp: {settings: {enforcement: {gone: warn}}}\n")
	write("none/README.md", "")
	write("decides/x.rego", head+"deny contains \"m\"\n\nwarn contains \"w\"\n")
	write("decides/y.rego", "package mcp.policy.y\n\ndeny contains \"m\"\n")
	write("decides/data.yaml", "mcp: {settings: {enforcement: {y: audit}}}\n")
	write("one.json", `{"command": "go"}`)
	write("broken.json", `{`)

	for name, tc := range map[string]struct {
		args    []string
		code    int
		results int
	}{
		"errors":    {[]string{"policy", "check", "-o", "sarif", "bad"}, 1, 3},
		"warnings":  {[]string{"policy", "check", "-o", "sarif", "warns"}, 0, 1},
		"nothing":   {[]string{"policy", "check", "-o", "sarif", "none"}, 1, 1},
		"decisions": {[]string{"check", "-o", "sarif", "--no-builtin", "--policy", "decides", "--from-config", "one.json", "--from-config", "broken.json"}, 3, 4},
		"a command": {[]string{"check", "-o", "sarif", "--no-builtin", "--policy", "decides", "--", "go"}, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, tc.args...)
			cmd.Dir = dir
			out, err := cmd.Output()
			code := 0
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				code = exit.ExitCode()
			}
			require.Equal(t, tc.code, code)
			var report sarifReport
			require.NoError(t, json.NewDecoder(bytes.NewReader(out)).Decode(&report))
			require.Equal(t, "2.1.0", report.Version)
			require.NotEmpty(t, report.Schema)
			require.Len(t, report.Runs, 1)
			run := report.Runs[0]
			require.Equal(t, "mcp-runner", run.Tool.Driver.Name)
			require.GreaterOrEqual(t, len(run.Results), tc.results)
			for _, r := range run.Results {
				require.Equal(t, run.Tool.Driver.Rules[r.RuleIndex].ID, r.RuleID)
				require.Contains(t, []string{"error", "warning", "note"}, r.Level)
				require.NotEmpty(t, r.Message.Text)
				require.Len(t, r.Locations, 1)
				l := r.Locations[0]
				require.True(t, l.PhysicalLocation != nil || len(l.LogicalLocations) == 1)
				if l.PhysicalLocation == nil {
					continue
				}
				require.NotContains(t, l.PhysicalLocation.ArtifactLocation.URI, " ")
				require.NotContains(t, l.PhysicalLocation.ArtifactLocation.URI, dir)
				if region := l.PhysicalLocation.Region; region != nil {
					require.Positive(t, region.StartLine)
				}
			}
		})
	}
}

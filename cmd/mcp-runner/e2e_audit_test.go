package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

var auditForms = []string{"table", "json", "sarif", "junit", "github", "html"}

// runAudit runs audit in dir and returns its outputs and exit code.
func runAudit(t *testing.T, dir string, args ...string) (stdout, stderr []byte, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"audit"}, args...)...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.Bytes(), errs.Bytes(), exit.ExitCode()
	}
	require.NoError(t, err)
	return out.Bytes(), errs.Bytes(), 0
}

func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// canaries are secrets in each place of a configuration that can hold one; each
// is found by its form, by the name beside it, or by its place.
const canaries = `{
  "mcpServers": {
    "env": {"command": "npx", "args": ["-y", "a@1.0.0"], "env": {"API_TOKEN": "canary-env-1", "PLAIN": "ghp_c4n4rye2v2aaaaaaaaaaaaaaaaaaaaaaaaaa"}},
    "args": {"command": "server", "args": ["--token=canary-arg-1", "--password", "canary-arg-2", "sk-proj-c4n4ryarg3aaaaaaaaaaaaaaaaaaaaaa"]},
    "shell": {"command": "sh", "args": ["-c", "TOKEN=canary-shell-1 curl -H 'Authorization: Bearer canary-shell-2' https://u:canary-shell-3@x.example | sh"]},
    "url": {"type": "http", "url": "https://user:canary-url-1@mcp.example.com/mcp?api_key=canary-url-2", "headers": {"Authorization": "Bearer canary-header-1", "X-Api-Key": "canary-header-2"}},
    "file": {"command": "server", "envFile": "secrets.env"},
    "docker": {"command": "docker", "args": ["run", "-e", "API_KEY=canary-docker-1", "--env", "GITHUB_TOKEN=ghp_c4n4ryd2aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "img"]},
    "gate": {"command": "mcp-runner", "args": ["run", "--stdio", "-e", "API_KEY", "-e", "PASSWORD=canary-gate-1", "--policy", "https://u:canary-gate-2@x.example/p", "--header", "Authorization=canary-gate-3", "https://x:canary-gate-4@y.example"], "env": {"API_KEY": "canary-gate-5"}},
    "wrong flag": {"command": "mcp-runner", "args": ["run", "--token=canary-flag-1", "--", "server"]},
    "one line": {"command": "server --password=canary-line-1 -v"},
    "odd": {"command": ["server", "canary-odd-1"], "env": {"API_KEY": {"canary-odd-2": "canary-odd-3"}}},
    "not found": {"command": "/opt/none/server", "args": ["--api-key", "canary-none-1"], "env": {"SECRET": "canary-none-2"}},
    "name ghp_c4n4ryn4meaaaaaaaaaaaaaaaaaaaaaaaaa": {"command": "server", "env": {"SECRET_${env:ghp_c4n4ryvaraaaaaaaaaaaaaaaaaaaaaaaaaa}": "canary-var-1"}}
  }
}`

// No form of the report shows a secret, whatever policy says.
func TestAuditShowsNoSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir, "work/.vscode/mcp.json", strings.Replace(canaries, "mcpServers", "servers", 1))
	writeFile(t, dir, "work/.cursor/mcp.json", canaries)
	writeFile(t, dir, "work/secrets.env", "DB_PASSWORD=canary-file-1\n")
	writeFile(t, dir, "work/torn.json", `{"mcpServers": {"a": {"env": {"TOKEN": "canary-torn-1"`)
	for _, form := range auditForms {
		for _, args := range [][]string{
			{"--debug", "--log-format", "json", "-o", form, "--all", ".vscode/mcp.json", ".cursor/mcp.json", "torn.json"},
			{"-o", form, "--no-builtin", "--policy", "missing", ".cursor/mcp.json"},
			{"-o", form, "--wide", "--home", "."},
		} {
			stdout, stderr, code := runAudit(t, filepath.Join(dir, "work"), args...)
			require.Equal(t, 3, code, "%s\n%s", args, stderr)
			require.Contains(t, string(stdout), "not found", args) // it was reported on
			for _, out := range [][]byte{stdout, stderr} {
				lower := strings.ToLower(string(out))
				for _, canary := range []string{"canary-", "c4n4ry"} {
					at := strings.Index(lower, canary)
					require.Negative(t, at, "%s: …%s…", args, lower[max(0, at-80):min(len(lower), max(0, at)+60)])
				}
			}
		}
	}
}

// The report is what its schema says, with everything in it that there can be.
func TestAuditReportFitsItsSchema(t *testing.T) {
	t.Parallel()
	var schema jsonschema.Schema
	require.NoError(t, json.Unmarshal(audit.Schema(), &schema))
	resolved, err := schema.Resolve(nil)
	require.NoError(t, err)
	dir := t.TempDir()
	writeFile(t, dir, ".cursor/mcp.json", canaries)
	writeFile(t, dir, "torn.json", "{")
	for _, args := range [][]string{{".cursor/mcp.json", "torn.json", "missing.json"}, {"--home", ".", "--client", "zed"}, {"--policy", "missing", ".cursor/mcp.json"}} {
		stdout, _, _ := runAudit(t, dir, append([]string{"-o", "json"}, args...)...)
		var report any
		require.NoError(t, json.Unmarshal(stdout, &report))
		require.NoError(t, resolved.Validate(report), args)
	}
}

// SARIF of an audit holds together, and so does what it names of files.
func TestAuditSARIFHoldsTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir, "a b/.cursor/mcp.json", canaries)
	writeFile(t, dir, "torn.json", "{\n\n")
	stdout, _, code := runAudit(t, dir, "-o", "sarif", "a b/.cursor/mcp.json", "torn.json")
	require.Equal(t, 3, code)
	var report sarifReport
	require.NoError(t, json.Unmarshal(stdout, &report))
	require.Equal(t, "2.1.0", report.Version)
	run := report.Runs[0]
	require.Greater(t, len(run.Results), 10)
	for _, r := range run.Results {
		require.Equal(t, run.Tool.Driver.Rules[r.RuleIndex].ID, r.RuleID)
		require.NotEmpty(t, r.Message.Text)
		require.Len(t, r.Locations, 1)
		place := r.Locations[0].PhysicalLocation
		require.NotNil(t, place)
		require.Contains(t, []string{"a%20b/.cursor/mcp.json", "torn.json"}, place.ArtifactLocation.URI)
		require.Positive(t, place.Region.StartLine)
	}
}

// many writes 500 configurations with ten servers of each kind there is.
func many(t *testing.T, dir string) (files []string, servers int) {
	t.Helper()
	for f := range 500 {
		named := map[string]any{}
		add := func(server map[string]any) { named[fmt.Sprintf("s%d", len(named))] = server }
		line := func(command string, args ...string) map[string]any {
			return map[string]any{"command": command, "args": args}
		}
		add(line("npx", "-y", fmt.Sprintf("@scope/server-%d@1.0.%d", f, f)))
		add(line("uvx", fmt.Sprintf("mcp-server-%d==1.0", f)))
		add(line("docker", "run", "-i", "--rm", "-v", fmt.Sprintf("/srv/data%d:/data", f), "-e", "TOKEN", fmt.Sprintf("ghcr.io/x/y%d:1", f)))
		add(map[string]any{"url": fmt.Sprintf("https://mcp%d.example.com/mcp", f), "headers": map[string]string{"Authorization": "Bearer abc"}})
		add(line("node", fmt.Sprintf("/srv/%d.js", f)))
		add(line("sh", "-c", "exec node /x.js"))
		add(line("mcp-runner", "run", "--stdio", "--", "npx", "-y", fmt.Sprintf("pkg%d@2.0.0", f)))
		add(line(fmt.Sprintf("/opt/none/server%d", f), "--verbose"))
		python := line("python3", "-m", "server")
		python["env"] = map[string]string{"API_KEY": "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "LOG": "debug"}
		add(python)
		add(line("npx", "-y", fmt.Sprintf("server-%d", f)))
		data, err := json.Marshal(map[string]any{"mcpServers": named})
		require.NoError(t, err)
		files = append(files, writeFile(t, dir, fmt.Sprintf("%d.json", f), string(data)))
		servers += len(named)
	}
	return files, servers
}

func TestAuditIsFast(t *testing.T) {
	dir := t.TempDir()
	files, servers := many(t, dir)
	require.Equal(t, 5000, servers)
	for _, profile := range []string{library.Default, "recommended"} {
		if _, err := library.Source(profile); err != nil {
			continue
		}
		started := time.Now()
		stdout, stderr, code := runAudit(t, dir, append([]string{"--builtin", profile, "-o", "json"}, files...)...)
		took := time.Since(started)
		soak.Report(t, "audit of %d configurations with %d servers, policies of %s: %s", len(files), servers, profile, took.Round(10*time.Millisecond))
		require.Equal(t, 3, code, "%s", stderr)
		var report audit.Report
		require.NoError(t, json.Unmarshal(stdout, &report))
		require.Equal(t, servers, report.Summary.Servers)
		require.Zero(t, report.Summary.Undecided)
		require.Equal(t, len(files), report.Summary.Gated)
		if profile == library.Default {
			require.Less(t, took, 25*time.Second) // five times what it may take
		}
	}
}

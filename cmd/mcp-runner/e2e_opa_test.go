package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStockOPATakesANewRepository runs the commands of OPA that the contract
// names on what `policy init` lays out. OPA's command is that of tools/go.mod.
func TestStockOPATakesANewRepository(t *testing.T) {
	opa := stockOPA(t)
	dir := filepath.Join(t.TempDir(), "policies")
	out, err := exec.CommandContext(t.Context(), binary, "policy", "init", dir).CombinedOutput()
	require.NoError(t, err, string(out))

	run := func(want string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), opa, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "opa %s\n%s", strings.Join(args, " "), out)
		require.Contains(t, string(out), want)
	}
	bundle := filepath.Join(t.TempDir(), "bundle.tar.gz")
	run("PASS: 10/10", "test", "policy", ".mcp")
	run("", "check", "--strict", "-s", "schemas/input.json", "policy", ".mcp")
	run("", "build", "-b", "policy", "-b", ".mcp", "-o", bundle)
	run("", "fmt", "--list", "--fail", "policy", ".mcp")
	run("", "sign", "--signing-alg", "HS256", "--signing-key", "secret", "--bundle", "policy", "-o", "policy")
	require.FileExists(t, filepath.Join(dir, "policy", ".signatures.json"))

	// What was built answers: here is the image that no registry approves.
	input := filepath.Join(t.TempDir(), "input.json")
	require.NoError(t, os.WriteFile(input, []byte(`{"server": {"image": {"reference": "evil/x", "repository": "evil/x", "registry": "docker.io"}}}`), 0o600))
	run(`evil/x`, "eval", "-b", bundle, "-i", input, "--strict-builtin-errors", "data.mcp.policy.images.registry.deny")

	// A signed directory is still the same source to the gate.
	out, err = exec.CommandContext(t.Context(), binary, "policy", "check", "--fail-level", "warning", dir).CombinedOutput()
	require.NoError(t, err, string(out))
}

// It takes those with a profile too; strict has every policy of the library.
func TestStockOPATakesARepositoryWithAProfile(t *testing.T) {
	opa := stockOPA(t)
	for _, profile := range []string{"starter", "strict"} {
		t.Run(profile, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "policies")
			out, err := exec.CommandContext(t.Context(), binary, "policy", "init", "--profile", profile, dir).CombinedOutput()
			require.NoError(t, err, string(out))
			bundle := filepath.Join(t.TempDir(), "bundle.tar.gz")
			for _, args := range [][]string{
				{"test", "--timeout", "2m", "policy", ".mcp"},
				{"check", "--strict", "-s", "schemas/input.json", "policy", ".mcp"},
				{"build", "-b", "policy", "-b", ".mcp", "-o", bundle},
				{"fmt", "--list", "--fail", "policy", ".mcp"},
				{"sign", "--signing-alg", "HS256", "--signing-key", "secret", "--bundle", "policy", "-o", "policy"},
			} {
				cmd := exec.CommandContext(t.Context(), opa, args...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "opa %s\n%s", strings.Join(args, " "), out)
				if args[0] == "test" {
					require.Regexp(t, `PASS: [1-9]\d*/\d+\n`, string(out))
				}
			}
			out, err = exec.CommandContext(t.Context(), opa, "eval", "-b", bundle, "--format", "raw", `data.mcp.settings.enforcement["remote.tls"]`).CombinedOutput()
			require.NoError(t, err, string(out))
			require.Equal(t, "deny\n", string(out))
			out, err = exec.CommandContext(t.Context(), binary, "policy", "check", "--fail-level", "warning", dir).CombinedOutput()
			require.NoError(t, err, string(out))
		})
	}
}

// stockOPA returns the file of OPA's command. Where the tools cannot be built,
// which on a developer's machine may want a network, the test is skipped; in CI
// it fails.
func stockOPA(t *testing.T) string {
	t.Helper()
	modfile, err := filepath.Abs(filepath.Join("..", "..", "tools", "go.mod"))
	require.NoError(t, err)
	// With -n the tool is built and its file named.
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+modfile, "-n", "opa")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("OPA's command cannot be built: %v\n%s", err, out)
	}
	require.NoError(t, err, string(out))
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Trim(lines[len(lines)-1], `"`) // downloads are reported before
}

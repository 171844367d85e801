package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStockOPAVerifiesWhatIsPublished signs a directory with OPA's own command: the
// archive that is published of it is one that OPA verifies, down to the tests that
// were signed, too.
func TestStockOPAVerifiesWhatIsPublished(t *testing.T) {
	opa := stockOPA(t)
	dir, dest := filepath.Join(t.TempDir(), "policies"), t.TempDir()
	for name, content := range map[string]string{
		".manifest":       `{"roots": ["mcp/policy"]}`,
		"README.md":       "about",
		"sub/x.rego":      "package mcp.policy.x\n\ndeny contains \"never\" if input.server.name == \"x\"\n",
		"sub/x_test.rego": "package mcp.policy.x_test\n\ntest_x if true\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	run := func(want, in string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = in
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", strings.Join(args, " "), out)
		require.Contains(t, string(out), want)
	}
	run("", dir, opa, "sign", "--signing-alg", "HS256", "--signing-key", "secret", "--bundle", ".")
	run("published "+filepath.Join(dest, "policies.tar.gz"), ".", binary, "policy", "publish", dir, dest)
	built := filepath.Join(t.TempDir(), "built.tar.gz")
	run("", dest, opa, "build", "--signing-alg", "HS256", "--verification-key", "secret", "--bundle", "policies.tar.gz", "-o", built)
	require.FileExists(t, built)

	// What was changed after it was signed is not what OPA verifies.
	module := filepath.Join(dir, "sub", "x.rego")
	content, err := os.ReadFile(module)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(module, append(content, "\n# changed\n"...), 0o644))
	run("the signature was not verified", ".", binary, "policy", "publish", dir, dest)
	out, err := exec.CommandContext(t.Context(), opa, "build", "--signing-alg", "HS256", "--verification-key", "secret",
		"--bundle", filepath.Join(dest, "policies.tar.gz"), "-o", built).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "sub/x.rego: digest mismatch")
}

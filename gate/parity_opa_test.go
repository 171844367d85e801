package gate_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opaCommand returns a function that makes a command of OPA's own. It is the one
// that OPA names, else in CI the one of tools/go.mod, which takes a while to link.
func opaCommand(t *testing.T) func(args ...string) *exec.Cmd {
	t.Helper()
	before := []string{os.Getenv("OPA")}
	if before[0] == "" {
		if os.Getenv("CI") == "" {
			t.Skip("set OPA to the opa command, or CI")
		}
		modfile, err := filepath.Abs("../tools/go.mod")
		require.NoError(t, err)
		// `go tool -n` builds it and says where it is.
		out, err := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+modfile, "-n", "opa").Output()
		require.NoError(t, err)
		before[0] = strings.TrimSpace(string(out))
	}
	return func(args ...string) *exec.Cmd { return exec.CommandContext(t.Context(), before[0], args...) }
}

// TestOPACommand asks the opa command itself about what policy build writes: eval,
// check, inspect, build, sign and the server.
func TestOPACommand(t *testing.T) {
	opa := opaCommand(t)
	_, stores := openDecisions(t)
	dir := t.TempDir()
	run := func(args ...string) string {
		var stderr bytes.Buffer
		cmd := opa(args...)
		cmd.Dir, cmd.Stderr = dir, &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%v: %s%s", args, out, stderr.String())
		return string(out)
	}
	bundles := builtBundles(t)
	for name, content := range bundles {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".tar.gz"), content, 0o644))
	}
	_, in := decisionInput(t, "configs/remote.json")
	for name, store := range stores {
		want, _ := newGate(t, store).Decide(t.Context(), in) // its errors are in the decision
		input, err := json.Marshal(want.Input)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "input.json"), input, 0o644))
		eval := []string{"eval", "-b", name + ".tar.gz", "-i", "input.json", "--format", "raw", "--strict-builtin-errors", "data.mcp.gate.decision"}
		if name == "failing" {
			cmd := opa(eval...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(out), "eval_builtin_error")
			continue
		}
		require.JSONEq(t, shownDecision(t, want), run(eval...), name)
		run("check", "--strict", "-b", name+".tar.gz")
	}

	want, err := newGate(t, stores["waivers"]).Decide(t.Context(), in)
	require.NoError(t, err)
	inspected := run("inspect", "-a", "--format", "json", "waivers.tar.gz")
	require.Contains(t, inspected, `"Servers are reviewed"`)
	require.Contains(t, inspected, `"entrypoint": true`)
	run("build", "-b", "waivers.tar.gz", "-e", "mcp/gate/decision", "-o", "again.tar.gz")
	run("sign", "--signing-key", "secret", "--signing-alg", "HS256", "-b", "waivers.tar.gz")
	require.FileExists(t, filepath.Join(dir, ".signatures.json"))
	run("build", "-b", "waivers.tar.gz", "--signing-key", "secret", "--signing-alg", "HS256", "-o", "signed.tar.gz")
	run("build", "-b", "signed.tar.gz", "--verification-key", "secret", "--signing-alg", "HS256", "-o", "verified.tar.gz")
	input := asObject(t, want.Input)
	text, err := json.Marshal(map[string]any{"input": input})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "input.json"), text[len(`{"input":`):len(text)-1], 0o644))
	for _, name := range []string{"again.tar.gz", "signed.tar.gz", "verified.tar.gz"} {
		require.JSONEq(t, shownDecision(t, want),
			run("eval", "-b", name, "-i", "input.json", "--format", "raw", "--strict-builtin-errors", "data.mcp.gate.decision"))
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		published, err := newGate(t, openBuilt(t, "waivers", content)).Decide(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, want.Violations, published.Violations, "what opa build wrote loads too")
	}
	askServer(t, opa, dir, string(text), shownDecision(t, want))
}

// askServer asks `opa run --server` over HTTP.
func askServer(t *testing.T, opa func(...string) *exec.Cmd, dir, body, want string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := ln.Addr().String()
	require.NoError(t, ln.Close())
	server := opa("run", "--server", "--addr", addr, "--log-level", "error", "-b", "waivers.tar.gz")
	server.Dir = dir
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		require.NoError(t, server.Process.Kill())
		require.Error(t, server.Wait(), "it was killed")
	})
	var response *http.Response
	require.Eventually(t, func() bool {
		response, err = http.Post("http://"+addr+"/v1/data/mcp/gate/decision?strict-builtin-errors=true", "application/json", strings.NewReader(body))
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
	defer func() { require.NoError(t, response.Body.Close()) }()
	var answer struct{ Result json.RawMessage }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	require.JSONEq(t, want, string(answer.Result))
}

package command_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands that ToolHive runs without a question ask one.
func TestOthersAsk(t *testing.T) {
	for name, args := range map[string][]string{
		"proxy":              {"proxy", "evil", "--target-uri", "http://localhost:1"},
		"proxy with secrets": {"proxy", "evil", "--target-uri", "http://localhost:1", "--remote-auth-bearer-token", "swordfish", "--remote-forward-headers", "X-Key=swordfish"},
		"tunnel":             {"proxy", "tunnel", "http://localhost:1", "evil", "--tunnel-provider", "ngrok"},
		"tunnel of a server": {"proxy", "tunnel", "evil", "good", "--tunnel-provider", "ngrok"},
		"stdio":              {"proxy", "stdio", "evil"},
		"inspector":          {"inspector", "good"},
		"embeddings":         {"vmcp", "serve", "--group", "default", "--optimizer-embedding"},
		"backends":           {"vmcp", "serve", "--config", "vmcp.yaml"},
		"registry":           {"registry", "login", "--registry", "https://evil.example/api", "--issuer", "https://id.example", "--client-id", "x"},
		"registry in a file": {"registry", "login", "--registry", "evil.json"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, denyEvil)
			write(t, filepath.Join(m.state(), "toolhive", "runconfigs", "evil.json"), `{"name": "evil", "image": "evil/x:1", "transport": "stdio", "host": "127.0.0.1", "permission_profile": {"name": "none"}}`)
			write(t, filepath.Join(m.home, "vmcp.yaml"), "name: v\ngroupRef: default\nbackends:\n"+
				"- {name: good, url: \"http://localhost:1\", transport: sse}\n- {name: evil, url: \"http://localhost:2\", transport: sse}\n")
			got := m.run(t, args...)
			requireDenied(t, m, got)
			require.NotContains(t, got.stdout+got.stderr, "swordfish")
			config, err := os.ReadFile(filepath.Join(m.home, "config", "toolhive", "config.yaml"))
			if !os.IsNotExist(err) {
				require.NoError(t, err)
			}
			require.NotContains(t, string(config), "evil")
		})
	}
}

// Of a workload whose run config cannot be read nothing is known.
func TestUnknownWorkloadIsDenied(t *testing.T) {
	for name, args := range map[string][]string{
		"stdio":  {"proxy", "stdio", "other"},
		"tunnel": {"proxy", "tunnel", "other", "x", "--tunnel-provider", "ngrok"},
		"broken": {"proxy", "stdio", "broken"},
		"path":   {"proxy", "stdio", "../../evil"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, denyEvil)
			write(t, filepath.Join(m.state(), "toolhive", "runconfigs", "broken.json"), `{"name": `)
			got := m.run(t, args...)
			require.Equal(t, 1, got.code)
			require.Contains(t, got.stderr, "no verdict was reached")
			if args[2] == "other" {
				require.Contains(t, got.stderr, `no workload "other": 'thv-gated list --all' names`)
			}
		})
	}
}

// A policy that cannot be loaded denies where something is asked, and nowhere
// else.
func TestBrokenPolicyDeniesOnlyQuestions(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"list":       {args: []string{"list"}},
		"help":       {args: []string{"--help"}},
		"run help":   {args: []string{"run", "--help"}},
		"version":    {args: []string{"version"}},
		"completion": {args: []string{"completion", "bash"}},
		"dry run":    {args: []string{"build", "--dry-run", "npx://good"}},
		"run":        {args: []string{"run", "npx://good"}, code: 1},
		"build":      {args: []string{"build", "npx://good"}, code: 1},
		"login":      {args: []string{"registry", "login", "--registry", "https://good.example"}, code: 1},
		"proxy":      {args: []string{"proxy", "good", "--target-uri", "http://localhost:1"}, code: 1},
		"inspector":  {args: []string{"inspector", "good"}, code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, denyEvil)
			require.NoError(t, os.RemoveAll(m.policy))
			got := m.run(t, c.args...)
			require.Equal(t, c.code, got.code, got.stderr)
			require.Empty(t, m.changes())
			if c.code != 0 {
				require.Contains(t, got.stderr, filepath.Base(m.policy), "the reason names the policy")
			}
		})
	}
}

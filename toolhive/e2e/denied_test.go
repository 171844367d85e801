//go:build unix

package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// foreground are the flags of a server that ToolHive makes in one container.
var foreground = slices.Clip([]string{"run", "--foreground", "--transport", "stdio", "--isolate-network=false"})

func TestDeniedServerAsksNothingOfTheEngine(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	p := newPerson(t, d.socket, denyAll)
	for name, args := range map[string][]string{
		"an image":                          append(foreground, "--name", "image", "example.com/acme/search:1"),
		"detached":                          {"run", "--transport", "stdio", "example.com/acme/search:1"},
		"a package":                         append(foreground, "npx://evil@1"),
		"python":                            append(foreground, "uvx://evil@1"),
		"a remote":                          {"run", "--foreground", "--name", "remote", "https://mcp.example/mcp"},
		"a name first":                      append([]string{"--name", "policy"}, append(foreground, "example.com/acme/search:1")...),
		"a value that looks like a command": append([]string{"--unknown", "policy"}, append(foreground, "npx://evil@1")...),
		"every limit":                       append(foreground, "--network", "host", "--volume", "/:/host", "--env", "TOKEN=hunter2hunter2hunter2", "example.com/acme/search:1"),
	} {
		t.Run(name, func(t *testing.T) {
			e := p.run(t, args...)
			requireDenied(t, e, "house: closed for today")
			require.Contains(t, e.stderr, "come back tomorrow")
			require.NotContains(t, e.stdout+e.stderr, "hunter2")
			require.Empty(t, d.changes())
		})
	}
	e := p.run(t, "build", "npx://evil@1")
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "build blocked by policy: house: closed for today")
	require.Empty(t, d.changes())
	_, err := os.Stat(filepath.Join(p.home, "state", "toolhive", "runconfigs"))
	if err == nil {
		saved, err := os.ReadDir(filepath.Join(p.home, "state", "toolhive", "runconfigs"))
		require.NoError(t, err)
		require.Empty(t, saved, "what was denied cannot be restarted")
	}

	// The same server, allowed, is asked for: the test sees what it looks for.
	p.setPolicy(t, allowAll)
	e = p.run(t, append(foreground, "--name", "image", "example.com/acme/search:1")...)
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "this engine makes nothing")
	require.Contains(t, d.changes(), "POST containers/create")
	e = p.run(t, append(foreground, "npx://good@1")...)
	require.Equal(t, 1, e.code)
	require.Contains(t, d.changes(), "POST build")
}

// A run config of a file says what it wants of itself, and is not checked against
// anything: what would run decides.
func TestRunConfigOfAFile(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	inside := t.TempDir()
	const config = `{
		"schema_version": "v0.1.0", "name": "file", "base_name": "file", "container_name": "file",
		"image": "example.com/acme/search:1", "transport": "stdio", "host": "127.0.0.1", "volumes": [%q],
		"permission_profile": {"read": [%q], "network": {"outbound": {"insecure_allow_all": true}}},
		"registry_api_url": "https://registry.example", "registry_server_name": "io.example/search"
	}`
	secret, data := inside+":/secret", inside+":/data"
	for name, c := range map[string]struct {
		rules, volume, profile string
		allowed                bool
	}{
		"what is mounted is denied, and volumes say otherwise": {
			rules: `deny contains "no secrets" if input.server.mounts[_].target == "/secret"`, volume: data, profile: secret,
		},
		"what only volumes say is not mounted": {
			rules: `deny contains "no secrets" if input.server.mounts[_].target == "/secret"`, volume: secret, profile: data, allowed: true,
		},
		"a registry that the file names": {
			rules: `deny contains "no secrets" if not input.server.provenance.verified`, volume: data, profile: data,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, d.socket, c.rules)
			file := filepath.Join(p.home, "config.json")
			require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, config, c.volume, c.profile), 0o600))
			e := p.run(t, "run", "--foreground", "--from-config", file)
			if !c.allowed {
				requireDenied(t, e, "house: no secrets")
				require.Empty(t, d.changes())
				return
			}
			require.Equal(t, 1, e.code)
			require.Contains(t, e.stderr, "this engine makes nothing")
			require.Contains(t, d.changes(), "POST containers/create")
		})
	}
}

// A policy that cannot be loaded denies, and stops nothing else.
func TestBrokenPolicyStopsOnlyServers(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	for name, policy := range map[string]string{"missing": filepath.Join(t.TempDir(), "none"), "broken": ""} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, d.socket, "deny := true")
			if policy != "" {
				p.env = append(p.env, "MCP_RUNNER_POLICY="+policy)
			}
			for _, args := range [][]string{{"list"}, {"list", "--all"}, {"version"}, {"--help"}, {"run", "--help"}, {"policy", "audit"}, {"policy", "--help"}} {
				e := p.run(t, args...)
				require.Equal(t, 0, e.code, "%v: %s", args, e.stderr)
			}
			e := p.run(t, append(foreground, "--name", "image", "example.com/acme/search:1")...)
			requireDenied(t, e, "no verdict was reached: ")
			require.Empty(t, d.changes())
		})
	}
}

// Where no container engine answers, an audit judges what is saved.
func TestAuditWithoutEngine(t *testing.T) {
	t.Parallel()
	p := newPerson(t, filepath.Join(t.TempDir(), "none"), denyAll)
	saved := filepath.Join(p.home, "state", "toolhive", "runconfigs")
	require.NoError(t, os.MkdirAll(saved, 0o755))
	text := `{"name": "kept", "base_name": "kept", "image": "example.com/acme/search:1", "transport": "stdio", "host": "127.0.0.1", "permission_profile": {}}`
	require.NoError(t, os.WriteFile(filepath.Join(saved, "kept.json"), []byte(text), 0o600))
	e := p.run(t, "policy", "audit")
	require.Equal(t, 3, e.code, e.stderr)
	require.Regexp(t, `\nkept +unknown +example.com/acme/search:1 +denied +medium +house: closed for today\n`, e.stdout)
	require.Contains(t, e.stderr, "It is unknown what runs: ")
	e = p.run(t, "--debug", "policy", "audit", "--stop")
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "nothing is stopped: it is unknown what runs")
	p.setPolicy(t, allowAll)
	require.Equal(t, 0, p.run(t, "policy", "audit").code)
	require.Empty(t, p.decided(t))
}

package runner_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestResolveAsWrittenLooksNothingUp(t *testing.T) {
	t.Setenv("HOME", "/elsewhere")
	t.Setenv("PATH", "")
	cfg := &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion, Command: "npx", CmdArgs: []string{"-y", "search@1"},
		Volumes: []string{"~/x:/x:ro", "./y/../z:/z", "/var/run/docker.sock:/s", `C:\data:/c`, "named:/n", "~/x:/x:ro"},
		PermissionProfile: &runner.PermissionProfile{
			Read: []string{"/etc/hosts"}, Write: []string{"/tmp/../srv:/w"},
		},
	}
	c, err := runner.ResolveAsWritten(t.Context(), cfg, runner.ResolvedCommand{})
	require.NoError(t, err)
	require.Nil(t, cfg.Resolved)
	require.Equal(t, "search", c.Name)
	require.Equal(t, runner.TransportStdio, c.Transport)
	require.Equal(t, "npx", c.Resolved.Command.Path)
	require.Len(t, c.Resolved.Command.SHA256, 64)
	require.Equal(t, []runner.Mount{
		{Source: "/home/user/x", Resolved: "/home/user/x", Target: "/x", ReadOnly: true},
		{Source: "/home/user/project/z", Resolved: "/home/user/project/z", Target: "/z"},
		{Source: "/var/run/docker.sock", Resolved: "/var/run/docker.sock", Target: "/s"},
		{Source: `C:\data`, Resolved: `C:\data`, Target: "/c"},
		{Source: "named", Resolved: "named", Target: "/n"},
		{Source: "/etc/hosts", Resolved: "/etc/hosts", Target: "/etc/hosts", ReadOnly: true},
		{Source: "/srv", Resolved: "/srv", Target: "/w"},
	}, c.Resolved.Mounts)

	digest := strings.Repeat("a", 64)
	c, err = runner.ResolveAsWritten(t.Context(), cfg, runner.ResolvedCommand{
		Argv0: "/usr/bin/npx", Path: "/opt/npx.js", SHA256: digest, Interpreter: &runner.Interpreter{Path: "/usr/bin/node"},
	})
	require.NoError(t, err)
	require.Equal(t, "/usr/bin/npx", c.Resolved.Command.Argv0)
	require.Equal(t, "/opt/npx.js", c.Resolved.Command.Path)
	require.Equal(t, digest, c.Resolved.Command.SHA256)

	_, err = runner.ResolveAsWritten(t.Context(), &runner.RunConfig{}, runner.ResolvedCommand{})
	require.ErrorContains(t, err, "want one of image, remote_url and command")
}

// A server is named after what its launcher runs, unless it has a name.
func TestLaunchedServersAreNamedAfterWhatRuns(t *testing.T) {
	for line, want := range map[string]string{
		"npx -y @acme/search@1.2.3":                        "search",
		"uvx Mcp_Server.Fetch==1.0":                        "mcp-server-fetch",
		"docker run -i --rm -e A=b ghcr.io/acme/search:1":  "search",
		"docker run -i ghcr.io/acme/search@sha256:" + "ab": "search",
		"docker compose up":                                "docker",
		"/opt/tickets --port 1":                            "tickets",
	} {
		words := strings.Fields(line)
		cfg, err := runner.ResolveAsWritten(t.Context(), &runner.RunConfig{Command: words[0], CmdArgs: words[1:]}, runner.ResolvedCommand{})
		require.NoError(t, err)
		require.Equal(t, want, cfg.Name, line)
		cfg, err = runner.ResolveAsWritten(t.Context(), &runner.RunConfig{Name: "mine", Command: words[0], CmdArgs: words[1:]}, runner.ResolvedCommand{})
		require.NoError(t, err)
		require.Equal(t, "mine", cfg.Name, line)
	}
}

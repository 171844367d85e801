package runner_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestResolveDefaults(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("PATH", programDir(t, "npx", "uvx", "go"))
	for name, tt := range map[string]struct {
		config          *runner.RunConfig
		name, transport string
	}{
		"image":            {&runner.RunConfig{Image: "alpine"}, "alpine", "stdio"},
		"image, all parts": {&runner.RunConfig{Image: "reg.example:5000/Org/My_Server:1.2@sha256:00"}, "my_server", "stdio"},
		"image, digest":    {&runner.RunConfig{Image: "ghcr.io/a/b@sha256:00"}, "b", "stdio"},
		"npm package":      {&runner.RunConfig{Image: "npx://@scope/server-everything@1.2.3"}, "server-everything", "stdio"},
		"uvx package":      {&runner.RunConfig{Image: "uvx://mcp-server-fetch"}, "mcp-server-fetch", "stdio"},
		"go package":       {&runner.RunConfig{Image: "go://github.com/a/b@v1"}, "b", "stdio"},
		"nothing to use":   {&runner.RunConfig{Image: "é/é"}, "server", "stdio"},
		"URL":              {&runner.RunConfig{RemoteURL: "https://user@MCP.example:8443/mcp"}, "mcp.example", "streamable-http"},
		"URL, IPv6":        {&runner.RunConfig{RemoteURL: "https://[2001:db8::1]/"}, "2001-db8--1", "streamable-http"},
		"given":            {&runner.RunConfig{RemoteURL: "https://a.example", Name: "My Name", Transport: "sse"}, "My Name", "sse"},
		"command":          {&runner.RunConfig{Command: exe}, "runner", "stdio"},
	} {
		t.Run(name, func(t *testing.T) {
			before := tt.config.Clone()
			c, err := runner.Resolve(t.Context(), tt.config)
			require.NoError(t, err)
			require.Equal(t, tt.name, c.Name)
			require.Equal(t, tt.transport, c.Transport)
			require.Equal(t, runner.CurrentSchemaVersion, c.SchemaVersion)
			require.NotNil(t, c.Resolved)
			require.Equal(t, before, tt.config, "the argument is unchanged")

			again, err := runner.Resolve(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, c, again)
		})
	}
}

func TestResolveCommand(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	c, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: exe})
	require.NoError(t, err)
	require.Equal(t, exe, c.Resolved.Command.Argv0)
	require.Equal(t, fileSHA256(t, exe), c.Resolved.Command.SHA256)
	require.Nil(t, c.Resolved.Command.Interpreter)
	require.Empty(t, c.Resolved.Mounts)
}

func TestResolveErrors(t *testing.T) {
	_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: "no-such-command"})
	require.ErrorContains(t, err, `command "no-such-command": executable file not found in `)
	_, err = runner.Resolve(t.Context(), &runner.RunConfig{Command: t.TempDir()})
	require.Error(t, err)
	_, err = runner.Resolve(t.Context(), nil)
	require.ErrorContains(t, err, "run config is nil")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = runner.Resolve(ctx, &runner.RunConfig{Image: "a", Volumes: []string{"/a:/a"}})
	require.ErrorIs(t, err, context.Canceled)
	exe, err := os.Executable()
	require.NoError(t, err)
	_, err = runner.Resolve(ctx, &runner.RunConfig{Command: exe})
	require.ErrorIs(t, err, context.Canceled)
}

func TestParseShebang(t *testing.T) {
	most := 255
	if runtime.GOOS == "darwin" {
		most = 511
	}
	for head, want := range map[string][2]string{
		"#!/bin/sh":                  {"/bin/sh", ""},
		"#!/bin/sh\nexit":            {"/bin/sh", ""},
		"#! \t/bin/sh \t-e  -u \t\n": {"/bin/sh", "-e  -u"},
		"#!/usr/bin/env node\n":      {"/usr/bin/env", "node"},
		"#!/bin/sh\r\n":              {"/bin/sh\r", ""},
		"#!/" + strings.Repeat("a", most-3) + "\n\x00": {"/" + strings.Repeat("a", most-3), ""},
	} {
		name, argument, err := runner.ParseShebang(head)
		require.NoError(t, err, head)
		require.Equal(t, want, [2]string{name, argument}, head)
	}
	for head, want := range map[string]string{
		"#!":                                     "names no interpreter",
		"#! \t\n/bin/sh":                         "names no interpreter",
		"#!/bin/sh\x00\n":                        "NUL byte",
		"#!/" + strings.Repeat("a", most) + "\n": "is too long",
		"#!/bin/sh " + strings.Repeat("a", 1014): "is too long",
	} {
		_, _, err := runner.ParseShebang(head)
		require.ErrorContains(t, err, want, head)
	}
}

func TestParseShebangEnv(t *testing.T) {
	for argument, want := range map[string]struct {
		program              string
		arguments, variables []string
	}{
		"node":                             {"node", nil, nil},
		"/opt/node":                        {"/opt/node", nil, nil},
		"-S node --flag":                   {"node", []string{"--flag"}, nil},
		"-Snode":                           {"node", nil, nil},
		"-S\tnode":                         {"node", nil, nil},
		"--split-string=deno run":          {"deno", []string{"run"}, nil},
		"-S A=1 B=x deno run --x='a b'":    {"deno", []string{"run", "--x=a b"}, []string{"A=1", "B=x"}},
		"-S A= node A=2  -u ":              {"node", []string{"A=2", "-u"}, []string{"A="}},
		`-S sh -c "a 'b' \"c\" \$d \#" ''`: {"sh", []string{"-c", `a 'b' "c" $d #`, ""}, nil},
		`-S sh a\"b\'c\\d '\"$x\\\'#' e#f`: {"sh", []string{`a"b'c\d`, `\"$x\'#`, "e#f"}, nil},
	} {
		program, arguments, variables, err := runner.ParseShebangEnv(argument)
		require.NoError(t, err, argument)
		require.Equal(t, want.program, program, argument)
		require.Equal(t, want.arguments, arguments, argument)
		require.Equal(t, want.variables, variables, argument)
	}
	for _, argument := range []string{
		"", "-S", "-S A=1", "A=1", "-i", "-S -i node", "-S -u PATH node", "-S PATH=/tmp node", "-S 'my node'",
		`-S my\_node`, "-S ${NODE}", "-S #node", "-vS node", "--ignore-environment", "-",
		"-S node ${HOME}", `-S node "$HOME"`, "-S node #", `-S node a\cb`, `-S node a\_b`, `-S node "a`, `-S node a\`, "-S node 'a",
	} {
		program, _, _, err := runner.ParseShebangEnv(argument)
		require.Error(t, err, "%s gives %s", argument, program)
	}
}

func fileSHA256(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// The runner listens where policies were told that it would.
func TestResolveHost(t *testing.T) {
	for host, want := range map[string]string{"": "", "LocalHost.": "localhost", "[::1]": "::1", "::FFFF:127.0.0.1": "127.0.0.1", "0:0:0:0:0:0:0:0": "::"} {
		c, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Host: host})
		require.NoError(t, err, host)
		require.Equal(t, want, c.Host)
	}
}

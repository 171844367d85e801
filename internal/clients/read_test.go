package clients_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// read reads text as a file of a client. The text of a path is its place.
func read(t *testing.T, id, path, text string) *clients.File {
	t.Helper()
	loc := clients.Location{Path: path, Home: "/home/alice", OS: "linux", Scope: clients.ScopeUser}
	for _, c := range clients.Known() {
		if c.ID == id {
			loc.Client = c
		}
	}
	file, err := clients.ReadData(t.Context(), loc, []byte(text))
	require.NoError(t, err)
	return file
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, text, client, syntax string }{
		{"/home/u/.cursor/mcp.json", "{", "cursor", "json"},
		{"/src/app/.vscode/mcp.json", "", "vscode", "json"},
		{`C:\Users\u\.cursor\mcp.json`, "", "cursor", "json"},
		{"/home/u/.codex/config.toml", "", "codex", "toml"},
		{"/srv/project/.codex/config.toml", "", "codex", "toml"},
		{"/home/u/.continue/config.yaml", "", "continue", "yaml"},
		{"/home/u/.gemini/settings.json", "", "gemini", "json"},
		{"/home/u/.docker/mcp/registry.yaml", "", "docker-mcp", "yaml"},
		{"/tmp/claude_desktop_config.json", "", "claude-desktop", "json"},
		{"/tmp/.mcp.json", "", "claude-code", "json"},
		{"/tmp/llm.mcpServers.xml", "<application/>", "jetbrains", "xml"},
		// by what stands in it
		{"/tmp/mcp.json", `{"mcpServers": {}}`, "unknown", "json"},
		{"/tmp/mcp.json", `{"servers": {}}`, "vscode", "json"},
		{"/tmp/x.json", `{"mcp": {"servers": {}}}`, "vscode", "json"},
		{"/tmp/x.json", `{"mcp": {"a": {"type": "local"}}}`, "opencode", "json"},
		{"/tmp/settings.json", `{"context_servers": {}}`, "zed", "json"},
		{"/tmp/x.json", `{"schema_version": "v0.1.0", "transport": "stdio"}`, "toolhive", "json"},
		{"/tmp/x.toml", "[mcp_servers.a]\n", "codex", "toml"},
		{"/tmp/config.yaml", "mcpServers: []\n", "continue", "yaml"},
		{"/tmp/config.yaml", "extensions: {}\n", "goose", "yaml"},
		{"/tmp/catalog.yaml", "registry: {}\n", "docker-mcp", "yaml"},
		{"/tmp/no-extension", `{"mcpServers": {}}`, "unknown", "json"},
		{"/tmp/no-extension", "[mcp_servers.a]\n", "codex", "toml"},
		{"/tmp/no-extension", "mcp_servers.a.command = 'x'\n", "codex", "toml"},
		{"/tmp/no-extension", "mcpServers: []\n", "continue", "yaml"},
	} {
		client, syntax, err := clients.Detect(c.path, []byte(c.text))
		require.NoError(t, err, "%+v", c)
		require.Equal(t, []string{c.client, c.syntax}, []string{client.ID, string(syntax)}, "%+v", c)
	}
	for _, c := range [][2]string{
		{"/tmp/x.json", `{"a": 1}`}, {"/tmp/x.json", `[]`}, {"/tmp/x.yaml", "- a"}, {"/tmp/x.toml", "a = 1"}, {"/tmp/x.json", ""},
	} {
		_, _, err := clients.Detect(c[0], []byte(c[1]))
		require.ErrorContains(t, err, c[0]+": is not the configuration of a client that is known here")
	}
	_, _, err := clients.Detect("/tmp/x.json", []byte("{\n!"))
	require.ErrorContains(t, err, "/tmp/x.json:2:1: ")
}

// A file that somebody names is read as if it had been found.
func TestAFileGivenByHandIsPlaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string][2]string{
		"home/.cursor/mcp.json":        {"user", ""},
		"home/.mcp.json":               {"user", ""},
		"src/app/.cursor/mcp.json":     {"project", "src/app"},
		"src/app/.vscode/mcp.json":     {"project", "src/app"},
		"src/app/.mcp.json":            {"project", "src/app"},
		"src/app/.codex/config.toml":   {"project", "src/app"},
		"home/.codex/config.toml":      {"user", ""},
		"somewhere/mcp.json":           {"user", ""},
		"app/.junie/mcp/anything.json": {"project", "app"},
	} {
		text := `{"mcpServers": {}}`
		if strings.HasSuffix(path, ".toml") {
			text = ""
		}
		file, err := clients.Read(t.Context(), clients.Location{
			Path: write(t, filepath.Join(dir, path), text), Home: filepath.Join(dir, "home"), OS: "linux",
		})
		require.NoError(t, err)
		require.Equal(t, want[0], file.Scope, path)
		if want[1] != "" {
			want[1] = filepath.Join(dir, want[1])
		}
		require.Equal(t, want[1], file.Project, path)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ client, value, want string }{
		{"claude-desktop", "${HOME}/x", "${HOME}/x"},
		{"claude-code", "${HOME}/x", "/home/alice/x"},
		{"claude-code", "${A:-b}c", "bc"},
		{"claude-code", "${A:-}", ""},
		{"claude-code", "${A-b}", "${A-b}"},
		{"claude-code", "$HOME", "$HOME"},
		{"claude-code", "${", "${"},
		{"claude-code", "${}", "${}"},
		{"vscode", "${userHome}${pathSeparator}x${/}", "/home/alice/x/"},
		{"vscode", "${env:HOME}", "/home/alice"},
		{"vscode", "${HOME}", "${HOME}"},
		{"vscode", "${workspaceFolder}", "${workspaceFolder}"},
		{"vscode", "~/x", "/home/alice/x"},
		{"cursor", "~/x", "~/x"},
		{"cursor", "${userHome}/x", "/home/alice/x"},
		{"gemini", "$HOME/${HOME}/$HOMEX", "/home/alice//home/alice/$HOMEX"},
		{"gemini", "%HOME%", "%HOME%"},
		{"opencode", "{env:HOME}", "/home/alice"},
		{"codex", "${HOME}{env:HOME}", "${HOME}{env:HOME}"},
	} {
		container, syntax := "mcpServers", `{%q: {"a": {"command": "x", "args": [%q]}}}`
		switch c.client {
		case "vscode":
			container = "servers"
		case "opencode":
			container, syntax = "mcp", `{%q: {"a": {"command": ["x", %q]}}}`
		case "codex":
			container = "mcp_servers"
		}
		file := read(t, c.client, "/tmp/x.json", fmt.Sprintf(syntax, container, c.value))
		require.NotNil(t, file.Servers[0].Config, "%+v: %s", c, file.Servers[0].Problem)
		require.Equal(t, []string{c.want}, file.Servers[0].Config.CmdArgs, "%+v", c)
	}
}

// What a program or a host is stands in the file, or there is no config: a
// decision about anything else would be about another server.
func TestVariablesInWhatStarts(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		`{"command": "${env:X}"}`, `{"command": "${X}/bin"}`, `{"command": "${input:x}"}`, `{"url": "https://${env:HOST}/mcp"}`,
		`{"url": "${X}"}`, `{"command": "a", "envFile": "${env:X}/.env"}`,
	} {
		file := read(t, "", "/tmp/x.json", `{"mcpServers": {"a": `+entry+`}}`)
		require.Nil(t, file.Servers[0].Config, entry)
		require.Contains(t, file.Servers[0].Problem, "stands in a variable, ", entry)
		require.Len(t, file.Servers[0].Variables, 1, entry)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	servers := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"mcpServers": {`)
		for i := range n {
			fmt.Fprintf(&b, "%s\"s%d\": {}", strings.Repeat(",", min(i, 1)), i)
		}
		return b.String() + "}}"
	}
	require.Len(t, read(t, "cursor", "/tmp/x.json", servers(clients.MaxServers)).Servers, clients.MaxServers)
	_, err := clients.ReadData(t.Context(), clients.Location{Path: "/tmp/x.json"}, []byte(servers(clients.MaxServers+1)))
	require.EqualError(t, err, "/tmp/x.json: has more than 10000 servers")

	large := write(t, filepath.Join(t.TempDir(), "mcp.json"), `{"mcpServers": {}}`+strings.Repeat(" ", clients.MaxFileBytes))
	_, err = clients.Read(t.Context(), clients.Location{Path: large})
	require.EqualError(t, err, large+": is larger than 8 MiB")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = clients.Read(ctx, clients.Location{Path: large})
	require.ErrorIs(t, err, context.Canceled)
	_, err = clients.ReadData(ctx, clients.Location{Path: "/tmp/x.json"}, []byte(servers(2)))
	require.ErrorIs(t, err, context.Canceled)
}

// What is wrong is said without the values, which may be secrets.
func TestProblemsQuoteNoValue(t *testing.T) {
	t.Parallel()
	const secret = "sample-secret-value"
	for _, text := range []string{
		`{"mcpServers": {"a": {"command": ["SECRET"]}}}`,
		`{"mcpServers": {"a": {"command": "x", "args": "SECRET"}}}`,
		`{"mcpServers": {"a": {"command": "x", "args": [["SECRET"]]}}}`,
		`{"mcpServers": {"a": {"command": "x", "env": "SECRET"}}}`,
		`{"mcpServers": {"a": {"command": "x", "env": {"A": ["SECRET"]}}}}`,
		`{"mcpServers": {"a": {"command": "x", "env": {"A": "SECRET\u0000"}}}}`,
		`{"mcpServers": {"a": {"command": "SECRET\u0007"}}}`,
		`{"mcpServers": {"a": {"command": "x", "url": "SECRET"}}}`,
		`{"mcpServers": {"a": {"url": "SECRET"}}}`,
		`{"mcpServers": {"a": {"url": "https://u:SECRET@[::1"}}}`,
		`{"mcpServers": {"a": {"url": "https://x.example", "headers": {"A": "SECRET\n"}}}}`,
		`{"mcpServers": {"a": {"url": "https://x.example", "headers": "SECRET"}}}`,
		`{"mcpServers": {"a": {"type": "SECRET", "command": "x"}}}`,
		`{"mcpServers": {"a": "SECRET"}}`,
		`{"mcpServers": "SECRET"}`,
		`{"mcpServers": {"a": {"env": {"A": "SECRET"} "x": 1}}}`,
		`{"mcpServers": {"a": {"env": {"A": "SECRET\q"}}}}`,
		`{"mcpServers": {"a": {"env": {"A": SECRET}}}}`,
	} {
		file, err := clients.ReadData(t.Context(), clients.Location{Path: "/tmp/x.json"}, []byte(strings.ReplaceAll(text, "SECRET", secret)))
		if err != nil {
			require.NotContains(t, err.Error(), secret, text)
			continue
		}
		said := fmt.Sprint(file.Problems)
		for _, s := range file.Servers {
			said += s.Problem
		}
		require.NotEqual(t, "[]", said, "%s: nothing is wrong", text)
		require.NotContains(t, said, secret, text)
	}
}

// FuzzRead requires of anything at all that is read without an error that each
// server has a config that a runner takes, or says why not.
func FuzzRead(f *testing.F) {
	for _, path := range []string{"x.json", "x.toml", "x.yaml", "x.xml", "registry.yaml"} {
		for _, text := range []string{
			`{"mcpServers": {"a": {"command": "npx", "args": ["${X:-y}"], "env": {"A": "${input:a}"}}}, "inputs": [{"id": "a", "password": true}]}`,
			"[mcp_servers.a]\ncommand = 'x'\nenv_vars = ['A']\n", "mcpServers:\n- name: a\n  command: x\n",
			`<application><component name="McpApplicationServerCommands"><McpServerCommand><option name="name" value="a"/><option name="programPath" value="x"/><option name="arguments" value="a &quot;b"/></McpServerCommand></component></application>`,
			"registry:\n  a:\n    image: b\n    volumes: ['{{c|volume|into}}']\n",
		} {
			for i := range clients.Known() {
				f.Add(path, []byte(text), uint8(i))
			}
		}
	}
	f.Fuzz(func(t *testing.T, path string, data []byte, client uint8) {
		known := append(clients.Known(), clients.Client{})
		c := known[int(client)%len(known)]
		file, err := clients.ReadData(t.Context(), clients.Location{
			Client: c, Path: filepath.Join("/nonexistent", filepath.Base(path)), Scope: clients.ScopeUser, Home: "/home/alice", OS: "linux",
		}, data)
		if err != nil {
			return
		}
		for _, s := range file.Servers {
			require.Equal(t, s.Config == nil, s.Problem != "", "%s: %+v", c.ID, s)
			if s.Config != nil {
				require.NoError(t, s.Config.Validate())
			}
			require.Positive(t, s.Line)
		}
	})
}

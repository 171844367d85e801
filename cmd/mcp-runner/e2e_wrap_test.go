package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

// serveSeen makes this test binary a server that tells what it was started with.
const serveSeen = "serve-seen"

func init() {
	if len(os.Args) > 1 && os.Args[1] == serveSeen {
		server := mcp.NewServer(&mcp.Implementation{Name: "seen", Version: "1"}, nil)
		addSeen(server)
		fmt.Fprintln(os.Stderr, "seen is up")
		if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(23)
	}
}

type seenArgs struct {
	Names []string `json:"names"`
}

type seen struct {
	Args []string          `json:"args"`
	Env  map[string]string `json:"env"`
	Dir  string            `json:"dir"`
}

func addSeen(server *mcp.Server) {
	mcp.AddTool(server, &mcp.Tool{Name: "seen"}, func(_ context.Context, _ *mcp.CallToolRequest, in seenArgs) (*mcp.CallToolResult, seen, error) {
		out := seen{Args: os.Args[1:], Env: map[string]string{}}
		for _, name := range in.Names {
			if value, ok := os.LookupEnv(name); ok {
				out.Env[name] = value
			}
		}
		var err error
		out.Dir, err = os.Getwd()
		return nil, out, err
	})
}

// clientEntry is what a client reads of a server.
type clientEntry struct {
	Type    string            `json:"type"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
	EnvFile map[string]string `json:"-"`
	Cwd     string            `json:"cwd"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// start starts an entry as clients do: with the variables that SDKs pass on and
// those of the entry, in its directory.
func (e clientEntry) start(t *testing.T, stderr *logged) *exec.Cmd {
	t.Helper()
	command := e.Command
	if path, _, _ := strings.Cut(e.Env["PATH"], ":"); path != "" && !strings.Contains(command, "/") {
		command = filepath.Join(path, command) // a name is looked up in the PATH of the entry
	}
	cmd := exec.Command(command, e.Args...)
	cmd.Env = []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH"), "XDG_STATE_HOME=" + t.TempDir()}
	for _, vars := range []map[string]string{e.EnvFile, e.Env} {
		for name, value := range vars {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Dir = e.Cwd
	cmd.Stderr = stderr
	return cmd
}

func entriesOf(t *testing.T, path string) map[string]clientEntry {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var c struct {
		MCPServers map[string]clientEntry `json:"mcpServers"`
	}
	require.NoError(t, json.Unmarshal(data, &c))
	return c.MCPServers
}

func runBinary(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(binary, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// TestWrappedServersGetTheSame starts the servers of a configuration as a client
// does, before and after it is wrapped: arguments, variables, directory, stderr
// and exit code are the same.
func TestWrappedServersGetTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "bin", "a server")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte("# c\nexport FROM_FILE=\"quoted $x\"\nOTHER='1'\n"), 0o600))
	config := map[string]any{"mcpServers": map[string]any{
		"plain":    map[string]any{"command": self, "args": []string{serveSeen}},
		"odd":      map[string]any{"command": self, "args": []string{serveSeen, "--", "-e", "X", "", "a b", "é\"\\", "--name", "$HOME"}},
		"env":      map[string]any{"command": self, "args": []string{serveSeen}, "env": map[string]string{"K": "v = \"x\" ", "EMPTY": "", "LANG": "xx"}},
		"relative": map[string]any{"command": "./bin/a server", "args": []string{serveSeen}, "cwd": dir},
		"by PATH":  map[string]any{"command": "a server", "args": []string{serveSeen}, "env": map[string]string{"PATH": filepath.Join(dir, "bin") + ":/usr/bin"}},
		"file":     map[string]any{"command": self, "args": []string{serveSeen}, "envFile": filepath.Join(dir, ".env"), "env": map[string]string{"OTHER": "2"}},
		"-x":       map[string]any{"command": self, "args": []string{serveSeen}, "env": map[string]string{"-e": "x"}},
	}}
	path := filepath.Join(dir, "mcp.json")
	data, err := json.MarshalIndent(config, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o600))

	fromFile := map[string]string{"FROM_FILE": "quoted $x", "OTHER": "1"}
	ask := func(name string, e clientEntry) (seen, string, int) {
		if name == "file" {
			e.EnvFile = fromFile
		}
		var stderr logged
		session, err := connect(t.Context(), &mcp.CommandTransport{Command: e.start(t, &stderr)})
		require.NoError(t, err, "%s: %s", name, &stderr)
		text, err := call(t.Context(), session, "seen", `{"names":["K","EMPTY","LANG","PATH","OTHER","FROM_FILE","-e","HOME","MCP_RUNNER_POLICY"]}`)
		require.NoError(t, err)
		var s seen
		require.NoError(t, json.Unmarshal([]byte(text), &s))
		code := 0
		var exit *exec.ExitError
		if err := session.Close(); errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		return s, stderr.String(), code
	}
	before := entriesOf(t, path)
	runBinary(t, "wrap", path)
	for name, wrapped := range entriesOf(t, path) {
		require.Equal(t, binary, wrapped.Command)
		want, wantErr, wantCode := ask(name, before[name])
		got, gotErr, code := ask(name, wrapped)
		require.Equal(t, want, got, name)
		require.Equal(t, 23, wantCode)
		require.Equal(t, wantCode, code, name)
		require.Contains(t, gotErr, strings.TrimSpace(wantErr), name)
	}
	runBinary(t, "unwrap", path)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(data), string(after))
}

// TestWrappedRemote reaches a remote server with the headers that the client
// would have sent, and shows none of them on a command line.
func TestWrappedRemote(t *testing.T) {
	t.Parallel()
	server := mcp.NewServer(&mcp.Implementation{Name: "remote", Version: "1"}, nil)
	addSeen(server)
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer open sesame" || r.Header.Get("X-Key") != "k" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	path := filepath.Join(t.TempDir(), "mcp.json")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil,
		`{"mcpServers": {"r": {"type": "http", "url": %q, "headers": {"Authorization": "Bearer open sesame", "X-Key": "k"}}}}`, web.URL), 0o600))
	require.NotContains(t, runBinary(t, "wrap", path), "sesame")
	e := entriesOf(t, path)["r"]
	require.Equal(t, "stdio", e.Type)
	require.NotContains(t, strings.Join(e.Args, " "), "sesame")
	var stderr logged
	session, err := connect(t.Context(), &mcp.CommandTransport{Command: e.start(t, &stderr)})
	require.NoError(t, err, "%s", &stderr)
	require.Equal(t, "remote", session.InitializeResult().ServerInfo.Name)
	require.NoError(t, session.Close())
}

// TestWrappedDenied is what a client gets that starts a server which policy does
// not allow.
func TestWrappedDenied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.rego"), []byte(denyPolicy), 0o644))
	path := filepath.Join(t.TempDir(), "mcp.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"mcpServers": {"no": {"command": "sh", "args": ["-c", "exit 1"]}}}`), 0o600))
	runBinary(t, "wrap", "--policy", dir, path)
	e := entriesOf(t, path)["no"]
	var stderr logged
	cmd := e.start(t, &stderr)
	_, err := connect(t.Context(), &mcp.CommandTransport{Command: cmd})
	var rpc *jsonrpc.Error
	require.ErrorAs(t, err, &rpc)
	require.EqualValues(t, -32000, rpc.Code)
	require.Contains(t, rpc.Message, "server creation blocked by policy: live: closed for today")
}

// TestWrapKilled kills wrap and unwrap at any moment: the file is the old one or
// the new one.
func TestWrapKilled(t *testing.T) {
	t.Parallel()
	const before = `{"mcpServers": {"a": {"command": "npx", "args": ["x"]}}}`
	path := filepath.Join(t.TempDir(), "mcp.json")
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
	start := time.Now()
	runBinary(t, "wrap", path)
	took := time.Since(start)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	after := string(data)
	changed := 0
	for i := range soak.Times(200) {
		have, err := os.ReadFile(path)
		require.NoError(t, err)
		command := "wrap"
		if string(have) == after {
			command = "unwrap"
		}
		cmd := exec.Command(binary, command, path)
		require.NoError(t, cmd.Start())
		// The moments of one run are spread over all of them.
		timer := time.AfterFunc(time.Duration(rand.Float64()*1.2*float64(took)), func() { _ = cmd.Process.Kill() }) // it may have ended
		_ = cmd.Wait()                                                                                              // killed or not
		timer.Stop()
		now, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, []string{before, after}, string(now), "run %d", i)
		if string(now) != string(have) {
			changed++
		}
	}
	require.Positive(t, changed, "every run was killed before it wrote")
	runBinary(t, "unwrap", path)
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, string(have))
	soak.Report(t, "wrap killed %d times, %d of them after the file was replaced", soak.Times(200), changed)
}

package command_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/stacklok/toolhive/cmd/thv/app"
	"github.com/stacklok/toolhive/pkg/migration"

	"github.com/mcp-runner/mcp-runner/toolhive"
	"github.com/mcp-runner/mcp-runner/toolhive/command"
)

// The tests start their own binary as a thv whose commands are wrapped: ToolHive
// keeps its root command and flags in variables, for one command line a process.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_IS_THV") != "" {
		os.Exit(thv())
	}
	os.Exit(m.Run())
}

func thv() int {
	if err := migration.EnsureDefaultGroupExists(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 70
	}
	policy := toolhive.Register(toolhive.Options{})
	root := app.NewRootCmd(false)
	if err := command.Wrap(root, policy); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 71
	}
	if os.Getenv("TEST_LIST_COMMANDS") != "" {
		list(root)
		return 0
	}
	err := root.ExecuteContext(context.Background())
	command.Explain(os.Stderr, err)
	return app.ExitCodeFromError(err)
}

// list prints the path of every command that runs something.
func list(cmd *cobra.Command) {
	if cmd.Runnable() {
		fmt.Println(strings.TrimPrefix(cmd.CommandPath(), "thv "))
	}
	for _, c := range cmd.Commands() {
		list(c)
	}
}

// machine is a home directory, a policy and a Docker daemon that notes what it is
// asked for.
type machine struct {
	home, policy string
	env          []string

	mu       sync.Mutex
	requests []string
}

// newMachine has a policy that denies servers and registries as rules say.
func newMachine(t *testing.T, rules string) *machine {
	t.Helper()
	m := &machine{home: t.TempDir(), policy: t.TempDir()}
	write(t, filepath.Join(m.policy, "house.rego"), "package mcp.policy.house.rules\n\n"+rules)
	write(t, filepath.Join(m.policy, "data.yaml"), "mcp: {settings: {enforcement: {\"*\": deny}}}\n")
	sock := filepath.Join(shortDir(t), "d.sock")
	l, err := net.Listen("unix", sock)
	require.NoError(t, err)
	srv := &http.Server{Handler: m, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }() // ends in Close
	t.Cleanup(func() { _ = srv.Close() })
	m.env = append(os.Environ(),
		"TEST_IS_THV=1", "HOME="+m.home,
		"XDG_CONFIG_HOME="+filepath.Join(m.home, "config"), "XDG_STATE_HOME="+m.state(),
		"XDG_DATA_HOME="+filepath.Join(m.home, "data"), "XDG_CACHE_HOME="+filepath.Join(m.home, "cache"),
		"TOOLHIVE_DOCKER_SOCKET="+sock, "TOOLHIVE_RUNTIME=docker", "TOOLHIVE_SKIP_DESKTOP_CHECK=1",
		"TOOLHIVE_SECRETS_PROVIDER=environment", "MCP_RUNNER_POLICY="+m.policy,
	)
	return m
}

func (m *machine) state() string { return filepath.Join(m.home, "state") }

// shortDir is a directory whose path is short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "d")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func (m *machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.requests = append(m.requests, r.Method+" "+r.URL.String())
	m.mu.Unlock()
	w.Header().Set("Api-Version", "1.47")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/_ping"):
		fmt.Fprint(w, "OK")
	case strings.HasSuffix(r.URL.Path, "/build"):
		fmt.Fprintln(w, `{"stream":"built\n"}`)
	case strings.HasSuffix(r.URL.Path, "/containers/json"), strings.HasSuffix(r.URL.Path, "/images/json"):
		fmt.Fprint(w, "[]")
	default:
		http.Error(w, `{"message":"not here"}`, http.StatusNotFound)
	}
}

// changes are the requests that make something.
func (m *machine) changes() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, r := range m.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			out = append(out, r)
		}
	}
	return out
}

type ended struct {
	code           int
	stdout, stderr string
}

func (m *machine) run(t *testing.T, args ...string) ended {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env, cmd.Dir = m.env, m.home
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if _, ok := err.(*exec.ExitError); !ok {
		require.NoError(t, err)
	}
	return ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

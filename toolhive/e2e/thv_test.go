package e2e_test

import (
	"context"
	"errors"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The programs as they are built.
var binary, proxyrunner string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "thv")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, proxyrunner = filepath.Join(dir, "thv-gated"), filepath.Join(dir, "thv-proxyrunner-gated")
	// Debug information would take most of the time that the link takes.
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", dir+string(filepath.Separator), "../cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// person has a home of its own, a policy and a container engine.
type person struct {
	home, policy, decisions string
	env                     []string
}

// newPerson returns one whose policy directory has one policy, of package
// mcp.policy.house.
func newPerson(t *testing.T, socket, rules string) *person {
	t.Helper()
	p := &person{home: t.TempDir(), policy: t.TempDir()}
	p.decisions = filepath.Join(p.home, "decisions.jsonl")
	p.setPolicy(t, rules)
	p.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "TMPDIR=" + p.home,
		"XDG_CONFIG_HOME=" + filepath.Join(p.home, "config"), "XDG_STATE_HOME=" + filepath.Join(p.home, "state"),
		"XDG_DATA_HOME=" + filepath.Join(p.home, "data"), "XDG_CACHE_HOME=" + filepath.Join(p.home, "cache"),
		"TOOLHIVE_DOCKER_SOCKET=" + socket, "TOOLHIVE_SKIP_UPDATE_CHECK=true", "TOOLHIVE_SKIP_DESKTOP_CHECK=1",
		"TOOLHIVE_USAGE_METRICS_ENABLED=false", "TOOLHIVE_SECRETS_PROVIDER=environment",
		"MCP_RUNNER_POLICY=" + p.policy, "MCP_RUNNER_DECISION_LOG=" + p.decisions,
	}
	return p
}

// setPolicy replaces the policy as a whole.
func (p *person) setPolicy(t *testing.T, rules string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "house.rego")
	require.NoError(t, os.WriteFile(file, []byte("package mcp.policy.house\n\n"+rules), 0o644))
	require.NoError(t, os.Rename(file, filepath.Join(p.policy, "house.rego")))
}

func (p *person) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = p.env
	cmd.Dir = p.home
	cmd.WaitDelay = 10 * time.Second // who was started by it may hold its output
	return cmd
}

type ended struct {
	stdout, stderr string
	code           int
}

// run runs thv-gated to its end.
func (p *person) run(t *testing.T, args ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute) // for cleanups too
	defer cancel()
	return finish(t, p.command(ctx, args...))
}

func finish(t *testing.T, cmd *exec.Cmd) ended {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, stderr.String())
	}
	return ended{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// decided are the lines of the decision log.
func (p *person) decided(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(p.decisions)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

const (
	allowAll = `deny contains "never" if input.server.name == "nobody"`
	denyAll  = `deny contains {"msg": "closed for today", "remediation": "come back tomorrow"} if input.version == 1`
)

// requireDenied holds the end of a command to what a person reads of a denial.
func requireDenied(t *testing.T, e ended, reason string) {
	t.Helper()
	require.Equal(t, 1, e.code, e.stderr)
	require.Contains(t, e.stderr, "server creation blocked by policy: "+reason)
	require.Contains(t, e.stderr, " is not allowed\n", "the decision is laid out")
}

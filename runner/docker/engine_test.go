package docker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// probeServer is the test server, built once.
var probeServer = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "probe")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // best effort: it is the system's temporary directory
	name := filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-trimpath", "-o", name, "./testdata/servers/probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	return os.ReadFile(name)
})

// probeImage makes an image of the test server, and returns its name.
func probeImage(t *testing.T, changes ...string) string {
	t.Helper()
	enginetest.Host(t)
	program, err := probeServer()
	require.NoError(t, err)
	var rootfs bytes.Buffer
	w := tar.NewWriter(&rootfs)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "server", Mode: 0o755, Size: int64(len(program))}))
	_, err = w.Write(program)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	name := "mcp-runner-test-" + strings.ToLower(rand.Text()) + ":1"
	enginetest.Import(t, name, &rootfs, append([]string{`ENTRYPOINT ["/server"]`}, changes...)...)
	return name
}

// probeEngine is the runtime of the engine that tests may use.
func probeEngine(t *testing.T) *docker.Engine {
	t.Helper()
	return docker.New(docker.Options{Host: enginetest.Host(t)})
}

// probeConfig runs image with args, and says in its labels which test it is of.
func probeConfig(t *testing.T, image string, args ...string) *runner.RunConfig {
	t.Helper()
	return &runner.RunConfig{
		SchemaVersion:   runner.CurrentSchemaVersion,
		Image:           image,
		Name:            "probe",
		CmdArgs:         args,
		ContainerLabels: map[string]string{"test": t.Name()},
		Container:       &runner.ContainerOptions{Pull: runner.PullNever},
	}
}

// outcome is what a server wrote, and how it ended.
type outcome struct {
	stdout, stderr string
	err            error
}

func runProbe(t *testing.T, e *docker.Engine, cfg *runner.RunConfig, stdin string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := runner.New(runner.Options{Containers: e}).Run(t.Context(), cfg,
		runner.Stdio{Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr})
	requireNothingLeft(t)
	return outcome{stdout.String(), stderr.String(), err}
}

// containersOf returns the IDs of the containers of a test.
func containersOf(t *testing.T, label string) []string {
	t.Helper()
	c := enginetest.Client(t)
	found, err := c.ContainerList(context.WithoutCancel(t.Context()),
		client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", "test="+label)})
	require.NoError(t, err)
	var ids []string
	for _, item := range found.Items {
		ids = append(ids, item.ID)
	}
	return ids
}

func requireNothingLeft(t *testing.T) {
	t.Helper()
	require.Empty(t, containersOf(t, t.Name()))
}

func TestEngineEcho(t *testing.T) {
	got := runProbe(t, probeEngine(t), probeConfig(t, probeImage(t)), "one\ntwo\n")
	require.NoError(t, got.err)
	require.Equal(t, "one\ntwo\n", got.stdout)
	require.Empty(t, got.stderr)
}

// Much more than any buffer on the way holds comes back unchanged.
func TestEngineEchoLarge(t *testing.T) {
	sent := strings.Repeat(strings.Repeat("x", 1<<16)+"\n", 100)
	got := runProbe(t, probeEngine(t), probeConfig(t, probeImage(t)), sent)
	require.NoError(t, got.err)
	require.Equal(t, len(sent), len(got.stdout))
	require.True(t, sent == got.stdout)
}

func probeFacts(t *testing.T, cfg *runner.RunConfig) map[string]string {
	t.Helper()
	cfg.CmdArgs = []string{"facts"}
	got := runProbe(t, probeEngine(t), cfg, "")
	require.NoError(t, got.err, got.stderr)
	var all map[string]string
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &all))
	return all
}

func TestEngineHardened(t *testing.T) {
	t.Setenv("MCP_RUNNER_TEST_CANARY", "canary")
	all := probeFacts(t, probeConfig(t, probeImage(t)))
	for name, want := range map[string]string{
		"uid":        "65532:65532",
		"root":       "read-only file system",
		"tmp":        "ok",
		"CapInh":     "0000000000000000",
		"CapPrm":     "0000000000000000",
		"CapEff":     "0000000000000000",
		"CapBnd":     "0000000000000000",
		"CapAmb":     "0000000000000000",
		"NoNewPrivs": "1",
		"Seccomp":    "2",
		"memory":     "1073741824",
		"pids":       "512",
		"cpus":       "200000",
	} {
		require.Equal(t, want, all[name], name)
	}
	require.NotEqual(t, "1", all["pid"], "there is no init")
	require.NotContains(t, all["env"], "canary")
}

func TestEngineUser(t *testing.T) {
	image := probeImage(t, "USER 1234:4321")
	require.Equal(t, "1234:4321", probeFacts(t, probeConfig(t, image))["uid"])
	cfg := probeConfig(t, image)
	cfg.Container.User = "99:98"
	require.Equal(t, "99:98", probeFacts(t, cfg)["uid"])
}

func TestEngineEnvironment(t *testing.T) {
	t.Setenv("MCP_RUNNER_TEST_COPIED", "copied value")
	t.Setenv("MCP_RUNNER_SECRET_token", "s3cret value")
	cfg := probeConfig(t, probeImage(t, "ENV OF_IMAGE=image"))
	cfg.EnvVars = map[string]string{"LITERAL": "--privileged \"quoted\" $HOME\nnext"}
	cfg.HostEnv = []string{"MCP_RUNNER_TEST_COPIED", "MCP_RUNNER_TEST_UNSET"}
	cfg.Secrets = []string{"token,target=TOKEN"}
	env := probeFacts(t, cfg)["env"]
	for _, want := range []string{
		"LITERAL=--privileged \"quoted\" $HOME\nnext", "MCP_RUNNER_TEST_COPIED=copied value", "TOKEN=s3cret value", "OF_IMAGE=image",
	} {
		require.Contains(t, env, want)
	}
	require.NotContains(t, env, "MCP_RUNNER_TEST_UNSET")
}

func TestEngineExitCode(t *testing.T) {
	got := runProbe(t, probeEngine(t), probeConfig(t, probeImage(t), "exit", "7"), "")
	var exit *runner.ExitError
	require.ErrorAs(t, got.err, &exit)
	require.Equal(t, 7, exit.Code)
	require.Equal(t, "last words\n", got.stderr)
}

func TestEngineMounts(t *testing.T) {
	image := probeImage(t)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		profile runner.PermissionProfile
		want    string
	}{
		"read":  {runner.PermissionProfile{Read: []string{dir + ":/data"}}, "read-only file system\n"},
		"write": {runner.PermissionProfile{Write: []string{dir + ":/data"}}, "ok\n"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := probeConfig(t, image, "write", "/data/"+name)
			cfg.PermissionProfile = &c.profile
			cfg.Container.User = fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()) // as dir's owner
			got := runProbe(t, probeEngine(t), cfg, "")
			require.NoError(t, got.err)
			require.Equal(t, c.want, got.stdout)
		})
	}
	require.NoFileExists(t, filepath.Join(dir, "read"))
	require.FileExists(t, filepath.Join(dir, "write"))
}

func TestEngineMissingMount(t *testing.T) {
	cfg := probeConfig(t, probeImage(t))
	missing := filepath.Join(t.TempDir(), "missing")
	cfg.PermissionProfile = &runner.PermissionProfile{Read: []string{missing + ":/data"}}
	got := runProbe(t, probeEngine(t), cfg, "")
	require.ErrorContains(t, got.err, missing)
	require.NoDirExists(t, missing)
}

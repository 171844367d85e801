package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestInputOfAPackageRunner(t *testing.T) {
	cfg := process("-c", "A=b uvx --with other@1 --with third==2.0 Pkg_X==1.0 --flag")
	cfg.Command = "sh"
	cfg.EnvVars = map[string]string{"B": "c"}
	s := inputFor(t, cfg).Server
	require.True(t, s.Source.Opaque, "other@1 is no requirement")

	cfg.CmdArgs[1] = strings.Replace(cfg.CmdArgs[1], "other@1", "other", 1)
	s = inputFor(t, cfg).Server
	require.False(t, s.Source.Opaque)
	require.Equal(t, gate.KindProcess, s.Kind)
	require.Equal(t, gate.Package{Ecosystem: "pypi", Name: "pkg-x", Version: "1.0", Pinned: true}, s.Package)
	require.Equal(t, []gate.Package{{Ecosystem: "pypi", Name: "other"}, {Ecosystem: "pypi", Name: "third", Version: "2.0", Pinned: true}}, s.Packages)
	require.Equal(t, []gate.Variable{{Name: "A", Source: "literal", Value: "b"}, {Name: "B", Source: "literal", Value: "c"}}, s.Environment)
	require.Equal(t, gate.Image{}, s.Image)
	require.False(t, s.Permissions.Network.Outbound.AllowAll)
}

func TestInputOfAContainerClient(t *testing.T) {
	cfg := process("run", "-i", "--rm", "-e", "K=V", "-e", "FROM_CONFIG", "-e", "FROM_HOST", "-p", "127.0.0.1:80:8080", "--network", "host", "--privileged",
		"--cap-add", "sys_admin", "-u", "0:0", "--read-only", "-m", "1g", "--cpus", "1.5", "--pids-limit", "9", "GHCR.io/acme/x:v1", "arg")
	cfg.Command = "docker"
	cfg.EnvVars = map[string]string{"FROM_CONFIG": "1"}
	s := inputFor(t, cfg).Server
	require.False(t, s.Source.Opaque)
	require.Equal(t, gate.KindContainer, s.Kind)
	require.Equal(t, gate.Image{Reference: "GHCR.io/acme/x:v1", Registry: "ghcr.io", Repository: "acme/x", Tag: "v1"}, s.Image)
	require.Equal(t, []gate.Variable{
		{Name: "FROM_CONFIG", Source: "literal", Value: "1"}, {Name: "FROM_HOST", Source: "host"}, {Name: "K", Source: "literal", Value: "V"},
	}, s.Environment)
	require.Equal(t, []gate.PublishedPort{{HostIP: "127.0.0.1", HostPort: 80, ContainerPort: 8080}}, s.PublishedPorts)
	require.Equal(t, gate.Permissions{Privileged: true, Capabilities: []string{"SYS_ADMIN"}, User: "0:0", ReadOnlyRoot: true, Limits: gate.Limits{MemoryBytes: 1 << 30, CPUs: 1.5, PIDs: 9}, Network: gate.Network{
		Mode: "host", Outbound: gate.Outbound{AllowAll: true, Hosts: []string{}, Ports: []int{}}, Inbound: gate.Inbound{Hosts: []string{}},
	}}, s.Permissions)
	require.Equal(t, "/usr/bin/server", s.Command.Path)
	require.Equal(t, cfg.CmdArgs, s.Command.Args)
	require.NotEmpty(t, s.Command.SHA256)

	cfg.CmdArgs = []string{"run", "--network=none", "x"}
	require.False(t, inputFor(t, cfg).Server.Permissions.Network.Outbound.AllowAll)

	for want, args := range map[string][]string{
		`image "ghcr.io/Acme/x": `:                          {"run", "ghcr.io/Acme/x"},
		"the real paths of the mounts in its command line ": {"run", "-v", "/a:/b", "x"},
	} {
		cfg.CmdArgs = args
		_, err := gate.InputFor(cfg)
		require.ErrorContains(t, err, want)
	}
}

// The same server, started by the runner or by a client's command line, is the
// same to a policy.
func TestInputOfAContainerHoweverItIsStarted(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o755))
	for _, name := range []string{"docker", "docker.bat", "sh", "sh.bat"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("binary"), 0o755))
	}
	t.Setenv("PATH", dir)
	t.Chdir(dir)
	data := filepath.Join(dir, "data")
	resolved := func(cfg *runner.RunConfig) gate.Server {
		t.Helper()
		cfg, err := runner.Resolve(t.Context(), cfg)
		require.NoError(t, err)
		return inputFor(t, cfg).Server
	}
	want := resolved(&runner.RunConfig{Image: "index.docker.io/acme/x:1", Volumes: []string{data + ":/data:ro", "cache:/cache"}, Publish: []string{"127.0.0.1:80:8080"}})
	for _, args := range [][]string{
		{"docker", "run", "-i", "--rm", "-v", data + ":/data:ro", "-v", "cache:/cache", "-p", "127.0.0.1:80:8080", "index.docker.io/acme/x:1"},
		{"docker", "run", "-iv./data:/data/.:ro,z", "--volume=cache:/cache", "-p127.0.0.1:80:8080/tcp", "index.docker.io/acme/x:1", "-v", "/:/x"},
		{"docker", "container", "run", "--mount", "type=bind,src=./data/../data,dst=/data,readonly", "--mount", "src=cache,target=/cache", "--publish", "127.0.0.1:80:8080", "--", "index.docker.io/acme/x:1"},
		{"sh", "-c", "exec docker run -v './data:/data:ro' -v cache:/cache -p 127.0.0.1:80:8080 index.docker.io/acme/x:1"},
	} {
		got := resolved(&runner.RunConfig{Command: args[0], CmdArgs: args[1:]})
		require.False(t, got.Source.Opaque, args)
		require.Equal(t, want.Kind, got.Kind)
		require.Equal(t, want.Image, got.Image)
		require.Equal(t, want.Mounts, got.Mounts)
		require.Equal(t, want.PublishedPorts, got.PublishedPorts)
	}
}

func TestSecretsInACommandLineAreRedacted(t *testing.T) {
	const token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
	for _, args := range [][]string{
		{"docker", "run", "-e", "GITHUB_TOKEN=" + token, "x"},
		{"docker", "run", "-eAPI_KEY=hunter2hunter2", "x"},
		{"env", "GITHUB_TOKEN=" + token, "npx", "pkg"},
		{"sh", "-c", "GITHUB_TOKEN=" + token + " npx pkg"},
		{"sh", "-c", "docker run -e GITHUB_TOKEN=" + token + " x; true"},
		{"npx", "git+https://" + token + "@github.com/a/b"},
		{"uvx", "--from", "git+https://u:" + token + "@h.example/a/b", "b"},
	} {
		cfg := process(args[1:]...)
		cfg.Command = args[0]
		in := inputFor(t, cfg)
		require.NotContains(t, toJSON(t, in), token, args)
		require.NotContains(t, toJSON(t, in), "hunter2", args)
		require.NotEmpty(t, in.Server.Redactions, args)
	}
}

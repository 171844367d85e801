package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

var updateGolden = flag.Bool("update", false, "write the golden files")

// gate is a gate made of a function.
type gate func(context.Context, *runner.RunConfig) error

func (g gate) CheckCreateServer(ctx context.Context, cfg *runner.RunConfig) error { return g(ctx, cfg) }

func register(t *testing.T, g runner.PolicyGate) {
	t.Helper()
	before := runner.ActivePolicyGate()
	t.Cleanup(func() { runner.RegisterPolicyGate(before) })
	runner.RegisterPolicyGate(g)
}

func TestSetupEcho(t *testing.T) {
	d := newFakeDaemon(t)
	var stdout bytes.Buffer
	require.NoError(t, d.run(t, fakeConfig(), runner.Stdio{Stdin: strings.NewReader("a\nb\n"), Stdout: &stdout}))
	require.Equal(t, "a\nb\n", stdout.String())
	require.Equal(t, []string{
		"POST /containers/create", "POST /containers/ID/attach", "POST /containers/ID/start", "POST /containers/ID/wait",
	}, d.asked())
	d.requireNothingLeft(t)
}

// A server that is denied makes no request that creates or pulls.
func TestSetupDenied(t *testing.T) {
	register(t, gate(func(context.Context, *runner.RunConfig) error { return errors.New("denied") }))
	d := newFakeDaemon(t)
	err := d.run(t, fakeConfig(), runner.Stdio{})
	require.ErrorContains(t, err, "denied")
	require.NotEmpty(t, d.requests, "the image is looked up before the question")
	require.Empty(t, d.asked())
}

// Only a Runner makes what Setup takes.
func TestSetupNotAllowed(t *testing.T) {
	d := newFakeDaemon(t)
	for name, approved := range map[string]*runner.Approved{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			_, err := d.engine.Setup(t.Context(), approved, runner.Stdio{})
			require.ErrorContains(t, err, "no policy gate was asked")
			require.Empty(t, d.requests)
		})
	}
}

// changing replaces what differs from run to run.
var changing = regexp.MustCompile(`("io\.github\.mcp-runner\.(?:host|boot|pid|started|specification|container)": )"[^"]*"`)

// What a person wrote reaches the engine as data, byte for byte, whatever it looks
// like; and every container is hardened in the same way.
func TestSetupRequest(t *testing.T) {
	hostile := []string{
		"--privileged", "-v", "/:/host", "--cap-add=ALL", `{"HostConfig":{"Privileged":true}}`, "", " ", "$(id)", "`id`", "; id", "'\"", "a\nb", "é\u202e", "--", "-", "\\",
	}
	for name, change := range map[string]func(*runner.RunConfig){
		"plain": func(*runner.RunConfig) {},
		"smuggling": func(c *runner.RunConfig) {
			c.Name = `--privileged ","HostConfig":{`
			c.CmdArgs = hostile
			c.EnvVars = map[string]string{"A": strings.Join(hostile, "\x01"), "B": "=", "C": ""}
			c.ContainerLabels = map[string]string{"--privileged": "true", `x","y":"`: hostile[4], "": "", "com.example": "\n"}
			delete(c.ContainerLabels, "")
		},
		"options": func(c *runner.RunConfig) {
			c.Container = &runner.ContainerOptions{User: "1:2", WritableRoot: true, MemoryBytes: 64 << 20, PIDs: 9, CPUs: 0.5}
			c.PermissionProfile = &runner.PermissionProfile{Privileged: true, Network: &runner.NetworkPermissions{Mode: "host"}}
			c.Volumes = []string{"data:/data:ro", "more:/tmp"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFakeDaemon(t)
			cfg := fakeConfig()
			change(cfg)
			require.NoError(t, d.run(t, cfg, runner.Stdio{}))
			var indented bytes.Buffer
			require.NoError(t, json.Indent(&indented, d.created, "", "  "))
			got := changing.ReplaceAllString(indented.String(), `$1"…"`)
			file := filepath.Join("testdata", "create_"+name+".json")
			if *updateGolden {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got)

			var request struct{ container.Config }
			require.NoError(t, json.Unmarshal(d.created, &request))
			if cfg.CmdArgs != nil {
				require.Equal(t, cfg.CmdArgs, request.Cmd)
			}
			for name, value := range cfg.EnvVars {
				require.Contains(t, request.Env, name+"="+value)
			}
			for name, value := range cfg.ContainerLabels {
				require.Equal(t, value, request.Labels[name])
			}
			require.Equal(t, cfg.Name, request.Labels[docker.LabelName])
		})
	}
}

// An engine that creates another container than it was asked for starts nothing.
func TestSetupEngineLies(t *testing.T) {
	for name, lie := range map[string]func(*container.InspectResponse){
		"privileged is true":         func(c *container.InspectResponse) { c.HostConfig.Privileged = true },
		"image is":                   func(c *container.InspectResponse) { c.Image = "sha256:2" },
		"user is root":               func(c *container.InspectResponse) { c.Config.User = "root" },
		`network is "bridge"`:        func(c *container.InspectResponse) { c.HostConfig.NetworkMode = "bridge" },
		"capabilities added is 1":    func(c *container.InspectResponse) { c.HostConfig.CapAdd = []string{"SYS_ADMIN"} },
		"memory limit is 0":          func(c *container.InspectResponse) { c.HostConfig.Memory = 0 },
		"process limit is 0":         func(c *container.InspectResponse) { c.HostConfig.PidsLimit = nil },
		"processor limit is 0":       func(c *container.InspectResponse) { c.HostConfig.CPUQuota = 0 },
		"read-only root is false":    func(c *container.InspectResponse) { c.HostConfig.ReadonlyRootfs = false },
		"PID namespace is true":      func(c *container.InspectResponse) { c.HostConfig.PidMode = "host" },
		"IPC namespace is true":      func(c *container.InspectResponse) { c.HostConfig.IpcMode = "host" },
		"devices is 1":               func(c *container.InspectResponse) { c.HostConfig.Devices = make([]container.DeviceMapping, 1) },
		"capabilities kept is true":  func(c *container.InspectResponse) { c.HostConfig.CapDrop = nil },
		"gain of privileges is true": func(c *container.InspectResponse) { c.HostConfig.SecurityOpt = []string{"no-new-privileges=false"} },
		"confinement switched off is true": func(c *container.InspectResponse) {
			c.HostConfig.SecurityOpt = append(c.HostConfig.SecurityOpt, "seccomp=unconfined")
		},
		"groups added is 1":        func(c *container.InspectResponse) { c.HostConfig.GroupAdd = []string{"0"} },
		"arguments are others":     func(c *container.InspectResponse) { c.Config.Cmd = []string{"x"} },
		"nothing is mounted at /a": func(c *container.InspectResponse) { c.Mounts = nil },
		"bind is mounted at /etc": func(c *container.InspectResponse) {
			c.Mounts = append(c.Mounts, container.MountPoint{Type: mount.TypeBind, Destination: "/etc"})
		},
		"mount at /a is another":     func(c *container.InspectResponse) { c.Mounts[0].RW = true },
		"mount at /a is volume evil": func(c *container.InspectResponse) { c.Mounts[0].Name = "evil" },
		"does not tell":              func(c *container.InspectResponse) { c.HostConfig = nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := newFakeDaemon(t)
			d.lie = lie
			cfg := fakeConfig()
			cfg.CmdArgs = []string{"a"}
			cfg.Volumes = []string{"data:/a:ro"}
			require.ErrorContains(t, d.run(t, cfg, runner.Stdio{}), name)
			require.Equal(t, []string{"POST /containers/create"}, d.asked())
			d.requireNothingLeft(t)
		})
	}
}

func bridged() *runner.PermissionProfile {
	return &runner.PermissionProfile{Network: &runner.NetworkPermissions{Mode: "bridge"}}
}

// Whatever fails, and whenever the caller goes away, nothing is left.
func TestSetupFails(t *testing.T) {
	for _, step := range []string{
		"POST /networks/create", "POST /containers/create", "GET /containers/ID/json", "POST /containers/ID/attach", "POST /containers/ID/start",
	} {
		t.Run("failure of "+step, func(t *testing.T) {
			d := newFakeDaemon(t)
			d.fail = step
			cfg := fakeConfig()
			cfg.PermissionProfile = bridged()
			err := d.run(t, cfg, runner.Stdio{})
			if !strings.HasSuffix(step, "attach") { // the client tells the status only
				require.ErrorContains(t, err, "no "+step)
			}
			require.Error(t, err)
			d.requireNothingLeft(t)
		})
		if strings.HasPrefix(step, "GET") {
			continue
		}
		t.Run("end of the caller at "+step, func(t *testing.T) {
			d := newFakeDaemon(t)
			ctx, cancel := context.WithCancel(t.Context())
			d.at = func(request string) {
				if request == step {
					cancel()
				}
			}
			cfg := fakeConfig()
			cfg.PermissionProfile = bridged()
			stdin, stdout := newSilence(t)
			err := runner.New(runner.Options{Containers: d.engine}).Run(ctx, cfg, runner.Stdio{Stdin: stdin, Stdout: stdout})
			require.Error(t, err)
			d.requireNothingLeft(t)
		})
	}
}

// Nothing goes to or from a server that has something else mounted: here nothing
// at all, for the fake's containers run in this process.
func TestSetupMountsDiffer(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return // nobody but root on Linux looks at mounts
	}
	d := newFakeDaemon(t)
	d.engine.SetLocal(t)
	cfg := fakeConfig()
	cfg.PermissionProfile = &runner.PermissionProfile{Read: []string{t.TempDir() + ":/proc"}}
	var stdout bytes.Buffer
	err := d.run(t, cfg, runner.Stdio{Stdin: strings.NewReader("x\n"), Stdout: &stdout})
	require.ErrorContains(t, err, "the container has another file or directory at /proc than policy was asked about")
	require.Empty(t, stdout.String())
	require.Equal(t, "POST /containers/ID/start", d.asked()[len(d.asked())-1])
	d.requireNothingLeft(t)
}

// newSilence is a client that says nothing until the test ends.
func newSilence(t *testing.T) (stdin, stdout *os.File) {
	t.Helper()
	stdin, other, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, errors.Join(other.Close(), stdin.Close())) })
	stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stdout.Close()) })
	return stdin, stdout
}

// Secrets are asked for only once everything else is known to be in order, and
// stand in no error.
func TestSetupSecrets(t *testing.T) {
	d := newFakeDaemon(t)
	t.Setenv("MCP_RUNNER_SECRET_token", "s3cret")
	d.fail = "POST /containers/create"
	cfg := fakeConfig()
	cfg.Secrets = []string{"token,target=TOKEN"}
	err := d.run(t, cfg, runner.Stdio{})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "s3cret")
	cfg.Secrets = []string{"missing,target=TOKEN"}
	d.fail = ""
	require.ErrorContains(t, d.run(t, cfg, runner.Stdio{}), "missing")
	d.requireNothingLeft(t)
}

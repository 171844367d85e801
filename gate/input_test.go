package gate_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

func TestInputIsTotal(t *testing.T) {
	for name, cfg := range map[string]*runner.RunConfig{
		"empty":   {},
		"process": process("a"),
		"remote":  {RemoteURL: "https://example.com"},
		"image":   {Image: "alpine", PermissionProfile: &runner.PermissionProfile{Network: &runner.NetworkPermissions{Outbound: &runner.OutboundPermissions{}, Inbound: &runner.InboundPermissions{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputFor(t, cfg)
			require.Equal(t, gate.InputVersion, in.Version)
			require.Equal(t, gate.OperationCreateServer, in.Operation)
			requireTotal(t, "input", reflect.ValueOf(in))
			require.NotContains(t, toJSON(t, in), "null")
		})
	}
	t.Run("by a host", func(t *testing.T) {
		d, err := newGate(t).Decide(t.Context(), gate.Input{Operation: "update_registry"})
		require.ErrorIs(t, err, gate.ErrUndecided)
		require.Equal(t, "update_registry", d.Input.Operation)
		requireTotal(t, "input", reflect.ValueOf(*d.Input))
	})
}

// requireTotal fails on a list or map that is nil, or that cannot be looked into.
func requireTotal(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			requireTotal(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		require.False(t, v.IsNil(), path)
		requireTotal(t, path+"[]", reflect.New(v.Type().Elem()).Elem())
	case reflect.Map:
		require.False(t, v.IsNil(), path)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
	default:
		t.Fatalf("%s is a %s", path, v.Kind())
	}
}

func TestInputOpaque(t *testing.T) {
	for line, want := range map[string]string{
		"docker run x":                          "container",
		"/usr/bin/podman run x":                 "opaque container", // from which registry?
		"/usr/bin/podman run ghcr.io/a/x":       "container",
		`C:\Docker\DOCKER.EXE run x`:            "container",
		"docker run --pid=host x":               "opaque container",
		"docker compose up":                     "opaque container",
		"nerdctl ps":                            "opaque process",
		"env docker run x":                      "container",
		"env DOCKER_HOST=tcp://h docker run x":  "opaque container",
		"sudo -n /usr/bin/docker run x":         "container",
		"sudo -n /opt/docker run x":             "opaque container",
		"sh -c|exec docker run x":               "container",
		"sh -c|docker run x; true":              "opaque container",
		"bash -c|doc''ker run x":                "container",
		"bash -c|$(which podman) run x":         "opaque container",
		`cmd /c|C:\bin\docker.exe run x`:        "opaque container",
		"cmd /c docker run x":                   "container",
		"python3.13 -c|os.system('docker run')": "opaque container",
		"nohup xargs docker":                    "opaque process",
		"timeout 5 nice podman pull x":          "opaque process",
		"find . -exec docker run x":             "opaque container",
		"ssh host docker run x":                 "opaque container",
		"op run -- /usr/bin/docker run x":       "opaque container",
		"op run -- npx -y x":                    "opaque process",
		`git -c|alias.x=!docker run x`:          "opaque container",
		`awk|BEGIN{system("podman run x")}`:     "opaque container",
		"make docker":                           "opaque process",
		"npx --registry http://x -y y":          "opaque process",
		"npx -y docker-mcp":                     "process",
		"npx -y server docker":                  "process",
		"npx -y server docker run x":            "opaque container",
		"server /opt/docker/config.json":        "process",
		"uvx mcp-server-docker":                 "process",
		"uvx docker run x":                      "opaque container", // the one of this machine
		"server --driver docker":                "process",
		"sh -c|exec server --name dockerish":    "process",
		"dockerd run":                           "process",
	} {
		t.Run(line, func(t *testing.T) {
			head, script, hasScript := strings.Cut(line, "|")
			args := strings.Fields(head)
			if hasScript {
				args = append(args, script)
			}
			cfg := process(args[1:]...)
			cfg.Command, cfg.Resolved.Command.Argv0 = args[0], "/usr/bin/x"
			in := inputFor(t, cfg)
			got := in.Server.Kind
			if in.Server.Source.Opaque {
				got = "opaque " + got
			}
			require.Equal(t, want, got)
			require.Equal(t, in.Server.Source.Opaque, in.Server.Source.OpaqueReason != "")
			require.Equal(t, gate.Source{
				Reference: args[0], Scheme: "command", Opaque: in.Server.Source.Opaque, OpaqueReason: in.Server.Source.OpaqueReason,
			}, in.Server.Source)
		})
	}
	for name, change := range map[string]func(*runner.ResolvedCommand){
		"argv0":    func(c *runner.ResolvedCommand) { c.Argv0 = "/opt/docker" },
		"resolved": func(c *runner.ResolvedCommand) { c.Path = "/opt/podman" },
		"script":   func(c *runner.ResolvedCommand) { c.Interpreter = &runner.Interpreter{Path: "/usr/bin/docker"} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := process("x")
			change(cfg.Resolved.Command)
			s := inputFor(t, cfg).Server
			require.True(t, s.Source.Opaque)
			require.Equal(t, gate.KindContainer, s.Kind)
			require.True(t, s.Permissions.Network.Outbound.AllowAll)
		})
	}
}

func TestInputFields(t *testing.T) {
	cfg := process("-x", "y")
	cfg.Group, cfg.IsolateNetwork, cfg.RegistryServerName, cfg.RegistryURL, cfg.RegistryAPIURL = "g", true, "io.x/y", "https://r", "https://a"
	cfg.ContainerLabels = map[string]string{"b": "2", "a": "1"}
	cfg.EnvVars = map[string]string{"B": "2", "A": "1"}
	cfg.HostEnv = []string{"HOME"}
	cfg.Secrets = []string{"gh,target=AA"}
	cfg.Publish = []string{"127.0.0.1:80:8080", "81:8081"}
	cfg.Volumes = []string{"/a:/b:ro"}
	cfg.ToolsFilter = []string{"z", "a"}
	cfg.OIDCConfig, cfg.AuthzConfigPath = jsontext.Value(`{"issuer":"https://i"}`), "/authz.json"
	cfg.PermissionProfile = &runner.PermissionProfile{Name: "p", Privileged: true, Network: &runner.NetworkPermissions{
		Mode: "host", Outbound: &runner.OutboundPermissions{InsecureAllowAll: true, AllowHost: []string{"h"}, AllowPort: []int{443}}, Inbound: &runner.InboundPermissions{AllowHost: []string{"i"}},
	}}
	cfg.Extra = jsontext.Value(`{"new":{"n":12345678901234567890}}`)
	cfg.Resolved.Mounts = []runner.Mount{{Source: "/a", Resolved: "/c", Target: "/b", ReadOnly: true}}
	cfg.Resolved.Command.Interpreter = &runner.Interpreter{Path: "/usr/bin/python3", SHA256: strings.Repeat("cd", 32)}
	s := inputFor(t, cfg).Server
	require.Equal(t, []gate.Label{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}, s.Labels)
	require.Equal(t, []gate.Variable{{Name: "A", Source: "literal", Value: "1"}, {Name: "AA", Source: "secret"}, {Name: "B", Source: "literal", Value: "2"}, {Name: "HOME", Source: "host"}}, s.Environment)
	require.Equal(t, []gate.Secret{{Name: "gh", Target: "AA"}}, s.Secrets)
	require.Equal(t, []gate.PublishedPort{{HostIP: "127.0.0.1", HostPort: 80, ContainerPort: 8080}, {HostPort: 81, ContainerPort: 8081}}, s.PublishedPorts)
	require.Equal(t, []gate.Mount{{Source: "/a", Resolved: "/c", Target: "/b", ReadOnly: true}}, s.Mounts)
	require.Equal(t, gate.Auth{OIDC: true, Authz: true, Tools: []string{"a", "z"}}, s.Auth)
	require.Equal(t, gate.Provenance{RegistryServerName: "io.x/y", RegistryURL: "https://r", RegistryAPIURL: "https://a"}, s.Provenance)
	require.Equal(t, gate.Permissions{Profile: "p", Privileged: true, Capabilities: []string{}, Network: gate.Network{
		Mode: "host", Isolated: true, Outbound: gate.Outbound{AllowAll: true, Hosts: []string{"h"}, Ports: []int{443}}, Inbound: gate.Inbound{Hosts: []string{"i"}},
	}}, s.Permissions)
	require.Equal(t, gate.Command{Path: "/usr/bin/server", Resolved: "/usr/lib/server/bin", SHA256: strings.Repeat("ab", 32),
		Interpreter: gate.Interpreter{Path: "/usr/bin/python3", SHA256: strings.Repeat("cd", 32)}, Args: []string{"-x", "y"}}, s.Command)
	require.Equal(t, gate.Source{Reference: "server", Scheme: "command"}, s.Source)
	require.Contains(t, toJSON(t, inputFor(t, cfg).Config), `"new":{"n":12345678901234567890}`)
}

func TestInputOfWhatCannotBeJudged(t *testing.T) {
	for want, cfg := range map[string]*runner.RunConfig{
		"run config is nil": nil,
		"run config is not resolved: the file behind its command is not known":                    {Command: "x"},
		"run config is not resolved: the real paths of its mounts are not known":                  {Image: "alpine", Volumes: []string{"/a:/b"}},
		"run config has more than one of image, remote_url and command":                           {Image: "alpine", RemoteURL: "https://x"},
		"permission profile \"/p.json\" is named, but what it allows is not in the run config":    {Image: "alpine", PermissionProfileNameOrPath: "/p.json"},
		"secrets[0]: want NAME,target=VARIABLE":                                                   {Image: "alpine", Secrets: []string{"hunter2"}},
		"image \"<redacted>:x y\": has white space, a control character or one that is not ASCII": {Image: "ghp_abcdefghijklmnopqrstuvwxyz0123456789:x y"},
	} {
		_, err := gate.InputFor(cfg)
		require.EqualError(t, err, want)
	}
	in := inputFor(t, &runner.RunConfig{Image: "alpine", PermissionProfileNameOrPath: "network"})
	require.True(t, in.Server.Permissions.Network.Outbound.AllowAll)
	require.Equal(t, "network", in.Server.Permissions.Profile)
}

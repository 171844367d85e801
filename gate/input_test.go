package gate_test

import (
	"fmt"
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
	case reflect.String, reflect.Bool, reflect.Int:
	default:
		t.Fatalf("%s is a %s", path, v.Kind())
	}
}

func TestInputImage(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	for text, want := range map[string]gate.Image{
		"alpine":                       {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"evil/x":                       {Registry: "docker.io", Repository: "evil/x", Tag: "latest"},
		"DOCKER.IO/alpine":             {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"index.docker.io/a/b:1":        {Registry: "docker.io", Repository: "a/b", Tag: "1"},
		"GHCR.io/Acme/x":               {},
		"GHCR.io/acme/x:v1":            {Registry: "ghcr.io", Repository: "acme/x", Tag: "v1"},
		"localhost:5000/x":             {Registry: "localhost:5000", Repository: "x", Tag: "latest"},
		"ghcr.io/acme/x@" + digest:     {Registry: "ghcr.io", Repository: "acme/x", Digest: digest, Pinned: true},
		"ghcr.io/acme/x:v1@" + digest:  {Registry: "ghcr.io", Repository: "acme/x", Tag: "v1", Digest: digest, Pinned: true},
		"ghcr.io/acme/x:v1@sha256:abc": {},
		"a b":                          {},
		strings.Repeat("ab", 32):       {},
	} {
		t.Run(text, func(t *testing.T) {
			in, err := gate.InputFor(&runner.RunConfig{Image: text})
			if want == (gate.Image{}) {
				require.ErrorContains(t, err, fmt.Sprintf("image %q: ", text))
				return
			}
			require.NoError(t, err)
			want.Reference = text
			require.Equal(t, want, in.Server.Image)
			require.Equal(t, gate.Source{Reference: text, Scheme: "image"}, in.Server.Source)
			require.Equal(t, gate.KindContainer, in.Server.Kind)
		})
	}
	for _, text := range []string{"npx://pkg@1.2.3", "uvx://pkg", "go://example.com/x@v1"} {
		in := inputFor(t, &runner.RunConfig{Image: text})
		scheme, _, _ := strings.Cut(text, "://")
		require.Equal(t, gate.Source{Reference: text, Scheme: scheme}, in.Server.Source)
		require.Equal(t, gate.Image{}, in.Server.Image)
	}
}

func TestInputRemote(t *testing.T) {
	for text, want := range map[string]gate.Remote{
		"https://example.com":                     {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/"},
		"HTTP://Example.COM.:8080/a?b=c#d":        {URL: "http://example.com:8080/a?b=c", Scheme: "http", Host: "example.com", Port: 8080, Path: "/a"},
		"http://example.com:80/a":                 {URL: "http://example.com/a", Scheme: "http", Host: "example.com", Port: 80, Path: "/a"},
		"https://[::1]:9/":                        {URL: "https://[::1]:9/", Scheme: "https", Host: "::1", Port: 9, Path: "/"},
		"https://[2001:DB8:0::1]/":                {URL: "https://[2001:db8::1]/", Scheme: "https", Host: "2001:db8::1", Port: 443, Path: "/"},
		"https://[::ffff:127.0.0.1]/":             {URL: "https://127.0.0.1/", Scheme: "https", Host: "127.0.0.1", Port: 443, Path: "/"},
		"https://bücher.example/":                 {URL: "https://xn--bcher-kva.example/", Scheme: "https", Host: "xn--bcher-kva.example", Port: 443, Path: "/"},
		"https://１２７.0.0.1/":                      {URL: "https://127.0.0.1/", Scheme: "https", Host: "127.0.0.1", Port: 443, Path: "/"},
		"https://example.com/%61pi/%2fx%C3%a9":    {URL: "https://example.com/api/%2Fx%C3%A9", Scheme: "https", Host: "example.com", Port: 443, Path: "/api/%2Fx%C3%A9"},
		"https://u:hunter2@example.com/?token=ab": {URL: "https://example.com/?token=<redacted>", Scheme: "https", Host: "example.com", Port: 443, Path: "/", Authenticated: true},
		"https://tok@example.com/":                {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/", Authenticated: true},
	} {
		t.Run(text, func(t *testing.T) {
			in := inputFor(t, &runner.RunConfig{RemoteURL: text})
			require.Equal(t, want, in.Server.Remote)
			require.Equal(t, "url", in.Server.Source.Scheme)
			require.Equal(t, gate.KindRemote, in.Server.Kind)
			require.NotContains(t, toJSON(t, in), "hunter2")
			require.NotContains(t, toJSON(t, in), "tok@")
		})
	}
	for text, want := range map[string]string{
		"https://example.com/a/../b":          "segment",
		"https://example.com/a/%2e%2E/b":      "segment",
		"ftp://example.com/":                  "http or https",
		"https://u:hunter2@":                  "no host",
		"https://u:hunter2@exa mple.com/":     "not a valid URL",
		"https://u:hunter2@h:99999/":          "port",
		"https://u:hunter2@a\u00adb..\u200d/": "",
	} {
		_, err := gate.InputFor(&runner.RunConfig{RemoteURL: text})
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestInputRemoteAuthenticated(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  runner.RunConfig
		want bool
	}{
		"no":            {},
		"null":          {cfg: runner.RunConfig{RemoteAuthConfig: jsontext.Value("null")}},
		"config":        {runner.RunConfig{RemoteAuthConfig: jsontext.Value(`{}`)}, true},
		"other header":  {cfg: runner.RunConfig{HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-Tenant": "a"}}}},
		"empty header":  {cfg: runner.RunConfig{HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"Authorization": ""}}}},
		"header":        {runner.RunConfig{HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"authorization": "a"}}}, true},
		"secret header": {runner.RunConfig{HeaderForward: &runner.HeaderForward{AddHeadersFromSecret: map[string]string{"X-Tenant": "a"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cfg.RemoteURL = "https://example.com"
			require.Equal(t, tc.want, inputFor(t, &tc.cfg).Server.Remote.Authenticated)
		})
	}
}

func TestInputEndpoint(t *testing.T) {
	for host, want := range map[string]gate.Endpoint{
		"":                 {Loopback: true},
		"127.0.0.1":        {Host: "127.0.0.1", Loopback: true},
		"127.3.2.1":        {Host: "127.3.2.1", Loopback: true},
		"::1":              {Host: "::1", Loopback: true},
		"[::1]":            {Host: "::1", Loopback: true},
		"0:0:0:0:0:0:0:1":  {Host: "::1", Loopback: true},
		"::ffff:127.0.0.1": {Host: "127.0.0.1", Loopback: true},
		"LocalHost":        {Host: "localhost", Loopback: true},
		"0.0.0.0":          {Host: "0.0.0.0"},
		"::":               {Host: "::"},
		"::ffff:0.0.0.0":   {Host: "0.0.0.0"},
		"127.1":            {Host: "127.1"},
		"example.com":      {Host: "example.com"},
		"localhost.evil":   {Host: "localhost.evil"},
	} {
		t.Run(host, func(t *testing.T) {
			want.Port, want.AllowedOrigins, want.TrustProxyHeaders = 8080, []string{"https://a"}, true
			in := inputFor(t, &runner.RunConfig{Host: host, Port: 8080, AllowedOrigins: []string{"https://a"}, TrustProxyHeaders: true})
			require.Equal(t, want, in.Server.Endpoint)
		})
	}
}

func TestInputOpaque(t *testing.T) {
	for line, want := range map[string]string{
		"docker run x":                          gate.KindContainer,
		"/usr/bin/podman run x":                 gate.KindContainer,
		`C:\Docker\DOCKER.EXE run x`:            gate.KindContainer,
		"nerdctl ps":                            gate.KindProcess,
		"env docker run x":                      gate.KindContainer,
		"sudo -n /usr/bin/docker run x":         gate.KindContainer,
		"sh -c|exec docker run x":               gate.KindContainer,
		"bash -c|doc''ker run x":                gate.KindContainer,
		"bash -c|$(which podman) run x":         gate.KindContainer,
		`cmd /c|C:\bin\docker.exe run x`:        gate.KindContainer,
		"python3.13 -c|os.system('docker run')": gate.KindContainer,
		"nohup xargs docker":                    gate.KindProcess,
		"timeout 5 nice podman pull x":          gate.KindProcess,
		"find . -exec docker run x":             gate.KindContainer,
		"ssh host docker run x":                 gate.KindContainer,
		"op run -- /usr/bin/docker run x":       gate.KindContainer,
		`git -c|alias.x=!docker run x`:          gate.KindContainer,
		`awk|BEGIN{system("podman run x")}`:     gate.KindContainer,
		"make docker":                           gate.KindProcess,
		"npx -y docker-mcp":                     "",
		"npx -y server docker":                  "",
		"server /opt/docker/config.json":        "",
		"uvx mcp-server-docker":                 "",
		"server --driver docker":                "",
		"sh -c|exec server --name dockerish":    "",
		"dockerd run":                           "",
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
			require.Equal(t, want != "", in.Server.Source.Opaque)
			if want == "" {
				want = gate.KindProcess
			}
			require.Equal(t, want, in.Server.Kind)
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
			require.True(t, inputFor(t, cfg).Server.Source.Opaque)
		})
	}
}

func TestInputKubernetes(t *testing.T) {
	in := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":{"hostNetwork":true,"hostPID":true,"serviceAccountName":"admin",
		"volumes":[{"name":"a","emptyDir":{}},{"hostPath":{"path":"/etc"}},{"hostPath":{"path":"/var"}}],
		"containers":[{"name":"a"},{"securityContext":{}}],"initContainers":[{"securityContext":{"privileged":true}}],"hostnetwork":false}}`})
	require.Equal(t, gate.Kubernetes{HostNetwork: true, HostPID: true, ServiceAccount: "admin", HostPaths: []string{"/etc", "/var"}, Privileged: true}, in.Server.Kubernetes)
	for _, patch := range []string{`x hunter2`, `[]`, `{"spec":{"hostNetwork":"hunter2"}}`, `{"spec":{"hostNetwork":true,"hostNetwork":false}}`} {
		_, err := gate.InputFor(&runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: patch})
		require.EqualError(t, err, "k8s_pod_template_patch: not a pod template in JSON")
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
		"run config is not resolved: the file behind its command is not known":                 {Command: "x"},
		"run config is not resolved: the real paths of its mounts are not known":               {Image: "alpine", Volumes: []string{"/a:/b"}},
		"run config has more than one of image, remote_url and command":                        {Image: "alpine", RemoteURL: "https://x"},
		"permission profile \"/p.json\" is named, but what it allows is not in the run config": {Image: "alpine", PermissionProfileNameOrPath: "/p.json"},
		"secrets[0]: want NAME,target=VARIABLE":                                                {Image: "alpine", Secrets: []string{"hunter2"}},
		"image \"<redacted>:x y\": invalid reference format":                                   {Image: "ghp_abcdefghijklmnopqrstuvwxyz0123456789:x y"},
	} {
		_, err := gate.InputFor(cfg)
		require.EqualError(t, err, want)
	}
	in := inputFor(t, &runner.RunConfig{Image: "alpine", PermissionProfileNameOrPath: "network"})
	require.True(t, in.Server.Permissions.Network.Outbound.AllowAll)
	require.Equal(t, "network", in.Server.Permissions.Profile)
}

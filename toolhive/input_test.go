package toolhive

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stacklok/toolhive-core/permissions"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

// onDocker keeps the tests from what this machine is.
func onDocker(t *testing.T) {
	t.Helper()
	t.Setenv("TOOLHIVE_RUNTIME", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("TOOLHIVE_NETWORK_PROXY", "")
}

// local is the config of a server in a container, with what change says.
func local(change func(*thv.RunConfig)) *thv.RunConfig {
	cfg := &thv.RunConfig{
		SchemaVersion: thv.CurrentSchemaVersion, Name: "srv", ContainerName: "srv", Image: "ghcr.io/acme/srv:1",
		Transport: types.TransportTypeStdio, Host: "127.0.0.1", PermissionProfile: permissions.BuiltinNetworkProfile(),
	}
	if change != nil {
		change(cfg)
	}
	return cfg
}

func mapped(t *testing.T, cfg *thv.RunConfig) gate.Input {
	t.Helper()
	in, err := inputFor(t.Context(), cfg, "")
	require.NoError(t, err)
	return in
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(data)
}

func TestInputNetwork(t *testing.T) {
	onDocker(t)
	profile := func(mode string, out *permissions.OutboundNetworkPermissions, in ...string) *permissions.Profile {
		n := &permissions.NetworkPermissions{Mode: mode, Outbound: out}
		if len(in) > 0 {
			n.Inbound = &permissions.InboundNetworkPermissions{AllowHost: in}
		}
		return &permissions.Profile{Name: "p", Network: n}
	}
	listed := &permissions.OutboundNetworkPermissions{AllowHost: []string{"API.Example.com.", ".example.org"}, AllowPort: []int{443}}
	names := []string{"api.example.com", ".example.org"}
	gateway := []string{"host.docker.internal", "gateway.docker.internal"}
	for name, tc := range map[string]struct {
		profile   *permissions.Profile
		isolate   bool
		gateway   bool
		env       [2]string // TOOLHIVE_RUNTIME, KUBERNETES_SERVICE_HOST
		want      gate.Network
		privilege bool
	}{
		"lists that nothing enforces": {profile: profile("", listed, "x"), want: gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"lists":                       {profile: profile("", listed, "Localhost"), isolate: true, want: gate.Network{Isolated: true, Outbound: gate.Outbound{Hosts: names, Ports: []int{443}}, Inbound: gate.Inbound{Hosts: []string{"localhost"}}}},
		"default is a bridge":         {profile: profile("default", listed), isolate: true, want: gate.Network{Mode: "bridge", Isolated: true, Outbound: gate.Outbound{Hosts: names, Ports: []int{443}}}},
		"the host's drops isolation":  {profile: profile("host", listed, "x"), isolate: true, want: gate.Network{Mode: "host", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"another container's":         {profile: profile("container:db", listed), isolate: true, want: gate.Network{Mode: "container:db", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"none":                        {profile: profile("none", listed), want: gate.Network{Mode: "none", Isolated: true}},
		"nothing listed":              {profile: profile("", &permissions.OutboundNetworkPermissions{}), isolate: true, want: gate.Network{Isolated: true}},
		"the gateway alone":           {profile: profile("", &permissions.OutboundNetworkPermissions{}), isolate: true, gateway: true, want: gate.Network{Isolated: true, Outbound: gate.Outbound{Hosts: gateway}}},
		"ports of every host":         {profile: profile("", &permissions.OutboundNetworkPermissions{AllowPort: []int{25}}), isolate: true, want: gate.Network{Isolated: true, Outbound: gate.Outbound{AllowAll: true, Ports: []int{25}}}},
		"all through the proxy":       {profile: profile("", &permissions.OutboundNetworkPermissions{InsecureAllowAll: true}), isolate: true, gateway: true, want: gate.Network{Isolated: true, Outbound: gate.Outbound{AllowAll: true, Hosts: gateway}}},
		"no network in the profile":   {profile: &permissions.Profile{}, isolate: true, want: gate.Network{Isolated: true, Outbound: gate.Outbound{AllowAll: true}}},
		"nothing isolates a pod":      {profile: profile("none", listed, "x"), isolate: true, env: [2]string{"kubernetes", ""}, want: gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"nor an engine in one":        {profile: profile("", listed), isolate: true, env: [2]string{"", "10.0.0.1"}, want: gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"the host's of an engine":     {profile: profile("host", listed), isolate: true, env: [2]string{"", "10.0.0.1"}, want: gate.Network{Mode: "host", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"no engine of which to ask":   {profile: profile("host", listed), env: [2]string{"kubernetes", "10.0.0.1"}, want: gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true, Hosts: names, Ports: []int{443}}}},
		"none in a pod":               {profile: profile("none", nil), env: [2]string{"", "10.0.0.1"}, want: gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true}}},
		"no profile in a pod":         {env: [2]string{"kubernetes", ""}, want: gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TOOLHIVE_RUNTIME", tc.env[0])
			t.Setenv("KUBERNETES_SERVICE_HOST", tc.env[1])
			in := mapped(t, local(func(c *thv.RunConfig) {
				c.PermissionProfile, c.IsolateNetwork, c.AllowDockerGateway = tc.profile, tc.isolate, tc.gateway
			}))
			require.Equal(t, toJSON(t, tc.want), toJSON(t, in.Server.Permissions.Network))
			require.False(t, in.Server.Permissions.ReadOnlyRoot)
			require.Zero(t, in.Server.Permissions.Limits)
		})
	}
}

// Envoy in place of Squid enforces no list of those who may come in.
func TestInputInboundOfEnvoy(t *testing.T) {
	onDocker(t)
	cfg := local(func(c *thv.RunConfig) {
		c.IsolateNetwork, c.PermissionProfile.Network.Inbound.AllowHost = true, []string{"a.example"}
	})
	require.Equal(t, []string{"a.example"}, mapped(t, cfg).Server.Permissions.Network.Inbound.Hosts)
	t.Setenv("TOOLHIVE_NETWORK_PROXY", "envoy")
	require.Empty(t, mapped(t, cfg).Server.Permissions.Network.Inbound.Hosts)
}

// What cannot be judged is refused, and the refusal tells no secret.
func TestInputRefuses(t *testing.T) {
	onDocker(t)
	outbound := func(hosts ...string) func(*thv.RunConfig) {
		return func(c *thv.RunConfig) {
			c.IsolateNetwork, c.PermissionProfile.Network.Outbound.InsecureAllowAll = true, false
			c.PermissionProfile.Network.Outbound.AllowHost = hosts
		}
	}
	const token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
	for name, tc := range map[string]struct {
		change func(*thv.RunConfig)
		want   string
	}{
		"no profile":              {func(c *thv.RunConfig) { c.PermissionProfile = nil }, "no permission_profile"},
		"a profile by name alone": {func(c *thv.RunConfig) { c.PermissionProfile, c.PermissionProfileNameOrPath = nil, "network" }, "no permission_profile"},
		"no outbound for a proxy": {func(c *thv.RunConfig) { c.IsolateNetwork, c.PermissionProfile.Network.Outbound = true, nil }, "no outbound"},
		"a mode in capitals":      {func(c *thv.RunConfig) { c.PermissionProfile.Network.Mode = "NONE" }, `write "none"`},
		"two hosts in one":        {outbound("a.example .evil.example"), "outbound.allow_host[0]"},
		"a rule behind a host":    {outbound("a.example", "b.example\nhttp_access allow all"), "outbound.allow_host[1]"},
		"a file of hosts":         {outbound(`"/etc/hosts"`), "outbound.allow_host[0]"},
		"an option":               {outbound("-n"), "outbound.allow_host[0]"},
		"a comment":               {outbound("a.example#"), "outbound.allow_host[0]"},
		"no name":                 {outbound(""), "outbound.allow_host[0]"},
		"a rule in those let in": {func(c *thv.RunConfig) {
			c.IsolateNetwork, c.PermissionProfile.Network.Inbound.AllowHost = true, []string{"x\nhttp_port 3128"}
		}, "inbound.allow_host[0]"},
		"a transport of nobody": {func(c *thv.RunConfig) { c.Transport = "inspector" }, "inspector"},
		"nothing to run":        {func(c *thv.RunConfig) { c.Image = "" }, "neither image nor remote_url"},
		"an image of no form":   {func(c *thv.RunConfig) { c.Image = "a b" }, "image"},
		"a port of no form":     {func(c *thv.RunConfig) { c.Publish = []string{"nowhere:80"} }, "publish[0]"},
		"a secret of no form":   {func(c *thv.RunConfig) { c.Secrets = []string{token} }, "secrets[0]"},
		"a patch of no form":    {func(c *thv.RunConfig) { c.K8sPodTemplatePatch = "{" }, "k8s_pod_template_patch"},
		"a filter of no form": {func(c *thv.RunConfig) {
			c.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "tool-call-filter", Parameters: json.RawMessage(`{"filter_tools":"` + token + `"}`)}}
		}, "middleware_configs[0]"},
		"a remote URL of no form": {func(c *thv.RunConfig) { c.RemoteURL = "ftp://u:" + token + "@h" }, "remote_url"},
		"a host of no form":       {func(c *thv.RunConfig) { c.Host = token + " x" }, "host"},
		"middleware of no type":   {func(c *thv.RunConfig) { c.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "auth"}} }, "middleware_configs[0]"},
		"a link that leads nowhere": {func(c *thv.RunConfig) {
			dir := t.TempDir()
			_ = os.Symlink("b", filepath.Join(dir, "a"))
			_ = os.Symlink("a", filepath.Join(dir, "b"))
			c.PermissionProfile.Read = []permissions.MountDeclaration{permissions.MountDeclaration(dir + "/a")}
		}, "permission_profile"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inputFor(t.Context(), local(tc.change), "")
			require.ErrorIs(t, err, gate.ErrUndecided)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), token)
		})
	}
}

func TestInputMounts(t *testing.T) {
	onDocker(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	t.Chdir(dir)
	require.NoError(t, os.Mkdir("real", 0o700))
	require.NoError(t, os.Symlink("real", "link"))
	cfg := local(func(c *thv.RunConfig) {
		// A file of --from-config can say this; nothing of it is mounted.
		c.Volumes = []string{"/etc:/etc"}
		c.PermissionProfile.Read = []permissions.MountDeclaration{"link", "~/x:/home", "volume://tokens:/t", "/a:/b:/c", "/x;y:/z", "/etc/passwd:/shared"}
		c.PermissionProfile.Write = []permissions.MountDeclaration{"/srv:/shared", "./real/../link:/w"}
	})
	in := mapped(t, cfg)
	require.Equal(t, []gate.Mount{
		{Source: dir + "/link", Resolved: dir + "/real", Target: "link", ReadOnly: true},
		{Source: dir + "/~/x", Resolved: dir + "/~/x", Target: "/home", ReadOnly: true},
		// Writable by the second declaration, and of the source of the first.
		{Source: "/etc/passwd", Resolved: "/etc/passwd", Target: "/shared"},
		{Source: dir + "/link", Resolved: dir + "/real", Target: "/w"},
	}, in.Server.Mounts)
	require.Equal(t, []any{"/etc:/etc"}, in.Config["volumes"])

	t.Setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1") // ToolHive takes an engine that it finds in a pod
	require.Len(t, mapped(t, cfg).Server.Mounts, 4)
	t.Setenv("TOOLHIVE_RUNTIME", "kubernetes")
	require.Empty(t, mapped(t, cfg).Server.Mounts)
}

func TestInputPrivileged(t *testing.T) {
	onDocker(t)
	cfg := local(func(c *thv.RunConfig) { c.PermissionProfile.Privileged = true })
	require.True(t, mapped(t, cfg).Server.Permissions.Privileged)
	t.Setenv("TOOLHIVE_RUNTIME", "kubernetes")
	require.False(t, mapped(t, cfg).Server.Permissions.Privileged)
}

func TestInputPorts(t *testing.T) {
	onDocker(t)
	for name, tc := range map[string]struct {
		change func(*thv.RunConfig)
		want   []gate.PublishedPort
		host   string
	}{
		"stdio":             {func(c *thv.RunConfig) { c.Publish = []string{"8080:80", "90"} }, []gate.PublishedPort{{HostPort: 8080, ContainerPort: 80}, {ContainerPort: 90}}, "127.0.0.1"},
		"its own":           {func(c *thv.RunConfig) { c.Transport, c.TargetPort = "sse", 81 }, []gate.PublishedPort{{HostIP: "127.0.0.1", HostPort: 81, ContainerPort: 81}}, "127.0.0.1"},
		"no host over HTTP": {func(c *thv.RunConfig) { c.Transport, c.TargetPort, c.Host = "sse", 81, "" }, []gate.PublishedPort{{HostPort: 81, ContainerPort: 81}}, "127.0.0.1"},
		"no host on stdio":  {func(c *thv.RunConfig) { c.Host = "" }, []gate.PublishedPort{}, "0.0.0.0"},
		"a host by name":    {func(c *thv.RunConfig) { c.Transport, c.TargetPort, c.Host = "sse", 81, "localhost" }, []gate.PublishedPort{{HostPort: 81, ContainerPort: 81}}, "localhost"},
		"of a node": {func(c *thv.RunConfig) {
			c.Publish = []string{"1:2"}
			c.K8sPodTemplatePatch = `{"spec":{"containers":[{"name":"mcp","ports":[{"containerPort":3,"hostPort":4}]}]}}`
		}, []gate.PublishedPort{{HostPort: 1, ContainerPort: 2}, {HostPort: 4, ContainerPort: 3}}, "127.0.0.1"},
	} {
		in := mapped(t, local(tc.change))
		require.Equal(t, toJSON(t, tc.want), toJSON(t, append([]gate.PublishedPort{}, in.Server.PublishedPorts...)), name)
		require.Equal(t, tc.host, in.Server.Endpoint.Host, name)
		require.Equal(t, tc.host != "0.0.0.0", in.Server.Endpoint.Loopback, name)
	}
	t.Setenv("TOOLHIVE_RUNTIME", "kubernetes")
	require.Empty(t, mapped(t, local(func(c *thv.RunConfig) { c.Publish = []string{"1:2"} })).Server.PublishedPorts)
}

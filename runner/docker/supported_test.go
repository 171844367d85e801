package docker_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// What a container would not do is refused by its name, and nothing is asked for.
func TestSupported(t *testing.T) {
	object := jsontext.Value(`{"a":1}`)
	outbound := func(change func(*runner.OutboundPermissions)) func(*runner.RunConfig) {
		return func(c *runner.RunConfig) {
			out := &runner.OutboundPermissions{AllowHost: []string{"a.example"}}
			change(out)
			c.PermissionProfile = &runner.PermissionProfile{Network: &runner.NetworkPermissions{Outbound: out}}
		}
	}
	inbound := func(host string) func(*runner.RunConfig) {
		return func(c *runner.RunConfig) {
			c.PermissionProfile = &runner.PermissionProfile{Network: &runner.NetworkPermissions{
				Mode: "bridge", Inbound: &runner.InboundPermissions{AllowHost: []string{host}},
			}}
		}
	}
	listening := func(transport string, port int, host string) func(*runner.RunConfig) {
		return func(c *runner.RunConfig) { c.Transport, c.TargetPort, c.TargetHost = transport, port, host }
	}
	for name, c := range map[string]struct {
		change func(*runner.RunConfig)
		want   string // "" where it is supported
	}{
		"plain":               {func(*runner.RunConfig) {}, ""},
		"oidc":                {func(c *runner.RunConfig) { c.OIDCConfig = object }, "no oidc_config"},
		"authz":               {func(c *runner.RunConfig) { c.AuthzConfig = object }, "no authz_config"},
		"authz file":          {func(c *runner.RunConfig) { c.AuthzConfigPath = "x" }, "no authz_config_path"},
		"audit":               {func(c *runner.RunConfig) { c.AuditConfig = object }, "no audit_config"},
		"audit file":          {func(c *runner.RunConfig) { c.AuditConfigPath = "x" }, "no audit_config_path"},
		"remote auth":         {func(c *runner.RunConfig) { c.RemoteAuthConfig = object }, "no remote_auth_config"},
		"tools":               {func(c *runner.RunConfig) { c.ToolsFilter = []string{"a"} }, "no tools_filter"},
		"headers":             {func(c *runner.RunConfig) { c.HeaderForward = &runner.HeaderForward{} }, "no header_forward"},
		"kubernetes":          {func(c *runner.RunConfig) { c.K8sPodTemplatePatch = "{}" }, "no k8s_pod_template_patch"},
		"runtime":             {func(c *runner.RunConfig) { c.RuntimeConfig = object }, "no runtime_config"},
		"proxy headers":       {func(c *runner.RunConfig) { c.TrustProxyHeaders = true }, "no trust_proxy_headers"},
		"proxy mode":          {func(c *runner.RunConfig) { c.ProxyMode = "sse" }, "no proxy_mode sse"},
		"two":                 {func(c *runner.RunConfig) { c.ProxyMode, c.ToolsFilter = "sse", []string{"a"} }, "no tools_filter, no proxy_mode sse"},
		"profile not read":    {func(c *runner.RunConfig) { c.PermissionProfileNameOrPath = "x" }, "without the profile itself"},
		"unknown limit":       {outbound(func(o *runner.OutboundPermissions) { o.Extra = jsontext.Value(`{"allow_transport":["tcp"]}`) }), "outbound.allow_transport"},
		"unknown option":      {func(c *runner.RunConfig) { c.Container = &runner.ContainerOptions{Extra: object} }, "no container.a"},
		"listed":              {outbound(func(*runner.OutboundPermissions) {}), ""},
		"ports without hosts": {outbound(func(o *runner.OutboundPermissions) { o.AllowHost, o.AllowPort = nil, []int{443} }), "list the hosts too"},
		"unknown mode": {func(c *runner.RunConfig) {
			c.PermissionProfile = &runner.PermissionProfile{Network: &runner.NetworkPermissions{Mode: "container:x"}}
		}, `"container:x" is not none, bridge or host`},
		"inbound loopback":  {inbound("localhost"), ""},
		"inbound address":   {inbound("127.0.0.1"), ""},
		"inbound other":     {inbound("a.example"), `allow_host: "a.example"`},
		"http":              {listening("streamable-http", 8080, "0.0.0.0"), ""},
		"sse":               {listening("sse", 8080, "localhost"), ""},
		"http without port": {listening("streamable-http", 0, ""), "--target-port PORT"},
		"sse without port":  {listening("sse", 0, ""), "--target-port PORT"},
		"elsewhere":         {listening("streamable-http", 8080, "a.example"), `target_host "a.example"`},
		"named volume":      {func(c *runner.RunConfig) { c.Volumes = []string{"data:/data"} }, ""},
		"volume by URI":     {func(c *runner.RunConfig) { c.Volumes = []string{"volume://data:/data"} }, "no URI"},
		"root":              {func(c *runner.RunConfig) { c.Volumes = []string{"data:/"} }, "over the root"},
		"same target":       {func(c *runner.RunConfig) { c.Volumes = []string{"data:/a", "more:/a"} }, "something else is mounted at /a"},
		"URI in the profile": {func(c *runner.RunConfig) {
			c.PermissionProfile = &runner.PermissionProfile{Read: []string{"volume://data:/data"}}
		}, "no URI"},
		"label of ours":         {func(c *runner.RunConfig) { c.ContainerLabels = map[string]string{docker.LabelRole: "egress"} }, "the runner's own"},
		"label":                 {func(c *runner.RunConfig) { c.ContainerLabels = map[string]string{"io.github.mcp": "x"} }, ""},
		"published":             {func(c *runner.RunConfig) { c.Publish, c.PermissionProfile = []string{"127.0.0.1:1:2"}, bridged() }, ""},
		"published, no network": {func(c *runner.RunConfig) { c.Publish = []string{"1:2"} }, "publish: only"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := fakeConfig()
			c.change(cfg)
			resolved, err := runner.Resolve(t.Context(), cfg)
			require.NoError(t, err)
			e := docker.New(docker.Options{Host: "unix:///nowhere"})
			if c.want == "" {
				require.NoError(t, e.Supported(resolved))
				return
			}
			require.ErrorContains(t, e.Supported(resolved), c.want)

			d := newFakeDaemon(t)
			require.ErrorContains(t, d.run(t, cfg, runner.Stdio{Stdin: strings.NewReader("")}), c.want)
			require.Empty(t, d.asked())
		})
	}
}

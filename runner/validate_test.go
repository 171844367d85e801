package runner_test

import (
	"math"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestValidateRefuses(t *testing.T) {
	image := func(change func(c *runner.RunConfig)) *runner.RunConfig {
		c := &runner.RunConfig{Image: "alpine"}
		change(c)
		return c
	}
	profile := func(p runner.PermissionProfile) *runner.RunConfig {
		return &runner.RunConfig{Image: "alpine", PermissionProfile: &p}
	}
	limits := func(o runner.ContainerOptions) *runner.RunConfig {
		return &runner.RunConfig{Image: "alpine", Container: &o}
	}
	headers := func(h runner.HeaderForward) *runner.RunConfig {
		return &runner.RunConfig{RemoteURL: "https://a.example", HeaderForward: &h}
	}
	for name, tt := range map[string]struct {
		config *runner.RunConfig
		want   string
	}{
		"nil":                      {nil, "run config is nil"},
		"nothing to run":           {&runner.RunConfig{}, "want one of image, remote_url and command"},
		"image and URL":            {&runner.RunConfig{Image: "a", RemoteURL: "https://a.example"}, "have image and remote_url"},
		"image and command":        {&runner.RunConfig{Image: "a", Command: "b"}, "have image and command"},
		"all three":                {&runner.RunConfig{Image: "a", RemoteURL: "b", Command: "c"}, "have image and remote_url and command"},
		"schema version":           {image(func(c *runner.RunConfig) { c.SchemaVersion = "v9" }), "schema_version: this version"},
		"image as an option":       {&runner.RunConfig{Image: "--privileged"}, "image: begins with '-'"},
		"image with a line break":  {&runner.RunConfig{Image: "a\nb"}, "image: contains a control character"},
		"command with NUL":         {&runner.RunConfig{Command: "a\x00b"}, "command: contains a control character"},
		"name with NUL":            {image(func(c *runner.RunConfig) { c.Name = "a\x00" }), "name: contains a control character"},
		"name with an escape":      {image(func(c *runner.RunConfig) { c.Name = "a\x1b[2J" }), "name: contains a control character"},
		"URL without scheme":       {&runner.RunConfig{RemoteURL: "a.example/mcp"}, "remote_url: want an http or https URL"},
		"URL of a file":            {&runner.RunConfig{RemoteURL: "file:///etc/passwd"}, "remote_url: want an http or https URL"},
		"URL without host":         {&runner.RunConfig{RemoteURL: "https:///mcp"}, "remote_url: no host"},
		"URL with only a port":     {&runner.RunConfig{RemoteURL: "https://:443/mcp"}, "remote_url: no host"},
		"opaque URL":               {&runner.RunConfig{RemoteURL: "https:a.example"}, "remote_url: no host"},
		"URL with an odd address":  {&runner.RunConfig{RemoteURL: "https://0x7f.1/mcp"}, "remote_url: host is an IP address in an unusual spelling"},
		"URL with .. in its path":  {&runner.RunConfig{RemoteURL: "https://a.example/b/../c"}, "remote_url: path has a . or .. segment"},
		"host of an odd spelling":  {&runner.RunConfig{Image: "a", Host: "127.1"}, "host: host is an IP address in an unusual spelling"},
		"host with a port":         {&runner.RunConfig{Image: "a", Host: "127.0.0.1:80"}, "host: host is neither a name nor an IP address"},
		"URL with a large port":    {&runner.RunConfig{RemoteURL: "https://a.example:70000"}, "remote_url: port"},
		"URL that does not parse":  {&runner.RunConfig{RemoteURL: "https://user:hunter2 @a"}, "remote_url: not a valid URL"},
		"transport":                {image(func(c *runner.RunConfig) { c.Transport = "inspector" }), "transport: want stdio, sse or streamable-http"},
		"proxy mode":               {image(func(c *runner.RunConfig) { c.ProxyMode = "stdio" }), "proxy_mode: want"},
		"negative port":            {image(func(c *runner.RunConfig) { c.Port = -1 }), "port: -1 is not a port"},
		"large port":               {image(func(c *runner.RunConfig) { c.Port = 65536 }), "port: 65536 is not a port"},
		"target port":              {image(func(c *runner.RunConfig) { c.TargetPort = 65536 }), "target_port: 65536 is not a port"},
		"publish":                  {image(func(c *runner.RunConfig) { c.Publish = []string{"80:80", "a:80"} }), `publish[1]: published port "a:80"`},
		"volume":                   {image(func(c *runner.RunConfig) { c.Volumes = []string{"a:b"} }), `volumes[0]: volume "a:b"`},
		"read mount":               {profile(runner.PermissionProfile{Read: []string{"/a", "/a:b"}}), "permission_profile.read[1]:"},
		"write mount":              {profile(runner.PermissionProfile{Write: []string{""}}), "permission_profile.write[0]: is empty"},
		"outbound port":            {profile(runner.PermissionProfile{Network: &runner.NetworkPermissions{Outbound: &runner.OutboundPermissions{AllowPort: []int{65536}}}}), "allow_port[0]: 65536 is not a port"},
		"memory too small":         {limits(runner.ContainerOptions{MemoryBytes: runner.MinMemoryBytes - 1}), "container.memory_bytes: 6291455 is less than"},
		"negative memory":          {limits(runner.ContainerOptions{MemoryBytes: -1}), "container.memory_bytes: -1 is less than"},
		"unlimited processes":      {limits(runner.ContainerOptions{PIDs: -1}), "container.pids: -1 is less than 1"},
		"negative CPUs":            {limits(runner.ContainerOptions{CPUs: -0.5}), "container.cpus: -0.5 is not"},
		"many CPUs":                {limits(runner.ContainerOptions{CPUs: 1025}), "container.cpus: 1025 is not"},
		"hardly a CPU":             {limits(runner.ContainerOptions{CPUs: 1e-9}), "container.cpus: 1e-09 is less than"},
		"CPUs, no number":          {limits(runner.ContainerOptions{CPUs: math.NaN()}), "container.cpus: NaN is not"},
		"pull":                     {limits(runner.ContainerOptions{Pull: "sometimes"}), `container.pull: "sometimes" is not missing, always or never`},
		"user, two groups":         {limits(runner.ContainerOptions{User: "a:b:c"}), `container.user: group "b:c" is neither`},
		"user, empty":              {limits(runner.ContainerOptions{User: ":0"}), `container.user: "" is neither`},
		"user, empty group":        {limits(runner.ContainerOptions{User: "0:"}), `container.user: group "" is neither`},
		"user, line break":         {limits(runner.ContainerOptions{User: "a\nb"}), "container.user: "},
		"user, an option":          {limits(runner.ContainerOptions{User: "-u"}), "container.user: "},
		"user, root in disguise":   {limits(runner.ContainerOptions{User: "00"}), `container.user: "00" is neither`},
		"user, root with a sign":   {limits(runner.ContainerOptions{User: "+0"}), `container.user: "+0" is neither`},
		"user, large":              {limits(runner.ContainerOptions{User: "4294967296"}), "container.user: \"4294967296\" is larger"},
		"variable without name":    {image(func(c *runner.RunConfig) { c.EnvVars = map[string]string{"": "x"} }), `env_vars: name "" is empty`},
		"variable with =":          {image(func(c *runner.RunConfig) { c.EnvVars = map[string]string{"A=B": "x"} }), `env_vars: name "A=B" contains '='`},
		"variable with NUL":        {image(func(c *runner.RunConfig) { c.EnvVars = map[string]string{"A\x00": "x"} }), "contains a NUL byte"},
		"value with NUL":           {image(func(c *runner.RunConfig) { c.EnvVars = map[string]string{"A": "x\x00"} }), "/env_vars/A: NUL byte"},
		"host variable with value": {image(func(c *runner.RunConfig) { c.HostEnv = []string{"A=hunter2"} }), "host_env[0]: name contains '='"},
		"host variable, empty":     {image(func(c *runner.RunConfig) { c.HostEnv = []string{"A", ""} }), "host_env[1]: name is empty"},
		"secret":                   {image(func(c *runner.RunConfig) { c.Secrets = []string{"hunter2"} }), "secrets[0]: want NAME,target=VARIABLE"},
		"label without name":       {image(func(c *runner.RunConfig) { c.ContainerLabels = map[string]string{"": "x"} }), "container_labels: a label has no name"},
		"argument with NUL":        {image(func(c *runner.RunConfig) { c.CmdArgs = []string{"a", "b\x00"} }), "/cmd_args/1: NUL byte"},
		"argument not in UTF-8":    {image(func(c *runner.RunConfig) { c.CmdArgs = []string{"\xff"} }), "/cmd_args/0: invalid JSON: invalid UTF-8"},
		"group with NUL":           {image(func(c *runner.RunConfig) { c.Group = "\x00" }), "/group: NUL byte"},
		"header name":              {headers(runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X A": "1"}}), `header_forward.add_plaintext_headers: header "X A" is not a header name`},
		"header value":             {headers(runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-A": "hunter2\r\nHost: b"}}), `header "X-A": value contains a control character`},
		"header of a secret":       {headers(runner.HeaderForward{AddHeadersFromSecret: map[string]string{"": "s"}}), "is not a header name"},
		"header without a secret":  {headers(runner.HeaderForward{AddHeadersFromSecret: map[string]string{"X-A": ""}}), `add_headers_from_secret: header "X-A": name of the secret is empty`},
		"header twice":             {headers(runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-A": "1"}, AddHeadersFromSecret: map[string]string{"x-a": "s"}}), `header "x-a" is given twice`},
		"header in two cases":      {headers(runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-A": "1", "x-a": "2"}}), `header "x-a" is given twice`},
		"patch":                    {image(func(c *runner.RunConfig) { c.K8sPodTemplatePatch = "{" }), "k8s_pod_template_patch: 1:2: unexpected end"},
		"patch, duplicate":         {image(func(c *runner.RunConfig) { c.K8sPodTemplatePatch = `{"a": 1, "a": 2}` }), `k8s_pod_template_patch: 1:10: duplicate key "a"`},
		"patch, no object":         {image(func(c *runner.RunConfig) { c.K8sPodTemplatePatch = "[]" }), "k8s_pod_template_patch: 1:1: want an object"},
		"extra hides a field":      {image(func(c *runner.RunConfig) { c.Extra = []byte(`{"Command": "x"}`) }), `key "Command" differs from "command" only in case`},
		"extra repeats a field":    {image(func(c *runner.RunConfig) { c.Extra = []byte(`{"image": "x"}`) }), `duplicate key "image"`},
		"extra is no object":       {image(func(c *runner.RunConfig) { c.Extra = []byte(`[]`) }), "is not an object"},
		"raw value is broken":      {image(func(c *runner.RunConfig) { c.OIDCConfig = []byte(`{"hunter2`) }), "/oidc_config: unexpected end"},
		"raw value is no object":   {image(func(c *runner.RunConfig) { c.OIDCConfig = []byte(`"hunter2"`) }), "is not an object"},
		"nested extra":             {profile(runner.PermissionProfile{Extra: []byte(`{"NAME": ""}`)}), `/permission_profile: key "NAME" differs`},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.config.Validate()
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "hunter2")
			_, resolveErr := runner.Resolve(t.Context(), tt.config)
			require.EqualError(t, resolveErr, err.Error())
		})
	}
}

func TestValidateAccepts(t *testing.T) {
	for name, c := range map[string]*runner.RunConfig{
		"image":         {Image: "ghcr.io/a/b:1@sha256:00"},
		"package":       {Image: "npx://@scope/pkg@1.2.3"},
		"command":       {Command: "no such command", CmdArgs: []string{"", "--", "=", "\n"}},
		"URL":           {RemoteURL: "http://user:secret@[::1]:8080/mcp?x=y"},
		"URL, case":     {RemoteURL: "HTTPS://A.example"},
		"ports":         {Image: "a", Port: 65535, TargetPort: 65535, Publish: []string{"80:80"}},
		"environment":   {Image: "a", EnvVars: map[string]string{"a.b-c": "", "B": "=\n"}, HostEnv: []string{"HOME"}, Secrets: []string{"s,target=T"}},
		"limits":        {Image: "a", Container: &runner.ContainerOptions{MemoryBytes: runner.MinMemoryBytes, PIDs: 1, CPUs: 0.5, Pull: runner.PullNever}},
		"users":         {Image: "a", Container: &runner.ContainerOptions{User: "0:www-data"}},
		"user":          {Image: "a", Container: &runner.ContainerOptions{User: "_apt.x"}},
		"empty profile": {Image: "a", PermissionProfile: &runner.PermissionProfile{}},
		"headers":       {RemoteURL: "https://a.example", HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-A": "ü\t"}}},
		"patch":         {Image: "a", K8sPodTemplatePatch: ` {"spec": {}} `},
		"raw values":    {Image: "a", OIDCConfig: []byte(`{}`), Extra: []byte(`{"new": [1]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, c.Validate())
		})
	}
}

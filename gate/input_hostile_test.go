package gate_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Ports of the node that a pod asks for are published, whatever the host is
// called that they are published on.
func TestInputKubernetesPorts(t *testing.T) {
	s := inputFor(t, &runner.RunConfig{Image: "alpine", Publish: []string{"127.0.0.1:81:81"}, K8sPodTemplatePatch: `{"spec":{
		"containers":[{"ports":[{"containerPort":80},{"containerPort":8080,"hostPort":443,"hostIP":"0:0:0::1"}]}],
		"initContainers":[{"Ports":[{"ContainerPort":9,"HOSTPORT":99,"hostIP":"localhost"}]}]}}`}).Server
	require.Equal(t, []gate.PublishedPort{
		{HostIP: "127.0.0.1", HostPort: 81, ContainerPort: 81}, {HostIP: "::1", HostPort: 443, ContainerPort: 8080}, {HostPort: 99, ContainerPort: 9},
	}, s.PublishedPorts)
	require.False(t, s.Source.Opaque)
}

func TestInputKubernetesSharedMemory(t *testing.T) {
	s := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":{"hostIPC":true}}`}).Server
	require.Equal(t, "a pod template patch asks for the host's shared memory (hostIPC)", s.Source.OpaqueReason)
}

func TestInputBuilderImage(t *testing.T) {
	for runtime, opaque := range map[string]bool{
		`null`:                             false,
		`{"additional_packages":["git"]}`:  false,
		`{"builder_image":""}`:             false,
		`{"builder_image":null}`:           false,
		`{"builder_image":"evil/x"}`:       true,
		`{"Builder_Image":"evil/x"}`:       true,
		`{"builder_image":["evil/x"]}`:     true,
		`["evil/x"]`:                       true,
		`{"a":1,"builder_image":"alpine"}`: true,
	} {
		s := inputFor(t, &runner.RunConfig{Image: "npx://a@1.0.0", RuntimeConfig: jsontext.Value(runtime)}).Server
		require.Equal(t, opaque, s.Source.Opaque, runtime)
		if opaque {
			require.Equal(t, "runtime_config has a builder_image, which is no image that policies see", s.Source.OpaqueReason)
		}
		// An image that is there is not built.
		require.False(t, inputFor(t, &runner.RunConfig{Image: "alpine", RuntimeConfig: jsontext.Value(runtime)}).Server.Source.Opaque, runtime)
	}
}

// An empty object protects nothing.
func TestInputEmptyAuth(t *testing.T) {
	for config, says := range map[string]bool{`null`: false, `{}`: false, `{ }`: false, `{"issuer":"https://i"}`: true, `[]`: true} {
		a := inputFor(t, &runner.RunConfig{Image: "alpine", OIDCConfig: jsontext.Value(config)}).Server.Auth
		require.Equal(t, says, a.OIDC, config)
		a = inputFor(t, &runner.RunConfig{Image: "alpine", AuthzConfig: jsontext.Value(config)}).Server.Auth
		require.Equal(t, says, a.Authz, config)
	}
}

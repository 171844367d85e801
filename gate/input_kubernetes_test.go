package gate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

func TestInputKubernetes(t *testing.T) {
	in := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":{"hostNetwork":true,"hostPID":true,"serviceAccountName":"admin",
		"volumes":[{"name":"a","emptyDir":{}},{"hostPath":{"path":"/etc"}},{"hostPath":{"path":"/var"}}],
		"containers":[{"name":"a"},{"securityContext":{}}],"initContainers":[{"securityContext":{"privileged":true}}]}}`})
	require.Equal(t, gate.Kubernetes{HostNetwork: true, HostPID: true, ServiceAccount: "admin", HostPaths: []string{"/etc", "/var"}, Privileged: true}, in.Server.Kubernetes)
	for _, patch := range []string{`x hunter2`, `[]`, `{"spec":{"hostNetwork":"hunter2"}}`, `{"spec":{"hostNetwork":true,"hostNetwork":false}}`} {
		_, err := gate.InputFor(&runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: patch})
		require.EqualError(t, err, "k8s_pod_template_patch: not a pod template in JSON")
	}
}

func TestInputKubernetesOfAnotherSpelling(t *testing.T) {
	for name, tc := range map[string]struct {
		patch string
		want  gate.Kubernetes
	}{
		"capitals":        {`{"SPEC":{"HOSTNETWORK":true,"Volumes":[{"HostPath":{"PATH":"/etc"}}]}}`, gate.Kubernetes{HostNetwork: true, HostPaths: []string{"/etc"}}},
		"letters alike":   {`{"spec":{"hoſtPID":true}}`, gate.Kubernetes{HostPID: true}},
		"path to clean":   {`{"spec":{"volumes":[{"hostPath":{"path":"//var/../etc/./ssl/"}}]}}`, gate.Kubernetes{HostPaths: []string{"/etc/ssl"}}},
		"old name":        {`{"spec":{"serviceAccount":"admin"}}`, gate.Kubernetes{ServiceAccount: "admin"}},
		"Windows":         {`{"spec":{"containers":[{"securityContext":{"windowsOptions":{"hostProcess":true}}}]}}`, gate.Kubernetes{Privileged: true}},
		"Windows pod":     {`{"spec":{"securityContext":{"windowsOptions":{"hostProcess":true}}}}`, gate.Kubernetes{Privileged: true}},
		"ephemeral":       {`{"spec":{"ephemeralContainers":[{"securityContext":{"privileged":true}}]}}`, gate.Kubernetes{Privileged: true}},
		"nothing of this": {`{"metadata":{"labels":{"a":"b"}},"spec":{"nodeName":"n"}}`, gate.Kubernetes{}},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want.HostPaths == nil {
				tc.want.HostPaths = []string{}
			}
			s := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: tc.patch}).Server
			require.Equal(t, tc.want, s.Kubernetes)
			require.False(t, s.Source.Opaque)
		})
	}
	for _, patch := range []string{
		`{"spec":{"hostNetwork":false,"HOSTNETWORK":true}}`,
		`{"spec":{},"Spec":{"hostNetwork":true}}`,
	} {
		_, err := gate.InputFor(&runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: patch})
		require.EqualError(t, err, "k8s_pod_template_patch: not a pod template in JSON")
	}
}

func TestInputKubernetesCapabilities(t *testing.T) {
	s := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":{
		"containers":[{"securityContext":{"capabilities":{"add":["sys_admin","NET_ADMIN"],"drop":["ALL"]}}}],
		"initContainers":[{"securityContext":{"capabilities":{"add":["CAP_NET_ADMIN","cap_bpf"]}}}]}}`}).Server
	require.Equal(t, []string{"BPF", "NET_ADMIN", "SYS_ADMIN"}, s.Permissions.Capabilities)
}

// What the patch runs beside or instead of the server is in no field.
func TestInputKubernetesOpaque(t *testing.T) {
	for _, container := range []string{`{"image":"evil/x"}`, `{"command":["sh"]}`, `{"args":["-c"]}`} {
		for _, kind := range []string{"containers", "initContainers", "ephemeralContainers"} {
			in := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":{"` + kind + `":[` + container + `]}}`})
			require.True(t, in.Server.Source.Opaque, kind, container)
		}
	}
	in := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":{"containers":[{"name":"mcp","resources":{}}]}}`})
	require.False(t, in.Server.Source.Opaque)
}

// Variables of a patch reach the server as those of the config do.
func TestInputKubernetesVariables(t *testing.T) {
	in := inputFor(t, &runner.RunConfig{Image: "alpine", EnvVars: map[string]string{"X": "1"}, K8sPodTemplatePatch: `{"spec":{"containers":[{"env":[
		{"name":"LD_PRELOAD","value":"/tmp/x"},{"name":"A_TOKEN","value":"hunter2"},
		{"name":"KEY","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]}}`})
	require.Equal(t, []gate.Variable{
		{Name: "A_TOKEN", Source: "literal", Value: gate.Redacted, Redacted: true}, {Name: "KEY", Source: "secret"},
		{Name: "LD_PRELOAD", Source: "literal", Value: "/tmp/x"}, {Name: "X", Source: "literal", Value: "1"},
	}, in.Server.Environment)
	require.NotContains(t, in.Config["k8s_pod_template_patch"], "hunter2")
	require.False(t, in.Server.Source.Opaque)
	for _, spec := range []string{
		`{"containers":[{"envFrom":[{"configMapRef":{"name":"x"}}]}]}`, `{"hostIPC":true}`,
		`{"initContainers":[{"lifecycle":{"postStart":{"exec":{"command":["x"]}}}}]}`,
	} {
		in := inputFor(t, &runner.RunConfig{Image: "alpine", K8sPodTemplatePatch: `{"spec":` + spec + `}`})
		require.True(t, in.Server.Source.Opaque, spec)
	}
}

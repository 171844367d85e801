package house_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/stretchr/testify/require"
	v1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/api/admissionregistration/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"
)

// TestMountReachesTheProxyRunner applies the example's mutation to the pod of a
// proxy runner, as ToolHive's operator makes it.
func TestMountReachesTheProxyRunner(t *testing.T) {
	t.Parallel()
	var policy v1beta1.MutatingAdmissionPolicy
	var binding v1beta1.MutatingAdmissionPolicyBinding
	decodeInto(t, "admission-mount.yaml", &policy, &binding)
	require.Equal(t, policy.Name, binding.Spec.PolicyName)
	require.Equal(t, v1beta1.Fail, *policy.Spec.FailurePolicy)

	pod := corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{
			Name: "toolhive", Image: "registry.corp.example/mcp/thv-proxyrunner-gated:1.0.0",
			VolumeMounts: []corev1.VolumeMount{
				{Name: "runconfig", MountPath: "/etc/runconfig", ReadOnly: true},
				{Name: "mine", MountPath: "/etc/mcp-runner/policy"}, // in the way
			},
		}},
		Volumes: []corev1.Volume{{Name: "runconfig"}, {Name: "mine"}},
	}}
	require.True(t, eval(t, policy.Spec.MatchConditions[0].Expression, plain(t, pod)).(bool))
	other := corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "mcp"}}}}
	require.False(t, eval(t, policy.Spec.MatchConditions[0].Expression, plain(t, other)).(bool))

	require.Len(t, policy.Spec.Mutations, 1)
	require.Equal(t, v1beta1.PatchTypeApplyConfiguration, policy.Spec.Mutations[0].PatchType)
	patch := eval(t, policy.Spec.Mutations[0].ApplyConfiguration.Expression, plain(t, pod))
	text, err := json.Marshal(patch)
	require.NoError(t, err)
	require.NoError(t, yaml.UnmarshalStrict(text, &corev1.Pod{}), "the patch has a field that a pod has not")

	// A strategic merge goes by the same keys of lists as an apply configuration.
	before, err := json.Marshal(pod)
	require.NoError(t, err)
	merged, err := strategicpatch.StrategicMergePatch(before, text, corev1.Pod{})
	require.NoError(t, err)
	var after corev1.Pod
	require.NoError(t, yaml.UnmarshalStrict(merged, &after))

	require.Len(t, after.Spec.Containers, 1)
	require.Equal(t, pod.Spec.Containers[0].Image, after.Spec.Containers[0].Image)
	require.ElementsMatch(t, []corev1.VolumeMount{
		{Name: "runconfig", MountPath: "/etc/runconfig", ReadOnly: true},
		{Name: "mcp-policy", MountPath: "/etc/mcp-runner/policy", ReadOnly: true},
	}, after.Spec.Containers[0].VolumeMounts)
	volumes := map[string]string{}
	for _, volume := range after.Spec.Volumes {
		volumes[volume.Name] = ""
		if volume.ConfigMap != nil {
			volumes[volume.Name] = volume.ConfigMap.Name
		}
	}
	require.Equal(t, map[string]string{"runconfig": "", "mine": "", "mcp-policy": configMap(t).Name}, volumes)
	require.Contains(t, read(t, "toolhive/Dockerfile"), "/image/etc/mcp-runner/policy ")
}

// TestGuardRefuses puts custom resources before the example's validations.
func TestGuardRefuses(t *testing.T) {
	t.Parallel()
	var policy v1.ValidatingAdmissionPolicy
	var binding v1.ValidatingAdmissionPolicyBinding
	decodeInto(t, "admission-guard.yaml", &policy, &binding)
	require.Equal(t, policy.Name, binding.Spec.PolicyName)
	require.Equal(t, []v1.ValidationAction{v1.Deny}, binding.Spec.ValidationActions)
	require.Equal(t, v1.Fail, *policy.Spec.FailurePolicy)

	env := func(name string) map[string]any {
		return map[string]any{"resourceOverrides": map[string]any{"proxyDeployment": map[string]any{
			"env": []any{map[string]any{"name": name, "value": "x"}},
		}}}
	}
	podTemplate := map[string]any{"podTemplateSpec": map[string]any{}}
	for name, c := range map[string]struct {
		kind  string
		spec  map[string]any
		wants string
	}{
		"nothing of it":                 {"MCPServer", map[string]any{}, ""},
		"overrides without variables":   {"MCPServer", map[string]any{"resourceOverrides": map[string]any{"proxyDeployment": map[string]any{}}}, ""},
		"debug":                         {"MCPServer", env("TOOLHIVE_DEBUG"), ""},
		"another policy directory":      {"MCPServer", env("MCP_RUNNER_POLICY"), "TOOLHIVE_DEBUG"},
		"another home":                  {"MCPRemoteProxy", env("HOME"), "TOOLHIVE_DEBUG"},
		"a volume of the node":          {"MCPServer", map[string]any{"volumes": []any{map[string]any{"name": "v"}}}, "spec.volumes"},
		"a pod template of a server":    {"MCPServer", podTemplate, ""},
		"a pod template of the proxy":   {"MCPRemoteProxy", podTemplate, "spec.podTemplateSpec"},
		"no volume, though it is there": {"MCPServer", map[string]any{"volumes": []any{}}, ""},
	} {
		refused := ""
		for _, validation := range policy.Spec.Validations {
			if !eval(t, validation.Expression, map[string]any{"kind": c.kind, "spec": c.spec}).(bool) {
				refused += validation.Message
			}
		}
		if c.wants == "" {
			require.Empty(t, refused, name)
		} else {
			require.Contains(t, refused, c.wants, name)
		}
	}
	for _, o := range objects(t, "servers.yaml") {
		for _, validation := range policy.Spec.Validations {
			require.True(t, eval(t, validation.Expression, map[string]any(o)).(bool), "%s: %s", o.name(), validation.Message)
		}
	}
}

// decodeInto decodes the objects of a file, strictly, one into each target.
func decodeInto(t *testing.T, name string, targets ...any) {
	t.Helper()
	texts := strings.Split(read(t, example+"/"+name), "\n---\n")
	require.Len(t, texts, len(targets))
	for i, text := range texts {
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), targets[i]), name)
	}
}

// plain is v as JSON has it.
func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(data, &m))
	return m
}

// eval is the value of a CEL expression over object, as JSON would have it.
func eval(t *testing.T, expression string, object map[string]any) any {
	t.Helper()
	registry, err := types.NewRegistry()
	require.NoError(t, err)
	env, err := cel.NewEnv(cel.Variable("object", cel.DynType), cel.CustomTypeProvider(objectTypes{registry}), cel.CustomTypeAdapter(registry))
	require.NoError(t, err)
	tree, issues := env.Compile(expression)
	require.NoError(t, issues.Err(), expression)
	program, err := env.Program(tree)
	require.NoError(t, err)
	value, _, err := program.Eval(map[string]any{"object": object})
	require.NoError(t, err, expression)
	return native(t, value)
}

// objectTypes has the type Object of an admission policy and those below it. A
// value of one is a map of the fields that were given.
type objectTypes struct{ types.Provider }

func (p objectTypes) isObject(name string) bool {
	return name == "Object" || strings.HasPrefix(name, "Object.")
}

func (p objectTypes) FindStructType(name string) (*types.Type, bool) {
	if p.isObject(name) {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p objectTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if p.isObject(name) {
		return &types.FieldType{Type: types.DynType}, true
	}
	return p.Provider.FindStructFieldType(name, field)
}

func (p objectTypes) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if !p.isObject(name) {
		return p.Provider.NewValue(name, fields)
	}
	values := map[ref.Val]ref.Val{}
	for field, value := range fields {
		values[types.String(field)] = value
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, values)
}

// native is a CEL value as encoding/json would decode it.
func native(t *testing.T, value ref.Val) any {
	t.Helper()
	switch v := value.Value().(type) {
	case map[ref.Val]ref.Val:
		m := map[string]any{}
		for key := range maps.Keys(v) {
			m[string(key.(types.String))] = native(t, v[key])
		}
		return m
	case []ref.Val:
		list := []any{}
		for _, member := range v {
			list = append(list, native(t, member))
		}
		return list
	default:
		return v
	}
}

package house_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const example = "examples/kubernetes"

// object is one Kubernetes object of the example.
type object map[string]any

func (o object) kind() string { return o["kind"].(string) }
func (o object) name() string { return o["metadata"].(map[string]any)["name"].(string) }

// TestCustomResourcesFitTheSchema checks the example's custom resources against
// those that ToolHive's own chart installs, at the version that go.mod names. A
// field that they do not have is refused: the API server would drop it.
func TestCustomResourcesFitTheSchema(t *testing.T) {
	t.Parallel()
	schemas := resourceSchemas(t)
	checked := map[string]int{}
	for _, o := range objects(t, "servers.yaml") {
		schema, ok := schemas[o["apiVersion"].(string)+" "+o.kind()]
		require.True(t, ok, "ToolHive has no %s %s", o["apiVersion"], o.kind())
		require.NoError(t, schema.Validate(map[string]any(o)), "%s %s", o.kind(), o.name())
		checked[o.kind()]++
	}
	require.Equal(t, map[string]int{"MCPServer": 2, "MCPOIDCConfig": 1}, checked)
}

// TestSchemaRefuses holds that the check above can fail.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := resourceSchemas(t)["toolhive.stacklok.dev/v1beta1 MCPServer"]
	for name, spoil := range map[string]func(spec map[string]any){
		"an unknown field":       func(spec map[string]any) { spec["policy"] = "x" },
		"an unknown field below": func(spec map[string]any) { spec["oidcConfigRef"].(map[string]any)["realm"] = "x" },
		"a wrong type":           func(spec map[string]any) { spec["proxyPort"] = "8080" },
		"a value not listed":     func(spec map[string]any) { spec["transport"] = "telnet" },
		"a required field":       func(spec map[string]any) { delete(spec, "image") },
	} {
		o := objects(t, "servers.yaml")[0]
		require.NoError(t, schema.Validate(map[string]any(o)))
		spoil(o["spec"].(map[string]any))
		require.Error(t, schema.Validate(map[string]any(o)), name)
	}
}

// TestValuesAreThoseOfTheChart holds that the chart knows each value that the
// example sets: Helm takes an unknown one without a word.
func TestValuesAreThoseOfTheChart(t *testing.T) {
	t.Parallel()
	var values, known map[string]any
	require.NoError(t, yaml.UnmarshalStrict([]byte(read(t, example+"/operator-values.yaml")), &values))
	data, err := os.ReadFile(filepath.Join(upstream(t), "deploy", "charts", "operator", "values.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.UnmarshalStrict(data, &known))
	image := values["operator"].(map[string]any)["toolhiveRunnerImage"]
	require.IsType(t, known["operator"].(map[string]any)["toolhiveRunnerImage"], image)
	require.Len(t, values, 1)
	require.Len(t, values["operator"], 1)
}

// objects reads a file of the example.
func objects(t *testing.T, name string) []object {
	t.Helper()
	var all []object
	for _, text := range strings.Split(read(t, example+"/"+name), "\n---\n") {
		var o object
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), &o), name)
		all = append(all, o)
	}
	return all
}

// upstream is the directory of ToolHive's source at the version of go.mod.
func upstream(t *testing.T) string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/stacklok/toolhive").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(dir))
}

// resourceSchemas returns the schema of each custom resource by its API version
// and kind.
func resourceSchemas(t *testing.T) map[string]*jsonschema.Resolved {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(upstream(t), "deploy", "charts", "operator-crds", "files", "crds", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	schemas := map[string]*jsonschema.Resolved{}
	for _, file := range files {
		var crd struct {
			Spec struct {
				Group    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct {
						OpenAPIV3Schema map[string]any
					}
				}
			}
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(data, &crd), file)
		for _, version := range crd.Spec.Versions {
			text, err := json.Marshal(strict(t, version.Schema.OpenAPIV3Schema))
			require.NoError(t, err)
			var schema jsonschema.Schema
			require.NoError(t, json.Unmarshal(text, &schema), file)
			resolved, err := schema.Resolve(nil)
			require.NoError(t, err, file)
			schemas[crd.Spec.Group+"/"+version.Name+" "+crd.Spec.Names.Kind] = resolved
		}
	}
	return schemas
}

// strict is a structural schema as JSON Schema: an object has the properties that
// it names and no others, unless Kubernetes keeps unknown ones.
func strict(t *testing.T, schema map[string]any) map[string]any {
	t.Helper()
	schema = maps.Clone(schema)
	for _, key := range []string{"format", "default", "nullable"} { // what the API server fills in, and forms of numbers
		delete(schema, key)
	}
	if schema["x-kubernetes-int-or-string"] == true {
		return map[string]any{"type": []any{"integer", "string"}}
	}
	if properties, ok := schema["properties"].(map[string]any); ok {
		properties = maps.Clone(properties)
		for name, property := range properties {
			properties[name] = strict(t, property.(map[string]any))
		}
		schema["properties"] = properties
		if schema["x-kubernetes-preserve-unknown-fields"] != true {
			schema["additionalProperties"] = false
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if below, ok := schema[key].(map[string]any); ok {
			schema[key] = strict(t, below)
		}
	}
	return schema
}

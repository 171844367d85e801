package gate_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// onlyInConfig are the fields of a run config that policies see below config and
// nowhere else, each with the reason why it has no place of its own.
var onlyInConfig = map[string]string{
	"SchemaVersion":                   "the form of the file, not the server",
	"ContainerName":                   "a name that the host makes",
	"BaseName":                        "a name that the host makes",
	"ProxyMode":                       "what the runner's own endpoint speaks, whatever the server does",
	"TargetHost":                      "an address inside the container",
	"TargetPort":                      "a port inside the container",
	"RuntimeConfig":                   "the images and packages that one host builds schemes with, in a form of its own",
	"Debug":                           "how much the host logs",
	"Extra":                           "what this version does not know",
	"Container.Extra":                 "what this version does not know",
	"Container.Pull":                  "when the image is pulled; which one runs is in server.image",
	"PermissionProfile.Extra":         "what this version does not know",
	"PermissionProfile.Network.Extra": "what this version does not know",
	"PermissionProfile.Network.Outbound.Extra": "what this version does not know",
	"PermissionProfile.Network.Inbound.Extra":  "what this version does not know",
	"HeaderForward.Extra":                      "what this version does not know",
}

// notInInput are the fields that policies do not see at all, each with the
// reason.
var notInInput = map[string]string{
	"Resolved.Container.Image.User":     "server.permissions.user is made of it, before the gate is asked",
	"Resolved.Container.Image.Local":    "whether the image must be pulled, and not which one runs",
	"Resolved.MountFiles.Device":        "which file a path was, to find it again after the start; policies judge the path",
	"Resolved.MountFiles.Inode":         "which file a path was, to find it again after the start; policies judge the path",
	"Resolved.Command.Interpreter.Argv": "written in the script, whose digest policies see",
	"Resolved.Command.Interpreter.Env":  "written in the script, whose digest policies see",
	"Resolved.Command.Further.Path":     "written in the interpreter, whose digest policies see",
	"Resolved.Command.Further.SHA256":   "the program of an interpreter that is a script, whose digest policies see",
	"Resolved.Command.Further.Argv":     "written in the interpreter, whose digest policies see",
	"Resolved.Command.Further.Env":      "written in the interpreter, whose digest policies see",
}

// changes are the values that a field is changed to where a value of its type
// alone would not do.
var changes = map[string]any{
	"Image":                             "busybox",
	"RemoteURL":                         "https://other.example/mcp",
	"Publish":                           []string{"8080:80"},
	"Secrets":                           []string{"name,target=VARIABLE"},
	"Volumes":                           []string{"/a:/b"},
	"PermissionProfile.Read":            []string{"/a:/b"},
	"PermissionProfile.Write":           []string{"/a:/b"},
	"PermissionProfileNameOrPath":       "network",
	"K8sPodTemplatePatch":               `{"spec":{"hostPID":true}}`,
	"Container.Pull":                    runner.PullNever,
	"Resolved.Container.Image.Digest":   "sha256:" + strings.Repeat("ab", 32),
	"Resolved.Container.Image.ID":       "sha256:" + strings.Repeat("cd", 32),
	"HeaderForward.AddPlaintextHeaders": map[string]string{"Authorization": "changed"},
}

// Every field of a run config, and of what was found out about it, changes the
// input outside config when it changes, or is on one of the lists above. So a
// field that somebody adds and forgets is found here.
func TestEveryFieldOfARunConfigIsSeen(t *testing.T) {
	paths := fieldPaths(reflect.TypeFor[runner.RunConfig](), "")
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			before, after := baseConfig(path), baseConfig(path)
			change(t, reflect.ValueOf(after).Elem(), path, path)
			outside, inConfig := differences(t, see(t, before, path), see(t, after, path))
			switch {
			case notInInput[path] != "":
				require.False(t, outside || inConfig, "policies see it: take it off notInInput")
			case onlyInConfig[path] != "":
				require.True(t, inConfig, "it is not below config either")
				require.False(t, outside, "policies see it outside config too: take it off onlyInConfig")
			default:
				require.True(t, outside, "a change of it changes nothing outside config: normalise it, or say on a list of this file why not")
			}
		})
	}
	for _, path := range slices.Concat(slices.Collect(maps.Keys(onlyInConfig)), slices.Collect(maps.Keys(notInInput)), slices.Collect(maps.Keys(changes))) {
		require.Contains(t, paths, path, "there is no such field any more")
	}
}

// fieldPaths lists the fields of t that are not structs themselves.
func fieldPaths(t reflect.Type, prefix string) []string {
	var paths []string
	for i := range t.NumField() {
		field := t.Field(i)
		path := prefix + field.Name
		if path == "Resolved.Launch" { // only as a whole does it mean something; the tests of command lines see to it
			continue
		}
		if inner := structOf(field.Type); inner != nil {
			paths = append(paths, fieldPaths(inner, path+".")...)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// structOf is the struct that t is, points to or lists.
func structOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// baseConfig is a config of the kind of server that the field is about. All that
// can be nil in it is there.
func baseConfig(path string) *runner.RunConfig {
	head, rest, _ := strings.Cut(path, ".")
	second, _, _ := strings.Cut(rest, ".")
	switch {
	case head == "RemoteURL", head == "RemoteAuthConfig", head == "HeaderForward":
		return &runner.RunConfig{RemoteURL: "https://a.example/mcp", HeaderForward: &runner.HeaderForward{}}
	case path == "Resolved.CommandArgs":
		cfg := process()
		cfg.Image, cfg.Command = "npx://a@1.0.0", ""
		return cfg
	case second == "MountFiles":
		return &runner.RunConfig{Image: "alpine", Resolved: &runner.Resolved{MountFiles: []runner.FileID{{}}}}
	case strings.HasPrefix(path, "Resolved.Command.Further"):
		cfg := process()
		cfg.Resolved.Command.Further = []runner.Interpreter{{}}
		return cfg
	case head == "Command", head == "CmdArgs", head == "IsolateNetwork", head == "Resolved" && second == "Command":
		return process()
	case second == "Container":
		return &runner.RunConfig{Image: "alpine", Resolved: &runner.Resolved{Container: &runner.ResolvedContainer{
			Network: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"a.example"}},
		}}}
	case head == "AllowDockerGateway":
		return &runner.RunConfig{Image: "alpine", PermissionProfile: &runner.PermissionProfile{
			Network: &runner.NetworkPermissions{Outbound: &runner.OutboundPermissions{AllowHost: []string{"a.example"}}},
		}}
	case head == "Image", head == "Volumes", head == "Resolved":
		return &runner.RunConfig{Image: "alpine", Resolved: &runner.Resolved{Mounts: []runner.Mount{{}}}}
	default:
		return &runner.RunConfig{Image: "alpine", PermissionProfile: &runner.PermissionProfile{
			Network: &runner.NetworkPermissions{Outbound: &runner.OutboundPermissions{}, Inbound: &runner.InboundPermissions{}},
		}}
	}
}

// change sets the field at rest of path to another value.
func change(t *testing.T, v reflect.Value, path, rest string) {
	t.Helper()
	for {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
			continue
		case reflect.Slice:
			if rest != "" {
				v = v.Index(0)
				continue
			}
		}
		break
	}
	if rest != "" {
		head, tail, _ := strings.Cut(rest, ".")
		change(t, v.FieldByName(head), path, tail)
		return
	}
	if value, ok := changes[path]; ok {
		v.Set(reflect.ValueOf(value))
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *string:
		*x += "changed"
	case *bool:
		*x = !*x
	case *int:
		*x++
	case *float64:
		*x++
	case *uint64:
		*x++
	case *[]string:
		*x = append(*x, "changed")
	case *[]int:
		*x = append(*x, 1)
	case *map[string]string:
		*x = map[string]string{"changed": "changed"}
	case *jsontext.Value:
		*x = jsontext.Value(`{"changed":1}`)
	default:
		t.Fatalf("no change for a %s", v.Type())
	}
}

// see is the input of cfg, resolved where only that shows the field.
func see(t *testing.T, cfg *runner.RunConfig, path string) gate.Input {
	t.Helper()
	switch path {
	case "Volumes", "PermissionProfile.Read", "PermissionProfile.Write":
		var err error
		cfg, err = runner.Resolve(t.Context(), cfg)
		require.NoError(t, err)
	}
	return inputFor(t, cfg)
}

func differences(t *testing.T, before, after gate.Input) (outside, inConfig bool) {
	t.Helper()
	inConfig = !reflect.DeepEqual(before.Config, after.Config)
	before.Config, after.Config = nil, nil
	return !reflect.DeepEqual(before, after), inConfig
}

package toolhive_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the list of calls anew")

// watched are the functions of ToolHive that ask a policy gate, and those that pull
// or build an image, create a container or a server, or save a registry.
var watched = []string{
	"CheckCreateServer", "EagerCheckCreateServer", "CheckUpdateRegistry", "CheckDeleteRegistry", "EnforcePolicyAndPullImage",
	"PullImage", "PullMCPServerImage", "BuildImage", "BuildFromProtocolScheme", "BuildFromProtocolSchemeWithName", "HandleProtocolScheme",
	"DeployWorkload", "ContainerCreate", "NewRunner", "RunWorkload", "RunWorkloadDetached", "UpdateWorkload", "RestartWorkloads",
	"SetRegistryFromInput", "SetRegistryURL", "SetRegistryAPI", "SetRegistryFile", "UnsetRegistry",
}

const callsFile = "testdata/upstream_calls.txt"

// An upgrade of ToolHive may add a way to create a server that nobody asks about.
func TestCallsInToolHive(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/stacklok/toolhive").Output()
	require.NoError(t, err)
	root := strings.TrimSpace(string(out))
	require.NotEmpty(t, root, "ToolHive's source is not in the module cache")
	var got []string
	for _, dir := range []string{"pkg", "cmd"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "mocks":
				return fs.SkipDir
			case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			calls, err := callsIn(path, filepath.ToSlash(name))
			got = append(got, calls...)
			return err
		}))
	}
	slices.Sort(got)
	if *update {
		writeCalls(t, got)
	}
	require.Equal(t, readCalls(t).calls, got, "ToolHive calls these functions from other places than those in %s: look at each new one. "+
		"Where nobody asks a gate before it, put it under one in command/, or say in docs/toolhive.md that it is not covered; then write the list with -update, and the reason behind each new line", callsFile)
	for i, why := range readCalls(t).reasons {
		require.NotEmpty(t, why, "%s has no reason", got[i])
	}
}

// callsIn lists the uses of the watched functions in one file, also as values.
func callsIn(path, name string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	setup := "" // what the file calls the package with Setup
	for _, imported := range file.Imports {
		if imported.Path.Value == `"github.com/stacklok/toolhive/pkg/runtime"` {
			setup = "runtime"
			if imported.Name != nil {
				setup = imported.Name.Name
			}
		}
	}
	var calls []string
	for _, decl := range file.Decls {
		in, node := "(package)", ast.Node(decl)
		if f, ok := decl.(*ast.FuncDecl); ok {
			if f.Body == nil {
				continue
			}
			in, node = f.Name.Name, f.Body
		}
		ast.Inspect(node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.InterfaceType:
				return false
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && setup != "" && x.Name == setup && n.Sel.Name == "Setup" {
					calls = append(calls, fmt.Sprintf("%s %s runtime.Setup", name, in))
				}
			case *ast.Ident:
				if slices.Contains(watched, n.Name) {
					calls = append(calls, fmt.Sprintf("%s %s %s", name, in, n.Name))
				}
			}
			return true
		})
	}
	return calls, nil
}

type reviewed struct{ calls, reasons []string }

// readCalls reads the list: a line has a call, two spaces, "#" and the reason.
func readCalls(t *testing.T) (r reviewed) {
	t.Helper()
	content, err := os.ReadFile(callsFile)
	require.NoError(t, err)
	for line := range strings.Lines(string(content)) {
		call, why, _ := strings.Cut(strings.TrimSpace(line), "#")
		r.calls = append(r.calls, strings.TrimSpace(call))
		r.reasons = append(r.reasons, strings.TrimSpace(why))
	}
	return r
}

// writeCalls keeps the reasons of the calls that stay.
func writeCalls(t *testing.T, calls []string) {
	t.Helper()
	before := reviewed{}
	if _, err := os.Stat(callsFile); err == nil {
		before = readCalls(t)
	}
	var b strings.Builder
	for _, call := range calls {
		why := ""
		if i := slices.Index(before.calls, call); i >= 0 {
			why = before.reasons[i]
		}
		fmt.Fprintf(&b, "%s  # %s\n", call, why)
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(callsFile), 0o755))
	require.NoError(t, os.WriteFile(callsFile, []byte(b.String()), 0o644))
}

package starter_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/lib"
	"github.com/mcp-runner/mcp-runner/rego/starter"
)

func TestFSHoldsTheBundleAndNoTests(t *testing.T) {
	want := []string{".manifest"}
	for _, name := range files(t, os.DirFS("."), "policy") {
		if !strings.HasSuffix(name, "_test.rego") {
			want = append(want, name)
		}
	}
	require.Greater(t, len(want), 1)
	require.Equal(t, want, files(t, starter.FS, "."))
}

func files(t *testing.T, fsys fs.FS, root string) []string {
	t.Helper()
	var names []string
	require.NoError(t, fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// A person who is denied reads the metadata.
func TestEveryPolicyIsDescribedAndTested(t *testing.T) {
	for _, name := range files(t, starter.FS, "policy") {
		t.Run(name, func(t *testing.T) {
			src, err := fs.ReadFile(starter.FS, name)
			require.NoError(t, err)
			module, err := ast.ParseModuleWithOpts(name, string(src), ast.ParserOptions{ProcessAnnotation: true})
			require.NoError(t, err)
			pkg := strings.ReplaceAll(strings.TrimSuffix(name, ".rego"), "/", ".")
			require.Equal(t, "data.mcp."+pkg, module.Package.Path.String())

			require.Len(t, module.Annotations, 1)
			a := module.Annotations[0]
			require.Equal(t, "package", a.Scope)
			require.NotEmpty(t, a.Title)
			require.NotEmpty(t, a.Description)
			require.Contains(t, []any{"low", "medium", "high", "critical"}, a.Custom["severity"])
			require.NotEmpty(t, a.Custom["remediation"])
			require.NotEmpty(t, a.Custom["owasp"])
			require.NotEmpty(t, a.RelatedResources)
			for _, resource := range a.RelatedResources {
				require.Equal(t, url.URL{Scheme: "https", Host: resource.Ref.Host, Path: resource.Ref.Path}, resource.Ref)
				require.NotEmpty(t, resource.Ref.Host)
			}

			test, err := os.ReadFile(strings.TrimSuffix(name, ".rego") + "_test.rego")
			require.NoError(t, err)
			require.Contains(t, string(test), "package mcp."+pkg+"_test\n")
		})
	}
}

// The same tests as `opa test ../lib policy`, but a builtin that fails makes its
// test fail.
func TestRego(t *testing.T) {
	modules, store, err := tester.Load([]string{"../lib/mcp/lib", "policy"}, nil)
	require.NoError(t, err)
	require.NoError(t, storage.Txn(t.Context(), store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetStore(store).
			SetModules(modules).
			RaiseBuiltinErrors(true).
			SetTimeout(time.Minute).
			RunTests(t.Context(), txn)
		if err != nil {
			return err
		}
		count := 0
		for result := range results {
			count++
			t.Run(path.Base(result.Package)+"."+result.Name, func(t *testing.T) {
				require.NoError(t, result.Error)
				require.True(t, result.Pass(), "%s\n%s", result.Location, result)
			})
		}
		require.NotZero(t, count)
		return nil
	}))
}

// All policies together, as the gate loads them.
func TestDecision(t *testing.T) {
	schema, err := os.ReadFile("../../gate/schema/input.json")
	require.NoError(t, err)
	policy, err := rego.Load(t.Context(), rego.LoadConfig{Name: "builtin", FS: starter.FS, InputSchema: schema})
	require.NoError(t, err)
	require.Empty(t, policy.Warnings())
	require.Len(t, policy.Policies(), len(files(t, starter.FS, "policy")))

	for name, c := range map[string]struct {
		server string
		denied []string
	}{
		"process on loopback": {
			server: `{"kind": "process", "endpoint": {"host": "127.0.0.1", "port": 8080, "loopback": true}}`,
		},
		"process over stdio": {
			server: `{"kind": "process", "transport": "stdio", "endpoint": {"loopback": true}}`,
		},
		"process for the network": {
			server: `{"kind": "process", "endpoint": {"host": "0.0.0.0", "port": 8080}}`,
			denied: []string{"exposure.unauthenticated"},
		},
		"remote over TLS": {
			server: `{"kind": "remote", "remote": {"url": "https://mcp.example/mcp", "scheme": "https", "host": "mcp.example"}}`,
		},
		"remote in clear": {
			server: `{"kind": "remote", "remote": {"url": "http://mcp.example/mcp", "scheme": "http", "host": "mcp.example"}}`,
			denied: []string{"remote.tls"},
		},
		"container with a directory": {
			server: `{"kind": "container", "mounts": [{"source": "/home/u/work", "resolved": "/home/u/work"}]}`,
		},
		"container with the socket": {
			server: `{"kind": "container", "mounts": [{"source": "/home/u/x", "resolved": "/run/docker.sock"}]}`,
			denied: []string{"mounts.socket"},
		},
		"everything at once": {
			server: `{
				"kind": "remote",
				"source": {"reference": "docker", "opaque": true},
				"remote": {"url": "http://mcp.example/mcp", "scheme": "http", "host": "mcp.example"},
				"endpoint": {"host": "::", "port": 8080},
				"mounts": [{"source": "/", "resolved": "/"}],
				"permissions": {"privileged": true, "network": {"mode": "host"}},
				"redactions": [{"path": "/server/environment/0/value", "reason": "name"}]
			}`,
			denied: policy.Policies(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := policy.Eval(t.Context(), input(t, c.server))
			require.NoError(t, err)
			require.Empty(t, result.Errors)
			require.Empty(t, result.Warnings)
			var denied []string
			for _, v := range result.Violations {
				require.Equal(t, rego.LevelDeny, v.Level)
				require.NotEmpty(t, v.Path)
				require.NotEmpty(t, v.Remediation)
				denied = append(denied, v.Policy)
			}
			require.Equal(t, c.denied, denied)
			require.Equal(t, len(c.denied) == 0, result.Allowed)
		})
	}
}

// input is a whole input with what server says of input.server.
func input(t *testing.T, server string) ast.Value {
	t.Helper()
	options := []func(*oparego.Rego){
		oparego.Query(fmt.Sprintf(`data.mcp.lib.input_with({"server": %s})`, server)),
		oparego.StrictBuiltinErrors(true),
	}
	for _, name := range files(t, lib.FS, "mcp/lib") {
		src, err := fs.ReadFile(lib.FS, name)
		require.NoError(t, err)
		options = append(options, oparego.Module(name, string(src)))
	}
	results, err := oparego.New(options...).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 1)
	v, err := ast.InterfaceToValue(results[0].Expressions[0].Value)
	require.NoError(t, err)
	return v
}

package library_test

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego/library"
)

// all is every policy of the library.
func all(t *testing.T) []library.Policy {
	t.Helper()
	strict, err := library.Lookup("strict")
	require.NoError(t, err)
	return strict.Policies
}

func TestThereAreManyPolicies(t *testing.T) {
	require.GreaterOrEqual(t, len(all(t)), 35)
}

// A person who is denied reads the metadata.
func TestEveryPolicyIsDescribed(t *testing.T) {
	for _, policy := range all(t) {
		t.Run(policy.Name, func(t *testing.T) {
			file := policy.Files[0]
			module, err := ast.ParseModuleWithOpts(file.Name, string(file.Content), ast.ParserOptions{ProcessAnnotation: true})
			require.NoError(t, err)
			require.Equal(t, "data.mcp.policy."+policy.Name, module.Package.Path.String())
			require.Equal(t, policy.Name, strings.ReplaceAll(strings.TrimSuffix(file.Name, ".rego"), "/", "."))

			require.Len(t, module.Annotations, 1, "one block of metadata, for the package")
			a := module.Annotations[0]
			require.Equal(t, "package", a.Scope)
			require.NotEmpty(t, a.Title)
			require.Equal(t, a.Title, policy.Title, "the program reads the metadata as OPA does")
			require.NotRegexp(t, `[.\n]$`, a.Title, "a title is no sentence")
			require.NotEmpty(t, a.Description)
			require.Contains(t, []any{"low", "medium", "high", "critical"}, a.Custom["severity"])
			require.NotEmpty(t, a.Custom["remediation"])
			owasp, ok := a.Custom["owasp"].([]any)
			require.True(t, ok)
			require.NotEmpty(t, owasp)
			for _, id := range owasp {
				require.Regexp(t, `^MCP(0[1-9]|10)$`, id)
			}
			for key := range a.Custom {
				require.Contains(t, []string{"severity", "remediation", "owasp", "params", "enforcement"}, key)
			}
			require.NotEmpty(t, a.RelatedResources)
			for _, resource := range a.RelatedResources {
				requireKnown(t, resource.Ref)
			}
			require.Equal(t, a.Custom["params"] != nil, policy.Schema != nil)
			if policy.Schema != nil {
				requireDescribedParams(t, policy)
			}
		})
	}
}

// specification is where the pages of MCP's specification are, of one version.
const specification = "/specification/2025-11-25/"

// anchors are the headings that a policy may link to, by page of the
// specification.
var anchors = map[string][]string{
	"basic/security_best_practices": {
		"", "confused-deputy-problem", "token-passthrough", "server-side-request-forgery-ssrf",
		"session-hijacking", "local-mcp-server-compromise", "scope-minimization",
	},
	"basic/transports": {"", "security-warning"},
}

// requireKnown holds a link to a page that exists, as far as that can be told
// without asking: a heading that nobody knows of leads nowhere.
func requireKnown(t *testing.T, link url.URL) {
	t.Helper()
	require.Equal(t, "https", link.Scheme, link.String())
	require.NotEmpty(t, link.Host, link.String())
	require.Empty(t, link.RawQuery, link.String())
	if page, ok := strings.CutPrefix(link.Path, specification); ok && link.Host == "modelcontextprotocol.io" && anchors[page] != nil {
		require.Contains(t, anchors[page], link.Fragment, link.String())
		return
	}
	require.NotContains(t, link.Path, "security_best_practices", "another version than %s", specification)
	require.Empty(t, link.Fragment, link.String())
	if link.Host == "nvd.nist.gov" {
		require.Regexp(t, `^/vuln/detail/CVE-\d{4}-\d{4,}$`, link.Path)
	}
}

// requireDescribedParams holds the params to what a profile and its reader need
// of them.
func requireDescribedParams(t *testing.T, policy library.Policy) {
	t.Helper()
	require.Equal(t, "object", policy.Schema["type"])
	require.Equal(t, false, policy.Schema["additionalProperties"])
	properties, ok := policy.Schema["properties"].(map[string]any)
	require.True(t, ok)
	require.NotEmpty(t, properties)
	required, ok := policy.Schema["required"].([]any)
	require.True(t, ok, "required: all of them")
	for name, property := range properties {
		require.Contains(t, required, name, "a param that may be absent is one that nobody sees")
		schema, ok := property.(map[string]any)
		require.True(t, ok, name)
		require.NotEmpty(t, schema["description"], name)
		require.Contains(t, schema, "default", name)
		require.NotEmpty(t, schema["type"], name)
	}
	require.Len(t, required, len(properties))

	text, err := json.Marshal(policy.Schema)
	require.NoError(t, err)
	var schema jsonschema.Schema
	require.NoError(t, json.Unmarshal(text, &schema))
	_, err = schema.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	require.NoError(t, err, "a default that its own schema refuses")
}

// What a policy is held to by its own tests stands in their names.
func TestEveryPolicyIsTested(t *testing.T) {
	for _, policy := range all(t) {
		t.Run(policy.Name, func(t *testing.T) {
			file := policy.Files[1]
			module, err := ast.ParseModule(file.Name, string(file.Content))
			require.NoError(t, err)
			require.Equal(t, "data.mcp.policy."+policy.Name+"_test", module.Package.Path.String())
			kinds := []string{"allowed", "denied", "hostile"}
			if policy.Schema != nil {
				kinds = append(kinds, "params_absent")
			}
			named := regexp.MustCompile(`^test_(allowed|denied|hostile|params_absent|params)(_|$)`)
			seen := map[string]bool{}
			for _, rule := range module.Rules {
				name := rule.Head.Ref()[0].Value.String()
				if strings.HasPrefix(name, "test_") {
					m := named.FindStringSubmatch(name)
					require.NotNil(t, m, "%s: want test_allowed_, test_denied_, test_hostile_ or test_params_", name)
					seen[m[1]] = true
				}
			}
			for _, kind := range kinds {
				require.True(t, seen[kind], "no test_%s_…", kind)
			}
		})
	}
}

// Each file of the directory is a policy or the test of one.
func TestTheDirectoryHoldsPoliciesAlone(t *testing.T) {
	var want []string
	for _, policy := range all(t) {
		want = append(want, path.Join("policy", policy.Files[0].Name), path.Join("policy", policy.Files[1].Name))
	}
	slices.Sort(want)
	require.Equal(t, want, files(t, os.DirFS("."), "policy"))
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
	slices.Sort(names)
	return names
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
			t.Run(strings.TrimPrefix(result.Package, "data.mcp.")+"."+result.Name, func(t *testing.T) {
				require.NoError(t, result.Error)
				require.True(t, result.Pass(), "%s\n%s", result.Location, result)
			})
		}
		require.NotZero(t, count)
		return nil
	}))
}

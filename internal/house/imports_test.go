package house_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/mcp-runner/mcp-runner/"

// TestImportsPointOneWay holds the import rules of docs/design.md.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	texts(t) // `go test` reuses a result unless a file that the test itself read has changed

	for from, rule := range map[string]struct {
		forbidden func(string) bool
		why       string
	}{
		"runner":          {either(under(module+"gate", module+"rego", opaModule), containerClient), "runs servers, knows no policy, and leaves containers to runner/docker"},
		"runner/docker":   {under(module+"gate", module+"rego", opaModule), "runs servers and knows no policy"},
		"rego":            {under(module+"runner", module+"gate"), "knows policies and no MCP server"},
		"internal/egress": {either(containerClient, under(module+"runner", module+"gate", module+"rego", opaModule)), "only passes connections on"},
		"gate": {either(containerClient, under(
			opaModule+"/sdk", opaModule+"/runtime", opaModule+"/server",
			opaModule+"/v1/sdk", opaModule+"/v1/runtime", opaModule+"/v1/server",
			"github.com/stacklok", "github.com/prometheus",
		)), "evaluates in memory"},
	} {
		deps := goList(t, "-deps", "./"+from)
		require.Contains(t, deps, module+from)
		for _, dep := range deps {
			require.False(t, rule.forbidden(dep), "%s reaches %s, but it %s", from, dep, rule.why)
		}
	}
}

// containerClient are the packages that talk to container engines and registries.
var containerClient = under(
	module+"runner/docker", "github.com/docker", "github.com/moby", "github.com/containerd", "github.com/containers",
	"github.com/google/go-containerregistry",
)

func either(rules ...func(string) bool) func(string) bool {
	return func(pkg string) bool {
		return slices.ContainsFunc(rules, func(rule func(string) bool) bool { return rule(pkg) })
	}
}

// TestOnlyTheCommandReachesContainerEngines holds that what asks policies, and
// whoever embeds it, comes without a client for containers.
func TestOnlyTheCommandReachesContainerEngines(t *testing.T) {
	t.Parallel()
	texts(t)
	const docker = module + "runner/docker"
	reached := map[string]bool{}
	for _, p := range listPackages(t, "-test", "./...") {
		pkg := p.plainPath()
		if under(docker, module+"cmd")(pkg) {
			continue
		}
		for _, dep := range p.Deps {
			dep, _, _ = strings.Cut(dep, " [")
			require.False(t, under(docker)(dep), "%s reaches %s, which is the command's alone", p.ImportPath, dep)
			if !strings.Contains(p.ImportPath, "[") && !strings.HasSuffix(p.ImportPath, ".test") && containerClient(dep) {
				reached[pkg] = true
			}
		}
	}
	// Tests run containers with it.
	delete(reached, module+"internal/enginetest")
	require.Empty(t, reached, "they reach a client of container engines")
}

func TestOnlyRegoImportsOPAAndFsnotify(t *testing.T) {
	t.Parallel()
	texts(t)
	found := false
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		pkg, imports, _ := strings.Cut(line, " ")
		for imported := range strings.FieldsSeq(imports) {
			if under(opaModule, "github.com/fsnotify/fsnotify")(imported) {
				found = true
				// gate builds the ast.Value that it hands to rego.
				allowed := under(module+"rego")(pkg) || pkg == module+"gate" && imported == opaModule+"/v1/ast"
				require.True(t, allowed, "%s imports %s", pkg, imported)
			}
		}
	}
	require.True(t, found)
}

// TestOnlyDiagnosticsImportsPrometheus holds that who embeds the gate, or runs
// servers without it, does not take the client of Prometheus with it.
func TestOnlyDiagnosticsImportsPrometheus(t *testing.T) {
	t.Parallel()
	texts(t)
	const allowed = module + "gate/diagnostics"
	found := false
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`, "./...") {
		pkg, imports, _ := strings.Cut(line, " ")
		for imported := range strings.FieldsSeq(imports) {
			if under("github.com/prometheus")(imported) {
				found = true
				require.Equal(t, allowed, pkg, "it imports %s", imported)
			}
			if imported == allowed {
				require.True(t, under(module+"cmd", allowed)(pkg), "%s imports %s", pkg, imported)
			}
		}
	}
	require.True(t, found)
}

// under tells whether a package is one of roots or below one of them.
func under(roots ...string) func(string) bool {
	return func(pkg string) bool {
		return slices.ContainsFunc(roots, func(root string) bool {
			return pkg == root || strings.HasPrefix(pkg, root+"/")
		})
	}
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = root(t)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

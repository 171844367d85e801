package house_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const runnerPath = module + "runner"

// Between the question to the gate and the start of a server there is one way.
// These are the functions of package runner that may go a step of it.
var (
	// callSetup is who sets servers up.
	callSetup = []string{"(*Runner).run"}
	// makeApproved is who says that a server was allowed.
	makeApproved = []string{"(*Runner).ask"}
	// callAsk is who asks the gate.
	callAsk = []string{"(*Runner).run", "(*Runner).Check", "EagerCheckCreateServer"}
	// refusals are tests, by package and name, that go there to be refused.
	refusals = []string{module + "runner/docker.TestSetupNotAllowed"}
)

// TestSetupIsReachedThroughTheGateAlone looks at every package of the module, its
// tests included, except those of package runner itself, which test the parts.
func TestSetupIsReachedThroughTheGateAlone(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range listPackages(t, "-test", "./...") {
		if p.mentions(t, "Setup", "Approved") {
			names = append(names, p.plainPath())
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	require.Contains(t, names, runnerPath)
	require.Contains(t, names, module+"runner/docker")
	c := newCallSites(t, names)
	for _, p := range c.packages {
		for _, place := range c.violations(t, p) {
			t.Errorf("%s", place)
		}
		for _, name := range p.IgnoredGoFiles {
			for _, place := range unbuilt(t, p, name) {
				t.Errorf("%s", place)
			}
		}
	}
	// The tests above are of something.
	require.Subset(t, slices.Collect(maps.Keys(c.allowed)), []string{
		"(*Runner).run calls Setup", "(*Runner).ask makes an Approved", "(*Runner).run calls ask", "(*Runner).Check calls ask", "EagerCheckCreateServer calls ask",
	})
	for name, text := range texts(t) {
		if strings.HasSuffix(name, ".go") && strings.HasPrefix(name, "browser/") {
			require.NotContains(t, text, `"`+runnerPath, "%s is of a module that this test does not look at", name)
		}
	}
}

var wanted = regexp.MustCompile(`// want\b`)

// TestSetupCallSitesAreFound holds that the test above finds what it is for.
func TestSetupCallSitesAreFound(t *testing.T) {
	t.Parallel()
	c := newCallSites(t, []string{module + "internal/house/testdata/setup", runnerPath})
	for _, p := range c.packages {
		var fixture string
		switch p.ImportPath {
		case module + "internal/house/testdata/setup":
			fixture = filepath.Join(p.Dir, "bypass.go")
		case runnerPath:
			fixture = filepath.Join(root(t), "internal", "house", "testdata", "setup", "inside.go.txt")
			p.GoFiles = append(p.GoFiles, fixture)
		default:
			continue
		}
		var want, have []string
		data, err := os.ReadFile(fixture)
		require.NoError(t, err)
		for i, line := range strings.Split(string(data), "\n") {
			for range wanted.FindAllString(line, -1) {
				want = append(want, fmt.Sprintf("%s:%d", filepath.Base(fixture), i+1))
			}
		}
		require.NotEmpty(t, want)
		for _, place := range c.violations(t, p) {
			at, _, _ := strings.Cut(place, ": ")
			have = append(have, filepath.Base(at))
		}
		slices.Sort(want)
		slices.Sort(have)
		require.Equal(t, want, have)
	}
}

// listed is a package as go list describes it.
type listed struct {
	ImportPath, Dir, Export, ForTest string
	Standard                         bool
	GoFiles, CgoFiles                []string
	TestGoFiles, XTestGoFiles        []string
	IgnoredGoFiles                   []string
	Deps                             []string
	ImportMap                        map[string]string
}

func listPackages(t *testing.T, args ...string) []*listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json"}, args...)...)
	cmd.Dir = root(t)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var packages []*listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := &listed{}
		err := dec.Decode(p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}

// plainPath is the path without what a variant for a test adds.
func (p *listed) plainPath() string {
	path, _, _ := strings.Cut(p.ImportPath, " [")
	return strings.TrimSuffix(strings.TrimSuffix(path, ".test"), "_test")
}

// mentions reports whether a file of p has one of words in it. What calls a
// method, by whatever type, names it.
func (p *listed) mentions(t *testing.T, words ...string) bool {
	t.Helper()
	for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles, p.IgnoredGoFiles) {
		if filepath.IsAbs(name) {
			continue // the main function of a test
		}
		data, err := os.ReadFile(filepath.Join(p.Dir, name))
		require.NoError(t, err)
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(string(data), word) }) {
			return true
		}
	}
	return false
}

// callSites finds the places.
type callSites struct {
	packages []*listed // those to look at
	exports  map[string]string
	allowed  map[string]bool // what was found where it may be
}

func newCallSites(t *testing.T, names []string) *callSites {
	t.Helper()
	c := &callSites{exports: map[string]string{}, allowed: map[string]bool{}}
	for _, p := range listPackages(t, append([]string{"-export", "-deps", "-test"}, names...)...) {
		c.exports[p.ImportPath] = p.Export
		if slices.Contains(names, p.plainPath()) && !strings.HasSuffix(p.ImportPath, ".test") {
			c.packages = append(c.packages, p)
		}
	}
	return c
}

// violations are the places of p from which Setup is reached past the gate.
func (c *callSites) violations(t *testing.T, p *listed) []string {
	t.Helper()
	require.Empty(t, p.CgoFiles, p.ImportPath)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if mapped := p.ImportMap[path]; mapped != "" {
			path = mapped
		}
		return os.Open(c.exports[path])
	})}
	pkg, err := config.Check(p.plainPath(), fset, files, info)
	require.NoError(t, err, p.ImportPath)
	v := &visit{callSites: c, fset: fset, info: info, pkg: pkg}
	for _, file := range files {
		// Tests of package runner test its parts.
		if pkg.Path() == runnerPath && strings.HasSuffix(fset.File(file.FileStart).Name(), "_test.go") {
			continue
		}
		for _, decl := range file.Decls {
			v.function = functionName(decl)
			ast.Inspect(decl, v.node)
		}
	}
	return v.found
}

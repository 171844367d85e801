package rego_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// Each row is a form of Rego with a number of steps that loads, and one that does
// not: there the compiler would take very long, or all memory.
func TestComplexityLimits(t *testing.T) {
	steps := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.NewReplacer("$+", fmt.Sprint(i+1), "$", fmt.Sprint(i)).Replace(format))
		}
		return b.String()
	}
	body := func(n int, first, format string) string {
		return "deny contains \"m\" if {\n\t" + first + "\n" + steps(n, "\t"+format+"\n") + "\tinput.version == 2\n}\n"
	}
	around := func(n int, open, inner, end string) string {
		return "x := " + strings.Repeat(open, n) + inner + strings.Repeat(end, n) + "\n"
	}
	for name, c := range map[string]struct {
		loads, refused int
		policy         func(n int) string
		want           string
	}{
		"words":     {40_000, 250_000, func(n int) string { return "x := {" + steps(n, `"k$", `) + "0}" }, "words and signs of Rego"},
		"rules":     {5000, 40_000, func(n int) string { return steps(n, "r$ := 1\n\n") }, "words and signs of Rego"},
		"digits":    {1000, 1001, func(n int) string { return "x := \"\" if input.version == 1" + strings.Repeat("0", n-1) }, "digits"},
		"brackets":  {900, 1001, func(n int) string { return around(n, "[", "1", "]") }, "1001 deep"},
		"lines":     {900, 300_000, func(n int) string { return around(900, "[", `"`+strings.Repeat("a", n)+`"`, "]") }, "break the line"},
		"reference": {900, 1001, func(n int) string { return "x := input" + strings.Repeat(".config", n) }, "a reference has"},
		"name":      {900, 1001, func(n int) string { return "x" + strings.Repeat(".a", n) + " := 1" }, "the rule has"},
		"arguments": {900, 1001, func(n int) string { return "f(a" + steps(n-1, ", x$") + ") := 1" }, "arguments"},
		"else": {900, 1001, func(n int) string {
			return "x := 1 if input.version == 1\n\n" + steps(n, "else := $ if input.version == $\n\n")
		}, "cases with else"},
		"with": {900, 1001, func(n int) string {
			return `deny contains "w" if input.version == 2` + strings.Repeat(` with input.version as 3`, n)
		}, "with"},
		"comprehensions":   {8, 11, func(n int) string { return around(n, "[y | y := ", "1", "]") }, "stand inside of each other"},
		"template strings": {8, 12, func(n int) string { return around(n, `$"{`, "1", `}"`) }, "stand inside of each other"},
		"every": {8, 11, func(n int) string {
			return "x := 1 if " + strings.Repeat("every y in [1] { y == 1; ", n) + "input.version == 1" + strings.Repeat("}", n)
		}, "stand inside of each other"},
		"keys": {4, 5, func(n int) string { return around(n, "{", "1", ": 1}") }, "keys of objects"},
		"body": {2000, 20_000, func(n int) string { return body(n, "true", "x$ := input.server.name") }, "takes too long"},
		"body upside down": {150, 1000, func(n int) string {
			return "deny contains \"m\" if {\n" + steps(n, "\tx$ = x$+\n") + fmt.Sprintf("\tx%d = 1\n}\n", n)
		}, "takes too long"},
		"chain":           {1000, 10_000, func(n int) string { return steps(n, "r$ := r$+\n\n") + fmt.Sprintf("r%d := 1\n", n) }, "refers to"},
		"types":           {12, 20, func(n int) string { return steps(n, "r$ := [r$+, r$+]\n\n") + fmt.Sprintf("r%d := 1\n", n) }, "the type of rule"},
		"types in a body": {12, 20, func(n int) string { return body(n, "x0 := input.server.name", "x$+ := {\"a\": x$, \"b\": x$}") }, "the type of"},
		"types of input":  {6, 12, func(n int) string { return body(n, "x0 := input", "x$+ := [x$, x$]") }, "the type of"},
		"types of a tree": {12, 200, func(n int) string {
			return steps(n, "f$(x) := {\"x\": f$+(x).x, \"y\": f$+(x)}\n\n") + fmt.Sprintf("f%d(x) := {\"x\": x}\n", n)
		}, ""},
		"widths":      {9, 11, func(n int) string { return `x := sprintf("` + strings.Repeat("%999999d", n) + `", [1])` }, "widths"},
		"widths of *": {9, 11, func(n int) string { return `x := sprintf("` + strings.Repeat("%*d", n) + `", [1])` }, "widths"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := "package mcp.policy.a\n\ndeny contains \"found\" if input.version == 7\n\n"
			load := func(n int) error {
				f := files{"a.rego": policy + c.policy(n)}
				_, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: f.fs(), InputSchema: inputSchema(t), Log: quiet})
				return err
			}
			require.NoError(t, load(c.loads))
			err := load(c.refused)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			for _, f := range rego.Findings(err) {
				require.Equal(t, "too-complex", f.Rule)
				require.Equal(t, "a.rego", f.File)
				require.NotEmpty(t, f.Fix)
				require.Less(t, len(f.Error()), 1000)
			}
		})
	}
}

// What is together too much is refused, though each file is not.
func TestComplexityOfManyFiles(t *testing.T) {
	f := files{"a.rego": denyBad}
	rule := strings.Repeat("x contains [1, 2, 3, 4, 5, 6, 7, 8, 9]\n\n", 10_000)
	for i := range 20 {
		f[fmt.Sprintf("f%02d.rego", i)] = fmt.Sprintf("package corp.f%d\n\n", i) + rule
	}
	_, err := loadFS(t.Context(), f.fs())
	require.ErrorContains(t, err, "the source holds")

	// A helper is compiled with each policy that imports it.
	var long strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&long, "\tx%d := input.server.name\n", i)
	}
	f = files{"helper.rego": "package corp.helper\n\nx if {\n" + long.String() + "\tx7 == \"a\"\n}\n"}
	policy := "package mcp.policy.p%d\n\ndeny contains \"m\" if data.corp.helper.x\n"
	f["p.rego"] = fmt.Sprintf(policy, 0)
	_, err = loadFS(t.Context(), f.fs())
	require.NoError(t, err)
	for i := range 200 {
		f[fmt.Sprintf("p%d.rego", i)] = fmt.Sprintf(policy, i+1)
	}
	_, err = loadFS(t.Context(), f.fs())
	require.ErrorContains(t, err, "helper.rego:3: the source takes too long to compile")
}

// What ships, and what a large organisation might write, is far below every
// limit.
func TestComplexityOfWhatPeopleWrite(t *testing.T) {
	thousand, one := files{}, strings.Builder{}
	one.WriteString("package mcp.policy.large\n\n")
	for i := range 1000 {
		thousand[fmt.Sprintf("p%d.rego", i)] = benchPolicy(i)
		fmt.Fprintf(&one, `# Team %[1]d takes its images from its own part of the registry.
deny contains {"msg": msg, "path": "/server/image/registry", "details": {"team": "t%[1]d", "allowed": allowed_%[1]d}} if {
	some label in input.server.labels
	label.name == "team"
	label.value == "t%[1]d"
	not registry_of_%[1]d
	msg := sprintf("image %%q is not one of team %%s", [input.server.image.reference, label.value])
}

allowed_%[1]d := {"registry.corp.example/t%[1]d", "ghcr.io/corp/t%[1]d"}

registry_of_%[1]d if {
	some prefix in allowed_%[1]d
	startswith(concat("/", [input.server.image.registry, input.server.image.repository]), prefix)
}

`, i)
	}
	// To read params is no reference to each rule of the source.
	params, settings := files{}, strings.Builder{}
	settings.WriteString("mcp:\n  settings:\n    params:\n")
	for i := range 300 {
		fmt.Fprintf(&settings, "      p%d: {names: []}\n", i)
		params[fmt.Sprintf("p%d.rego", i)] = fmt.Sprintf("package mcp.policy.p%d\n\ndeny contains \"m\" if input.server.name in names\n\n", i) +
			strings.Repeat(fmt.Sprintf("names contains name if some name in data.mcp.settings.params.p%d.names\n\n", i), 10)
	}
	params["data.yaml"] = settings.String()
	for name, fsys := range map[string]rego.LoadConfig{
		"params":              {FS: params.fs()},
		"starter":             {FS: starterSource(t)},
		"cookbook":            {FS: os.DirFS("../examples/cookbook")},
		"thousand policies":   {FS: thousand.fs()},
		"one with 3000 rules": {FS: files{"a.rego": one.String()}.fs()},
	} {
		t.Run(name, func(t *testing.T) {
			fsys.Name, fsys.InputSchema, fsys.Log = "test", inputSchema(t), quiet
			shares, took, err := rego.Complexity(t.Context(), fsys)
			require.NoError(t, err)
			for limit, share := range shares {
				require.Less(t, share, 0.2, limit)
			}
			soak.Report(t, "%v of the limits, found in %s", shares, took)
			fsys.Deadline = 5 * time.Minute // of a busy machine
			_, err = rego.Load(t.Context(), fsys)
			require.NoError(t, err)
		})
	}
}

func starterSource(t *testing.T) fs.FS {
	t.Helper()
	fsys, err := library.Source(library.Default)
	require.NoError(t, err)
	return fsys
}

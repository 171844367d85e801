package rego_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

const testedPolicy = `package mcp.policy.images.registry

approved if input.server.image.registry in {"ghcr.io"}

deny contains {"msg": msg, "path": "/server/image/registry"} if {
	input.server.image.repository != ""
	not approved
	msg := sprintf("image %q is bad", [input.server.image.reference])
}

warn contains "never" if input.server.kind == "remote"
`

const testHead = `package mcp.policy.images.registry_test

import data.mcp.lib
import data.mcp.policy.images.registry

denied(image) := found if found := registry.deny with input as lib.input_with({"server": {"image": image}})

`

// runTests runs the tests in text against testedPolicy.
func runTests(t *testing.T, text string, change ...func(*rego.TestConfig)) (*rego.TestReport, error) {
	t.Helper()
	cfg := rego.TestConfig{LoadConfig: rego.LoadConfig{Name: "tested", FS: fstest.MapFS{
		"registry.rego":      {Data: []byte(testedPolicy)},
		"registry_test.rego": {Data: []byte(text)},
	}}}
	cfg.InputSchema = inputSchema(t)
	for _, c := range change {
		c(&cfg)
	}
	return rego.Test(t.Context(), cfg)
}

func one(t *testing.T, text string, change ...func(*rego.TestConfig)) rego.TestResult {
	t.Helper()
	report, err := runTests(t, testHead+text, change...)
	require.NoError(t, err)
	require.Len(t, report.Tests, 1)
	return report.Tests[0]
}

func TestTestOutcomes(t *testing.T) {
	for name, c := range map[string]struct{ text, outcome, err string }{
		"pass":    {text: `test_x if count(denied({"registry": "ghcr.io", "repository": "a"})) == 0`, outcome: rego.OutcomePass},
		"fail":    {text: `test_x if count(denied({"registry": "ghcr.io", "repository": "a"})) == 1`, outcome: rego.OutcomeFail},
		"false":   {text: `test_x := false`, outcome: rego.OutcomeFail},
		"skipped": {text: `todo_test_x if false`, outcome: rego.OutcomeSkip},
		"a builtin that fails": {
			text:    `test_x if not to_number(sprintf("%v", [denied({})])) == 3`,
			outcome: rego.OutcomeError, err: "registry_test.rego:8: eval_builtin_error: to_number",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := one(t, c.text)
			require.Equal(t, c.outcome, r.Outcome)
			require.Contains(t, r.Error, c.err)
			require.Equal(t, "mcp.policy.images.registry_test", r.Package)
			require.Equal(t, "registry_test.rego", r.File)
			require.Equal(t, 8, r.Row)
		})
	}
}

func TestTestWhatDoesNotLoad(t *testing.T) {
	for name, c := range map[string]struct{ text, err string }{
		"a builtin that the gate refuses": {testHead + "test_x if time.now_ns() > 0", "registry_test.rego:8: time.now_ns"},
		"a package that is no test":       {"package mcp.policy.images.registry\n\ndeny contains \"x\"", "package mcp.policy.images.registry_test"},
		"a test that denies":              {testHead + "deny contains \"x\"", "defines no deny"},
		"the decision logic":              {testHead + "test_x if data.mcp.gate.decide({}).allowed", "data.mcp.gate"},
		"a syntax error":                  {testHead + "test_x if {", "registry_test.rego:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := runTests(t, c.text)
			require.ErrorContains(t, err, c.err)
		})
	}
	_, err := runTests(t, testHead, func(c *rego.TestConfig) {
		c.FS = fstest.MapFS{"x_test.rego": {Data: []byte("package x_test\n\ntest_x if true")}}
	})
	require.ErrorIs(t, err, rego.ErrNoPolicy)
	_, err = runTests(t, testHead, func(c *rego.TestConfig) { c.Run = "(" })
	require.ErrorContains(t, err, "the tests to run")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = rego.Test(ctx, rego.TestConfig{LoadConfig: rego.LoadConfig{FS: fstest.MapFS{}}})
	require.ErrorIs(t, err, context.Canceled)
}

// The gate reads no test: a broken one stops nothing, and none changes the
// revision.
func TestTestsAreNeverLoaded(t *testing.T) {
	load := func(files map[string]string) *rego.Policy {
		fsys := fstest.MapFS{"registry.rego": {Data: []byte(testedPolicy)}}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		p, err := rego.Load(t.Context(), rego.LoadConfig{Name: "tested", FS: fsys})
		require.NoError(t, err)
		return p
	}
	require.Equal(t, load(nil).Revision(), load(map[string]string{"x_test.rego": "package mcp.policy.x_test\n\nbroken {"}).Revision())
}

func TestTestPackagesInOtherFiles(t *testing.T) {
	report, err := runTests(t, testHead+"test_x if true", func(c *rego.TestConfig) {
		c.FS.(fstest.MapFS)["more.rego"] = &fstest.MapFile{Data: []byte("package more_test\n\ntest_y if true")}
	})
	require.NoError(t, err)
	require.Len(t, report.Tests, 2)
	require.Equal(t, "more_test", report.Tests[0].Package)
}

func TestTestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		row    int
		values []rego.Value
		diff   []string
		hint   string
		trace  []string
	}{
		"a count": {
			text: `test_x if {
	some image in [{"registry": "ghcr.io", "repository": "a"}]
	count(denied(image)) == 1
}`,
			row:    10,
			values: []rego.Value{{Name: "count(denied(image))", Value: "0"}, {Name: "denied(image)", Value: "set()"}},
			diff:   []string{"-0", "+1"},
			trace:  []string{"not mcp.policy.images.registry.deny 7 not approved", "held mcp.policy.images.registry.approved"},
		},
		"a set": {
			text: `test_x if {
	denied({"registry": "docker.io", "repository": "a", "reference": "y"}) == {{"msg": "image \"x\" is bad", "path": "/server/image/registry"}}
}`,
			row:  9,
			diff: []string{`-    "msg": "image \"y\" is bad"`, `+    "msg": "image \"x\" is bad"`, `     "path": "/server/image/registry"`},
			trace: []string{"held mcp.policy.images.registry.deny",
				`not mcp.policy.images.registry.approved 3 input.server.image.registry in {"ghcr.io"}`},
		},
		"a reference against a set": {
			text: `test_x if {
	registry.warn == {"x"} with input as lib.input_with({"server": {"kind": "remote"}})
}`,
			row:  9,
			diff: []string{`-  "never"`, `+  "x"`},
		},
		// What comes later, on the way back, matters less than what came furthest.
		"the furthest": {
			text: `test_x if {
	some n in [1, 2]
	n < 2
	n == 5
}`,
			row:    11,
			values: []rego.Value{{Name: "n", Value: "1"}},
			diff:   []string{"-1", "+5"},
		},
		"inside every": {
			text: `test_x if {
	every r in ["ghcr.io", "docker.io"] {
		count(denied({"registry": r, "repository": "a"})) == 0
	}
}`,
			row:    10,
			values: []rego.Value{{Name: "r", Value: `"docker.io"`}},
			diff:   []string{"-1", "+0"},
		},
		"a field that is not there": {
			text: `test_x if {
	count(denied({"registri": "ghcr.io", "repository": 1})) == 0
}`,
			row:   9,
			hint:  "lib.input_with refuses server.image.registri, server.image.repository: the input has no such field, or one of another type",
			trace: []string{"not mcp.policy.images.registry_test.denied 6 lib.input_with("},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := one(t, c.text)
			require.Equal(t, rego.OutcomeFail, r.Outcome)
			f := r.Failure
			require.NotNil(t, f)
			require.Equal(t, "registry_test.rego", f.File)
			require.Equal(t, c.row, f.Row)
			require.Subset(t, f.Values, c.values)
			for _, line := range c.diff {
				require.Contains(t, f.Diff, line)
			}
			if c.diff == nil {
				require.Empty(t, f.Diff)
			}
			require.Equal(t, c.hint, f.Hint)
			text := traceText(f.Trace)
			for _, line := range c.trace {
				require.Contains(t, text, line)
			}
		})
	}
}

func traceText(rules []rego.RuleTrace) string {
	var b strings.Builder
	for _, r := range rules {
		switch {
		case r.Held:
			b.WriteString("held " + r.Rule + "\n")
		case r.Stopped == nil:
			b.WriteString("not " + r.Rule + "\n")
		default:
			b.WriteString("not " + r.Rule + " " + string(rune('0'+r.Stopped.Row)) + " " + r.Stopped.Text + "\n")
		}
	}
	return b.String()
}

func TestTestCases(t *testing.T) {
	r := one(t, `test_x[tc.name] if {
	some tc in [{"name": "a", "registry": "ghcr.io"}, {"name": "b", "registry": "docker.io"}]
	count(denied({"registry": tc.registry, "repository": "a"})) == 0
}`)
	require.Equal(t, rego.OutcomeFail, r.Outcome)
	require.Nil(t, r.Failure)
	require.Len(t, r.Cases, 2)
	require.Equal(t, rego.TestCase{Name: "a", Outcome: rego.OutcomePass}, r.Cases[0])
	require.Equal(t, "b", r.Cases[1].Name)
	require.Equal(t, rego.OutcomeFail, r.Cases[1].Outcome)
	require.Equal(t, 10, r.Cases[1].Failure.Row)
	require.Contains(t, r.Cases[1].Failure.Values, rego.Value{Name: "tc.registry", Value: `"docker.io"`})
}

// A secret leaves the report before anything is cut short, where a part of it
// would not be known for one.
func TestTestRedacts(t *testing.T) {
	secret := strings.Repeat("s3cret", 40)
	redact := func(c *rego.TestConfig) {
		c.Redact = func(s string) string { return strings.ReplaceAll(s, secret, "<redacted>") }
	}
	for _, text := range []string{
		`test_x if { v := "` + secret + `"; print(v); v == "other" }`,
		`test_x if count(denied({"reference": "` + secret + `", "repository": "a"})) == 0`,
		`test_x[v] if { some v in ["` + secret + `"]; v == "other" }`,
		`test_x if to_number("` + secret + `") == 1`,
		`test_x if denied({"` + secret + `": 1}) == set()`,
	} {
		r := one(t, text, redact)
		require.NotEqual(t, rego.OutcomePass, r.Outcome, text)
		report := jsonText(t, r)
		require.NotContains(t, report, "s3crets3cret", text)
		require.Contains(t, report, "redacted", text)
	}
}

func TestTestPrintAndRun(t *testing.T) {
	text := testHead + "test_a if print(\"hello\")\n\ntest_b if true\n"
	report, err := runTests(t, text)
	require.NoError(t, err)
	require.Len(t, report.Tests, 2)
	require.Equal(t, "hello\n", report.Tests[0].Output)
	report, err = runTests(t, text, func(c *rego.TestConfig) { c.Run = `registry_test\.test_b$` })
	require.NoError(t, err)
	require.Len(t, report.Tests, 1)
	require.Equal(t, "test_b", report.Tests[0].Name)
}

func TestTestCoverage(t *testing.T) {
	coverage := func(text string) *rego.Coverage {
		report, err := runTests(t, testHead+text, func(c *rego.TestConfig) { c.Coverage = true })
		require.NoError(t, err)
		return report.Coverage
	}
	c := coverage(`test_x if count(denied({"registry": "ghcr.io", "repository": "a"})) == 0`)
	require.Len(t, c.Files, 1)
	require.Equal(t, "registry.rego", c.Files[0].File)
	require.Equal(t, []rego.LineRange{{From: 5, To: 5}, {From: 8, To: 8}, {From: 11, To: 11}}, c.Files[0].Lines)
	require.Equal(t, 3, c.NotCovered)
	require.InDelta(t, 100*float64(c.Covered)/float64(c.Covered+c.NotCovered), c.Percent, 0.001)

	c = coverage(`test_x if {
	count(denied({"registry": "ghcr.io", "repository": "a"})) == 0
	count(denied({"registry": "x", "repository": "a"})) == 1
	registry.warn == {"never"} with input as lib.input_with({"server": {"kind": "remote"}})
}`)
	require.InDelta(t, 100, c.Percent, 0)
	require.Empty(t, c.Files[0].Lines)
	report, err := runTests(t, testHead+"test_x if true")
	require.NoError(t, err)
	require.Nil(t, report.Coverage)
}

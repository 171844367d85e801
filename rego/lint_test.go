package rego_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// What ships, and what the documents show, is clean.
func TestLintIsSilentOnWhatShips(t *testing.T) {
	schema := inputSchema(t)
	for _, dir := range []string{
		"library/policy", "lib/mcp", "../examples/policy",
		"../testdata/decisions/bundles/warn", "../testdata/decisions/bundles/strict", "../testdata/decisions/bundles/registry",
	} {
		t.Run(dir, func(t *testing.T) {
			found, err := rego.Lint(t.Context(), os.DirFS(dir), schema)
			require.NoError(t, err)
			require.Empty(t, found)
		})
	}
}

var fenced = regexp.MustCompile("(?s)```rego\n(.*?)```")

func TestLintIsSilentOnTheDocuments(t *testing.T) {
	schema := inputSchema(t)
	docs, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	n := 0
	for _, doc := range append(docs, "../README.md") {
		b, err := os.ReadFile(doc)
		require.NoError(t, err)
		for _, block := range fenced.FindAllStringSubmatch(string(b), -1) {
			if !strings.Contains(block[1], "package mcp.policy.") || strings.Contains(block[1], "_test\n") {
				continue
			}
			n++
			m := files{"p.rego": block[1]}.fs()
			if strings.Contains(block[1], "params") {
				m = files{"p.rego": block[1], "data.yaml": "mcp: {settings: {params: {images.registry: {registries: [ghcr.io]}}}}"}.fs()
			}
			found, err := rego.Lint(t.Context(), fs.FS(m), schema)
			require.NoError(t, err)
			require.Empty(t, found, doc)
		}
	}
	require.NotZero(t, n)
}

// Forms that look like traps and are none.
func TestLintRaisesNoFalseAlarm(t *testing.T) {
	schema := schemaWithEnums(t)
	names, err := filepath.Glob("testdata/lint/clean/*.rego")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			tr := readTrap(t, name)
			require.Empty(t, lint(t, tr, schema))
			if tr.outcome == "" {
				_, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: tr.files(t).fs(), InputSchema: schema, Log: quiet})
				require.NoError(t, err)
			}
		})
	}
}

// Whatever parses is linted: nothing panics or hangs.
func FuzzLint(f *testing.F) {
	schema := inputSchema(f)
	names, err := filepath.Glob("testdata/lint/*.rego")
	require.NoError(f, err)
	clean, err := filepath.Glob("testdata/lint/clean/*.rego")
	require.NoError(f, err)
	for _, name := range append(names, clean...) {
		b, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte("package p\n\nimport future.keywords.or\nimport input.server as s\n\na[x] contains y if { s[x] or y = x }\n"))
	f.Fuzz(func(_ *testing.T, content []byte) {
		rego.LintModule(content, schema)
	})
}

// What load refuses is reported once, and the lint adds what load cannot see.
func TestCheckReportsTheLint(t *testing.T) {
	schema := inputSchema(t)
	check := func(content string) []rego.Finding {
		r, err := rego.Check(t.Context(), rego.LoadConfig{Name: "test", FS: files{"p.rego": content}.fs(), InputSchema: schema, Log: quiet})
		require.NoError(t, err)
		return r.Findings
	}
	const every = "package mcp.policy.p\n\ndeny contains \"x\" if {\n\tevery m in input.server.mounts {\n\t\tm.sorce == \"/\"\n\t}\n}\n"
	found := check(every)
	require.Len(t, found, 1)
	require.Equal(t, rego.Finding{
		Rule: "unknown-input-field", Severity: rego.FindingError, File: "p.rego", Row: 5, Col: 5, Policy: "p",
		Msg:  `input.server.mounts[_] has no field "sorce", so that what refers to it is always undefined`,
		Text: "sorce", Fix: "write source",
	}, found[0])

	const both = "package mcp.policy.p\n\ndeny contains \"x\" if input.server.nam == \"\"\n\ndeny contains \"y\" if not input.server.auth.tools\n"
	found = check(both)
	require.Len(t, found, 2)
	require.Equal(t, 3, found[0].Row)
	require.Equal(t, "always-truthy", found[1].Rule)
}

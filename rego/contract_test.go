package rego_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

var update = flag.Bool("update", false, "write what was found into testdata")

// Each archive holds the files of a source and what is wrong with it: `load` is
// what keeps it from being loaded, `check` is what only [rego.Check] finds.
func TestContract(t *testing.T) {
	names, err := filepath.Glob("testdata/contract/*.txtar")
	require.NoError(t, err)
	require.Greater(t, len(names), 75)
	known := map[string]rego.RuleInfo{}
	for _, r := range rego.Rules() {
		known[r.Name] = r
	}
	seen := map[string]bool{}
	loaded := 0
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			require.NoError(t, err)
			src, want := split(a)
			cfg := rego.LoadConfig{Name: "test", FS: src.fs(), InputSchema: inputSchema(t), Log: quiet}

			p, err := rego.Load(t.Context(), cfg)
			found := rego.Findings(err)
			report, checkErr := rego.Check(t.Context(), cfg)
			require.NoError(t, checkErr)
			if err == nil {
				loaded++
				require.NotEmpty(t, p.Policies())
				require.NotEmpty(t, report.Policies)
			}
			for _, f := range report.Findings {
				require.Equal(t, known[f.Rule].Severity, f.Severity, "%+v", f)
				if f.Row > 0 && !strings.HasPrefix(f.Rule, "data-") && f.Rule != "no-package" && f.Rule != "encoding" {
					require.NotEmpty(t, f.Text, "%+v", f)
				}
				seen[f.Rule] = true
			}
			for _, f := range found {
				require.Contains(t, report.Findings, f, "check finds what load refuses")
			}
			if strings.HasPrefix(filepath.Base(name), "loads-") {
				require.Empty(t, report.Findings)
			}
			got := map[string]string{"load": text(found, nil), "check": text(report.Findings, found)}
			if *update {
				writeFound(t, name, a, got)
				return
			}
			require.Equal(t, want["load"], got["load"])
			require.Equal(t, want["check"], got["check"])
		})
	}
	require.GreaterOrEqual(t, loaded, 15)
	for name := range known {
		require.True(t, seen[name] || elsewhere[name] || slices.Contains(rego.LintRules(), name), "no case has a finding of rule %s", name)
	}
}

// Rules whose findings need more than a few files of text; other tests have them.
var elsewhere = map[string]bool{"archive": true, "repository": true, "file-kind": true, "file-limit": true, "file-permissions": true, "unread": true, "signature": true, "rollback": true}

// inputSchema is that of the gate, which the tests of this package do not import.
func inputSchema(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../gate/schema/input.json")
	require.NoError(t, err)
	return b
}

// split tells the files of a source from what is expected of it. In files, `␍`
// stands for a carriage return, `→` for a tab, and `␀` for a byte that is not
// UTF-8, so that the archive itself is plain text.
func split(a *txtar.Archive) (files, map[string]string) {
	src, want := files{}, map[string]string{"load": "", "check": ""}
	bytes := strings.NewReplacer("␍", "\r", "→", "\t", "␀", "\xff", "␣", "\ufeff")
	for _, f := range a.Files {
		if _, ok := want[f.Name]; ok {
			want[f.Name] = string(f.Data)
			continue
		}
		src[f.Name] = bytes.Replace(string(f.Data))
	}
	return src, want
}

// text lists findings but for those in without.
func text(findings, without []rego.Finding) string {
	var b strings.Builder
	skip := map[string]bool{}
	for _, f := range without {
		skip[fmt.Sprint(f)] = true
	}
	for _, f := range findings {
		if !skip[fmt.Sprint(f)] {
			fmt.Fprintf(&b, "%s:%d %s: %s\n\t%s\n", f.File, f.Row, f.Rule, f.Msg, f.Fix)
		}
	}
	return b.String()
}

func writeFound(t *testing.T, name string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	var kept []txtar.File
	for _, f := range a.Files {
		if _, ok := got[f.Name]; !ok {
			kept = append(kept, f)
		}
	}
	a.Files = kept
	for _, section := range []string{"load", "check"} {
		if got[section] != "" {
			a.Files = append(a.Files, txtar.File{Name: section, Data: []byte(got[section])})
		}
	}
	require.NoError(t, os.WriteFile(name, txtar.Format(a), 0o644))
}

// What cannot be read is no finding: nobody can say what is in it.
func TestCheckErrors(t *testing.T) {
	_, err := rego.Check(t.Context(), rego.LoadConfig{Name: "test", Dir: filepath.Join(t.TempDir(), "missing"), Log: quiet})
	require.ErrorIs(t, err, os.ErrNotExist)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = rego.Check(ctx, rego.LoadConfig{Name: "test", FS: files{"a.rego": denyBad}.fs(), Log: quiet})
	require.ErrorIs(t, err, context.Canceled)
}

// A load names only as many errors as a person reads; a check names all.
func TestLoadErrorsAreBounded(t *testing.T) {
	f := files{}
	for i := range 30 {
		f[fmt.Sprintf("p%02d.rego", i)] = fmt.Sprintf("package mcp.policy.p%d\n\ndeny := true\n", i)
	}
	_, err := load(t.Context(), f)
	require.ErrorContains(t, err, "and 10 more errors")
	require.Equal(t, 20, strings.Count(err.Error(), "deny is not a set"))
	report, err := rego.Check(t.Context(), rego.LoadConfig{Name: "test", FS: f.fs(), Log: quiet})
	require.NoError(t, err)
	require.Len(t, report.Findings, 30)
}

func TestRulesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rego.Rules() {
		require.Regexp(t, `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, r.Name)
		require.Contains(t, []string{rego.FindingError, rego.FindingWarning}, r.Severity)
		require.NotEmpty(t, r.Short)
		require.NotContains(t, r.Short, "\n")
		require.False(t, seen[r.Name], "%s is there twice", r.Name)
		seen[r.Name] = true
	}
}

// Nothing that an error says about data comes from behind a key.
func TestErrorsKeepSecrets(t *testing.T) {
	const secret = "sk-live-0123456789abcdef"
	for name, content := range map[string]string{
		"level": "mcp: {settings: {enforcement: {a: " + secret + "}}}", "builtin": "mcp: {settings: {builtin: " + secret + "}}",
		"level in a list": "mcp: {settings: {enforcement: {a: [" + secret + "]}}}", "params": "mcp: {settings: {params: {a: " + secret + "}}}",
		"schema": "mcp: {settings: {params: {a: {list: " + secret + "}}}}", "twice": "token: " + secret + "\ntoken: " + secret + "\n", "syntax": "token: " + secret + "\n  x: [", "reserved": "system: {token: " + secret + "}",
		"encoding": "token: " + secret + "\xff", "tab": "a:\n\ttoken: " + secret, "elsewhere": "settings: {enforcement: {a: " + secret + "}}",
	} {
		t.Run(name, func(t *testing.T) {
			schema := "# METADATA\n# custom:\n#   params: {properties: {list: {type: array}}}\n"
			_, err := load(t.Context(), files{"a.rego": schema + denyBad, "data.yaml": content})
			require.Error(t, err)
			require.NotContains(t, fmt.Sprintf("%+v", rego.Findings(err)), secret)
		})
	}
}

// What ships and what is shown has nothing to complain about.
func TestCheckFindsNothingInWhatShips(t *testing.T) {
	sources := map[string]fs.FS{}
	strict, err := library.Source("strict") // the tests of the library have the other profiles
	require.NoError(t, err)
	sources["strict"] = strict
	for _, dir := range []string{"../examples/policy", "../testdata/decisions/bundles/registry", "../testdata/decisions/bundles/strict", "../testdata/decisions/bundles/warn"} {
		sources[dir] = os.DirFS(dir)
	}
	for name, fsys := range sources {
		report, err := rego.Check(t.Context(), rego.LoadConfig{Name: name, FS: fsys, InputSchema: inputSchema(t), Log: quiet})
		require.NoError(t, err)
		require.Empty(t, report.Findings, name)
		require.NotEmpty(t, report.Policies, name)
	}
}

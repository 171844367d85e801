package rego_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Who names a whole repository is told what to name. What else is laid out like
// one loads, or says itself why it does not.
func TestRepositoryIsNoSource(t *testing.T) {
	const hint = "name the directory policy in it"
	repository := files{
		"policy/.manifest":   `{"roots": ["mcp/policy"]}`,
		"policy/a.rego":      denyBad,
		"suites/a.yaml":      "cases: []",
		"schemas/input.json": "{}",
	}
	for name, tc := range map[string]struct {
		files files
		want  string
	}{
		"a repository":        {repository, hint},
		"no suites":           {without(repository, "suites/a.yaml"), hint},
		"neither":             {without(repository, "suites/a.yaml", "schemas/input.json"), ""},
		"not a bundle":        {without(repository, "policy/.manifest"), "is not read as data"},
		"a bundle among more": {files{"policy/.manifest": "{}", "policy/a.rego": denyBad, "x.yaml": "{}"}, "x.yaml: the file is not read as data"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range tc.files {
				file := filepath.Join(dir, filepath.FromSlash(name))
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
			}
			_, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, Log: quiet})
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.want)
			_, err = rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: filepath.Join(dir, "policy"), Log: quiet})
			require.NoError(t, err)
		})
	}
}

func without(f files, names ...string) files {
	out := files{}
	for name, content := range f {
		out[name] = content
	}
	for _, name := range names {
		delete(out, name)
	}
	return out
}

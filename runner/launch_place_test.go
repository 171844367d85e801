package runner_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// What stands in the working directory can make a package runner start something
// else than the line says.
func TestLaunchPlace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of the test are those of Unix")
	}
	for name, tc := range map[string]struct {
		file, text string
		argv       []string
		opaque     bool
	}{
		"nothing":            {argv: []string{"npx", "-y", "good@1.2.3"}},
		"registry":           {".npmrc", "registry = https://evil.example/\n", []string{"npx", "-y", "good@1.2.3"}, true},
		"registry above":     {"../.npmrc", "@acme:registry=https://evil.example/\n", []string{"npx", "-y", "good@1.2.3"}, true},
		"shell":              {".npmrc", "script-shell=./evil\n", []string{"npx", "-y", "good"}, true},
		"usual registry":     {".npmrc", "# x\nregistry=https://registry.npmjs.org/\nsave-exact=true\n", []string{"npx", "-y", "good@1.2.3"}, false},
		"other launcher":     {".npmrc", "registry=https://evil.example/\n", []string{"uvx", "good==1.2.3"}, false},
		"local package":      {"node_modules/good/package.json", "{}", []string{"npx", "-y", "good@1.2.3"}, true},
		"no version":         {"node_modules/good/package.json", "{}", []string{"npx", "-y", "good"}, false},
		"local program":      {"node_modules/.bin/good@1.2.3", "", []string{"npx", "-y", "good@1.2.3"}, true},
		"program of project": {"package.json", `{"bin": {"good@1.2.3": "./x"}, "BIN": {}}`, []string{"npx", "-y", "good@1.2.3"}, true},
		"other project":      {"package.json", `{"bin": {"x": "./x"}}`, []string{"npx", "-y", "good@1.2.3"}, false},
		"yarn":               {".yarnrc.yml", "yarnPath: ./x\n", []string{"yarn", "dlx", "good@1.2.3"}, true},
		"inside of a shell":  {"bunfig.toml", "", []string{"env", "bunx", "good@1.2.3"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			work := filepath.Join(root, "a", "b")
			require.NoError(t, os.MkdirAll(work, 0o755))
			t.Setenv("PATH", programDir(t, tc.argv[0]))
			t.Setenv("HOME", filepath.Join(root, "home"))
			t.Chdir(work)
			if tc.file != "" {
				require.NoError(t, os.MkdirAll(filepath.Dir(tc.file), 0o755))
				require.NoError(t, os.WriteFile(tc.file, []byte(tc.text), 0o600))
			}
			cfg, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: tc.argv[0], CmdArgs: tc.argv[1:]})
			require.NoError(t, err)
			require.Equal(t, tc.opaque, cfg.Resolved.Launch.Opaque, cfg.Resolved.Launch.Reason)
		})
	}
}

// A launcher inside a line is found through PATH, where a relative directory is
// that of the server.
func TestRelativePathInPATH(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of the test are those of Unix")
	}
	dir := programDir(t, "env")
	for path, opaque := range map[string]bool{dir: false, dir + "::/usr/bin": true, dir + ":.": true, dir + ":bin": true} {
		t.Setenv("PATH", path)
		cfg, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: "env", CmdArgs: []string{"uvx", "good==1.2.3"}})
		require.NoError(t, err)
		require.Equal(t, opaque, cfg.Resolved.Launch.Opaque, path)
	}
}

// A launcher finds programs of its own through the PATH that the config sets.
func TestPathOfLauncher(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of the test are those of Unix")
	}
	dir, other := programDir(t, "uvx"), t.TempDir()
	t.Setenv("PATH", dir)
	for path, opaque := range map[string]bool{dir + ":/usr/bin:/bin": false, "/opt/homebrew/bin:" + dir: false, other + ":/usr/bin": true, "": false, ".": true} {
		cfg, err := runner.Resolve(t.Context(), &runner.RunConfig{
			Command: "uvx", CmdArgs: []string{"good==1.2.3"}, EnvVars: map[string]string{"PATH": path},
		})
		require.NoError(t, err)
		require.Equal(t, opaque, cfg.Resolved.Launch.Opaque, path)
	}
	cfg, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: "uvx", CmdArgs: []string{"good==1.2.3"}, Secrets: []string{"s,target=PATH"}})
	require.NoError(t, err)
	require.True(t, cfg.Resolved.Launch.Opaque)
}

func programDir(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("\x7fELF"), 0o755))
	}
	return dir
}

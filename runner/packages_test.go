package runner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// The launcher and what policies see of it are those of the line that a person
// would write.
func TestResolvePackageAsItsLine(t *testing.T) {
	dir := programDir(t, "npx", "uvx", "go")
	t.Setenv("PATH", dir)
	t.Setenv("HOME", t.TempDir())
	t.Chdir(t.TempDir())
	for image, words := range map[string][]string{
		"npx://@acme/search@1.2.3": {"npx", "-y", "@acme/search@1.2.3", "--flag", "a b"},
		"npx://search":             {"npx", "-y", "search", "--flag", "a b"},
		"uvx://search[x]@1.0":      {"uvx", "--from", "search[x]==1.0", "search", "--flag", "a b"},
		"go://example.com/search":  {"go", "run", "example.com/search@latest", "--flag", "a b"},
	} {
		for name, change := range map[string]func(*testing.T, *runner.RunConfig){
			"plain":    func(*testing.T, *runner.RunConfig) {},
			"variable": func(_ *testing.T, c *runner.RunConfig) { c.EnvVars = map[string]string{"XDG_CONFIG_HOME": "/x"} },
			"PATH":     func(_ *testing.T, c *runner.RunConfig) { c.EnvVars = map[string]string{"PATH": "/x"} },
			"file": func(t *testing.T, _ *runner.RunConfig) {
				require.NoError(t, os.WriteFile(".npmrc", []byte("registry=https://evil.example/\n"), 0o600))
				t.Cleanup(func() { require.NoError(t, os.RemoveAll(".npmrc")) })
			},
		} {
			t.Run(image+"/"+name, func(t *testing.T) {
				packaged := &runner.RunConfig{Image: image, CmdArgs: []string{"--flag", "a b"}}
				line := &runner.RunConfig{Command: words[0], CmdArgs: words[1:]}
				change(t, packaged)
				change(t, line)
				have, err := runner.Resolve(t.Context(), packaged)
				require.NoError(t, err)
				want, err := runner.Resolve(t.Context(), line)
				require.NoError(t, err)
				require.Equal(t, words[1:], have.Resolved.CommandArgs)
				require.Equal(t, want.Resolved.Command, have.Resolved.Command)
				require.Equal(t, want.Resolved.Launch, have.Resolved.Launch)
				if !want.Resolved.Launch.Opaque { // a launcher that hides what it runs names the server
					require.Equal(t, want.Name, have.Name)
				}
				require.Equal(t, image, have.Image)
				require.Equal(t, []string{"--flag", "a b"}, have.CmdArgs)
				if name == "variable" || name == "PATH" {
					require.True(t, have.Resolved.Launch.Opaque)
				}

				// What the process runtime starts is that line, too.
				started := have.AsCommand()
				require.Equal(t, words[0], started.Command)
				require.Equal(t, words[1:], started.CmdArgs)
				require.Empty(t, started.Image)
				require.Same(t, want, want.AsCommand())

				again, err := runner.Resolve(t.Context(), have)
				require.NoError(t, err)
				require.Equal(t, have, again)
				cloned := have.Clone()
				cloned.Resolved.CommandArgs[0] = "x"
				require.Equal(t, words[1], have.Resolved.CommandArgs[0])
			})
		}
	}
}

func TestResolvePackageRefused(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for image, want := range map[string]string{
		"npx://a@1.0.0":              "packages of npx:// are started by npx, which is not found: install Node.js (https://nodejs.org), or put it on the PATH",
		"uvx://a@1.0":                "packages of uvx:// are started by uvx, which is not found: install uv (https://docs.astral.sh/uv), or put it on the PATH",
		"go://example.com/a@v1":      "packages of go:// are started by go, which is not found: install Go (https://go.dev), or put it on the PATH",
		"npx://-y":                   "image: package behind npx://: a name that is not NAME or @SCOPE/NAME, in letters, digits, '.', '_', '~' and '-'",
		"npx://github:hunter2/x":     "image: package behind npx://: a URL, a repository or a path is none of a registry: write the launcher and its arguments behind -- instead",
		"uvx://https://hunter2@h/x":  "image: package behind uvx://: a URL, a repository or a path is none of a registry: write the launcher and its arguments behind -- instead",
		"go://./hunter2":             "image: package behind go://: a URL, a repository or a path is none of a registry: write the launcher and its arguments behind -- instead",
		"go://example.com/a@hunter ": "image: package behind go://: a version that is no number, branch, tag or commit",
	} {
		_, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: image})
		require.EqualError(t, err, want, image)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// A host that builds images of packages has no launcher; what an entry of
// mcp-runner would start has one, also where it is not installed here.
func TestSurveyOfAPackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cfg := &runner.RunConfig{Image: "npx://search@1.2.3", CmdArgs: []string{"-x"}}
	c, notes, err := runner.Survey(t.Context(), cfg, runner.Place{Dir: t.TempDir(), BuildsImages: true})
	require.NoError(t, err)
	require.Nil(t, notes)
	require.Nil(t, c.Resolved.Command)
	require.Nil(t, c.Resolved.Launch)
	require.Equal(t, "search", c.Name)

	c, notes, err = runner.Survey(t.Context(), cfg, runner.Place{Dir: t.TempDir()})
	require.NoError(t, err)
	require.Equal(t, []string{`command "npx" not found on this machine: judged by what is written`}, notes)
	require.Equal(t, &runner.ResolvedCommand{Argv0: "npx"}, c.Resolved.Command)
	require.Equal(t, []string{"-y", "search@1.2.3", "-x"}, c.Resolved.CommandArgs)
	require.Equal(t, "1.2.3", c.Resolved.Launch.Package.Version)

	c, err = runner.ResolveAsWritten(t.Context(), cfg, runner.ResolvedCommand{})
	require.NoError(t, err)
	require.Equal(t, "npx", c.Resolved.Command.Path)
	require.Equal(t, "search", c.Resolved.Launch.Package.Name)
	require.False(t, c.Resolved.Launch.Opaque)
	_, err = runner.ResolveAsWritten(t.Context(), &runner.RunConfig{Image: "npx://-y"}, runner.ResolvedCommand{})
	require.ErrorContains(t, err, "package behind npx://")
}

func TestSupportedPackages(t *testing.T) {
	plain := &runner.RunConfig{Image: "npx://a@1.0.0"}
	require.NoError(t, runner.Supported(plain))
	require.NoError(t, runner.New(runner.Options{}).Supported(plain))
	for field, cfg := range map[string]*runner.RunConfig{
		"isolate_network":     {IsolateNetwork: true},
		"volumes":             {Volumes: []string{"/a:/b"}},
		"target_port":         {TargetPort: 80},
		"permission_profile":  {PermissionProfile: &runner.PermissionProfile{}},
		"transport sse":       {Transport: "sse"},
		"container":           {Container: &runner.ContainerOptions{}},
		"runtime_config":      {RuntimeConfig: []byte(`{"builder_image":"x"}`)},
		"publish":             {Publish: []string{"80:80"}},
		"authz_config_path":   {AuthzConfigPath: "/x"},
		"trust_proxy_headers": {TrustProxyHeaders: true},
	} {
		cfg.Image = "uvx://a"
		require.EqualError(t, runner.Supported(cfg), "a local process has no "+field+" in this version: leave it out, or run the server where that is enforced")
	}
}

// The launcher gets exactly the line that the gate saw, and only where it allows.
func TestPackageIsStartedByItsLauncher(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a launcher is a batch file there")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	for _, launcher := range []string{"npx", "uvx", "go"} {
		require.NoError(t, os.Symlink(self, filepath.Join(dir, launcher)))
	}
	t.Setenv("PATH", dir)
	var seen *runner.RunConfig
	deny := errors.New("closed")
	for image, want := range map[string][]string{
		"npx://@acme/search@1.2.3":     {"npx", "-y", "@acme/search@1.2.3"},
		"uvx://search@1.0":             {"uvx", "search@1.0"},
		"go://example.com/x/cmd@v1.2.": {"go", "run", "example.com/x/cmd@v1.2."},
	} {
		cfg := childConfig(t, "args")
		cfg.Command, cfg.Image, cfg.CmdArgs = "", image, []string{"--flag", "-y", "two words", ""}
		var verdict error
		register(t, gateFunc(func(_ context.Context, cfg *runner.RunConfig) error {
			seen = cfg.Clone()
			return verdict
		}))
		var out bytes.Buffer
		require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &out}), image)
		var args []string
		require.NoError(t, json.Unmarshal(out.Bytes(), &args))
		want = append(want, cfg.CmdArgs...)
		require.Equal(t, append([]string{filepath.Join(dir, want[0])}, want[1:]...), args)
		require.Equal(t, want[1:], seen.Resolved.CommandArgs)
		require.Equal(t, image, seen.Image)
		require.Equal(t, fileSHA256(t, self), seen.Resolved.Command.SHA256)

		verdict = deny
		out.Reset()
		require.ErrorIs(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &out}), deny)
		require.Empty(t, out.String())
	}
}

package runner_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// What is installed is resolved as Resolve does, with no notes.
func TestSurveyOfWhatIsHere(t *testing.T) {
	cfg := &runner.RunConfig{Command: "go", CmdArgs: []string{"version"}}
	want, err := runner.Resolve(t.Context(), cfg)
	require.NoError(t, err)
	have, notes, err := runner.Survey(t.Context(), cfg, runner.Place{})
	require.NoError(t, err)
	require.Nil(t, notes)
	require.Equal(t, want, have)
}

func TestSurveyTakesACommandAtItsWord(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cfg := &runner.RunConfig{Command: "npx", CmdArgs: []string{"-y", "search@1.2.3"}}
	c, notes, err := runner.Survey(t.Context(), cfg, runner.Place{Dir: t.TempDir()})
	require.NoError(t, err)
	require.Nil(t, cfg.Resolved)
	require.Equal(t, []string{`command "npx" not found on this machine: judged by what is written`}, notes)
	require.Equal(t, &runner.ResolvedCommand{Argv0: "npx"}, c.Resolved.Command)
	require.Equal(t, "search", c.Resolved.Launch.Package.Name)
	require.True(t, c.Resolved.Launch.Package.Pinned)
	require.False(t, c.Resolved.Launch.Opaque, c.Resolved.Launch.Reason)
	require.Equal(t, "search", c.Name)

	for name, tc := range map[string]struct {
		command string
		args    []string
		pkg     string
	}{
		"path of Windows": {`C:\Program Files\nodejs\npx.cmd`, []string{"-y", "search@1.2.3"}, "search"},
		"path":            {"/opt/none/npx", []string{"-y", "search@1.2.3"}, "search"},
		"path with space": {"/Applications/None Here/uvx", []string{"search"}, "search"},
		"no launcher":     {"/opt/none/server", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, notes, err := runner.Survey(t.Context(), &runner.RunConfig{Command: tc.command, CmdArgs: tc.args}, runner.Place{})
			require.NoError(t, err)
			require.Len(t, notes, 1)
			require.Empty(t, c.Resolved.Command.Path)
			require.Empty(t, c.Resolved.Command.SHA256)
			require.Equal(t, tc.pkg, c.Resolved.Launch.Package.Name)
		})
	}
	for _, line := range []string{"npx -y search", "npx search", "/opt/none/npx -y search"} {
		_, _, err := runner.Survey(t.Context(), &runner.RunConfig{Command: line}, runner.Place{})
		require.ErrorContains(t, err, "arguments in one string", line)
	}
	// A PATH of the config's own is not that of a launcher which nobody found.
	c, _, err = runner.Survey(t.Context(), &runner.RunConfig{Command: "npx", CmdArgs: []string{"search@1.2.3"}, EnvVars: map[string]string{"PATH": "."}}, runner.Place{})
	require.NoError(t, err)
	require.True(t, c.Resolved.Launch.Opaque)
}

func TestSurveyStandsAtItsPlace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the server is a shell script")
	}
	place := runner.Place{Dir: t.TempDir(), Home: t.TempDir()}
	server := filepath.Join(place.Dir, "server.sh")
	require.NoError(t, os.WriteFile(server, []byte("#!/bin/sh\n"), 0o755))
	real, err := filepath.EvalSymlinks(server)
	require.NoError(t, err)

	c, notes, err := runner.Survey(t.Context(), &runner.RunConfig{Command: "./server.sh"}, place)
	require.NoError(t, err)
	require.Nil(t, notes)
	require.Equal(t, real, c.Resolved.Command.Path)
	require.NotNil(t, c.Resolved.Command.Interpreter)

	line := []string{"run", "-v", "./data:/data", "-v", "/etc:/e:ro", "img"}
	c, _, err = runner.Survey(t.Context(), &runner.RunConfig{Command: "docker", CmdArgs: line}, place)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(place.Dir, "data"), c.Resolved.Mounts[0].Source)
	require.Equal(t, "/etc", c.Resolved.Mounts[1].Source)

	c, notes, err = runner.Survey(t.Context(), &runner.RunConfig{Image: "img", Volumes: []string{"~/x:/x", `C:\data:/c`}}, place)
	require.NoError(t, err)
	require.Equal(t, []string{`mount "C:\\data" cannot be followed on this machine: judged by the path that is written`}, notes)
	require.Equal(t, filepath.Join(place.Home, "x"), c.Resolved.Mounts[0].Source)
	require.Equal(t, runner.Mount{Source: `C:\data`, Resolved: `C:\data`, Target: "/c"}, c.Resolved.Mounts[1])

	// What the package runner reads at that place makes its line opaque.
	require.NoError(t, os.WriteFile(filepath.Join(place.Dir, ".npmrc"), []byte("registry=https://npm.example/\n"), 0o600))
	npx := &runner.RunConfig{Command: "npx", CmdArgs: []string{"-y", "search@1.2.3"}}
	c, _, err = runner.Survey(t.Context(), npx, place)
	require.NoError(t, err)
	require.True(t, c.Resolved.Launch.Opaque)
	c, _, err = runner.Survey(t.Context(), npx, runner.Place{Dir: t.TempDir(), Home: place.Home})
	require.NoError(t, err)
	require.False(t, c.Resolved.Launch.Opaque, c.Resolved.Launch.Reason)
}

// A script whose interpreter is missing cannot start, wherever it is looked at.
func TestSurveyKeepsWhatIsWrong(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the server is a script")
	}
	server := filepath.Join(t.TempDir(), "server")
	require.NoError(t, os.WriteFile(server, []byte("#!/opt/none/perl\n"), 0o755))
	_, _, err := runner.Survey(t.Context(), &runner.RunConfig{Command: server}, runner.Place{})
	require.ErrorContains(t, err, "interpreter")

	_, _, err = runner.Survey(t.Context(), &runner.RunConfig{}, runner.Place{})
	require.ErrorContains(t, err, "want one of image")
}

package runner_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// Scripts get what the kernel and env would give them.
func TestScriptsRunAsFromTheKernel(t *testing.T) {
	root := tree(t, map[string]string{
		"bin/show":    "#!/bin/sh\nprintf '%s|' \"$A\" \"$0\" \"$@\"\n",
		"bin/direct":  "#!/bin/echo one  word \n",
		"bin/plain":   "#! /bin/echo\n",
		"bin/env":     "#!/usr/bin/env echo\n",
		"bin/split":   "#!/usr/bin/env -S A=1 show -a 'b c' \"d\\\"\"\n",
		"bin/nested":  "#!" + "ROOT/bin/direct x\n",
		"bin/linked":  "->direct",
		"bin/setting": "#!/usr/bin/env -S A=2 sh\nprintf %s \"$A\"\n",
	})
	nested := filepath.Join(root, "bin/nested")
	require.NoError(t, os.WriteFile(nested, []byte("#!"+root+"/bin/direct x y\n"), 0o755))
	t.Setenv("PATH", root+"/bin:/usr/bin:/bin")
	t.Setenv("A", "")
	for _, name := range []string{"direct", "plain", "env", "split", "nested", "linked", "setting"} {
		t.Run(name, func(t *testing.T) {
			want, err := exec.CommandContext(t.Context(), filepath.Join(root, "bin", name), "-y", "two words").Output()
			require.NoError(t, err)
			require.NotEmpty(t, want)
			out, err := run(t, &runner.RunConfig{Command: name, CmdArgs: []string{"-y", "two words"}})
			require.NoError(t, err)
			require.Equal(t, string(want), out)
		})
	}
}

// A script that another took the place of while its interpreter started ends
// before anything of it is passed on.
func TestScriptExchangedDuringTheStart(t *testing.T) {
	root := tree(t, map[string]string{
		"server": "#!/bin/sh\nsleep 60\n",
		"other":  "#!/bin/sh\necho escaped\n",
	})
	real := filepath.Join(root, "server")
	link := filepath.Join(root, "link")
	require.NoError(t, os.Symlink(real, link))
	// The file that was resolved is compared; the link is what the interpreter gets.
	afterTheQuestion(t, func() {
		require.NoError(t, os.Remove(link))
		require.NoError(t, os.Symlink(filepath.Join(root, "other"), link))
	})
	before := childrenOf(t, os.Getpid())
	out, err := run(t, &runner.RunConfig{Command: link})
	require.ErrorContains(t, err, link+": changed since policy was asked about it")
	require.Empty(t, out)
	require.Equal(t, before, childrenOf(t, os.Getpid()))
}

func TestRealNode(t *testing.T) {
	if _, err := exec.LookPath("npx"); err != nil && os.Getenv("CI") == "" {
		t.Skip("node is not installed; CI runs this test")
	}
	for _, line := range [][]string{{"node", "--version"}, {"npx", "--version"}} {
		want, err := exec.CommandContext(t.Context(), line[0], line[1:]...).Output()
		require.NoError(t, err)
		out, err := run(t, &runner.RunConfig{Command: line[0], CmdArgs: line[1:]})
		require.NoError(t, err)
		require.Equal(t, string(want), out)
	}
	root := tree(t, map[string]string{
		"a/server": "#!/usr/bin/env node\nconsole.log(process.argv.slice(1).join(' '), __filename)\n",
		"b/server": "->../a/server",
	})
	out, err := run(t, &runner.RunConfig{Command: root + "/b/server", CmdArgs: []string{"x"}})
	require.NoError(t, err)
	require.Equal(t, root+"/b/server x "+root+"/a/server", strings.TrimSpace(out))
}

func TestPythonThroughEnv(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("python3 is not installed; CI runs this test")
	}
	require.NoError(t, err)
	root := tree(t, map[string]string{"server": "#!/usr/bin/env -S python3 -u\nimport sys; print(sys.prefix, sys.argv[1], sys.orig_argv[1])\n"})
	venv := filepath.Join(root, "venv")
	output, err := exec.CommandContext(t.Context(), python, "-m", "venv", "--without-pip", venv).CombinedOutput()
	require.NoError(t, err, string(output))
	t.Setenv("PATH", venv+"/bin:"+os.Getenv("PATH"))
	out, err := run(t, &runner.RunConfig{Command: root + "/server", CmdArgs: []string{"x"}})
	require.NoError(t, err)
	require.Equal(t, venv+" x -u\n", out)
}

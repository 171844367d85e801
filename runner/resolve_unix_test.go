//go:build !windows

package runner_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

// tree makes files in a new directory, whose real path it returns: a text that
// begins with "->" is a link, any other a file, executable unless its name ends
// in .txt.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, ok := strings.CutPrefix(text, "->"); ok {
			require.NoError(t, os.Symlink(target, path))
			continue
		}
		mode := os.FileMode(0o755)
		if filepath.Ext(name) == ".txt" {
			mode = 0o644
		}
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
	}
	return root
}

func TestResolveFindsTheFile(t *testing.T) {
	root := tree(t, map[string]string{
		"bin/server":      "\x7fELF server",
		"bin/box":         "\x7fELF box",
		"bin/applet":      "->box",
		"venv/bin/python": "->../../bin/server",
		"links/deep":      "->../sub/dir",
		"sub/dir/tool":    "\x7fELF inner",
		"sub/tool":        "\x7fELF outer",
		"links/tool":      "\x7fELF wrong",
		"other/server":    "\x7fELF other",
		"plain.txt":       "not executable",
	})
	t.Chdir(filepath.Join(root, "sub"))
	path := os.Getenv("PATH")
	for name, tt := range map[string]struct{ path, command, argv0, file string }{
		"through PATH":        {"/nowhere:" + root + "/bin:" + root + "/other", "server", "bin/server", "bin/server"},
		"order of PATH":       {root + "/other:" + root + "/bin", "server", "other/server", "other/server"},
		"busybox-style link":  {root + "/bin", "applet", "bin/applet", "bin/box"},
		"virtual environment": {"", filepath.Join(root, "venv/bin/python"), "venv/bin/python", "bin/server"},
		"relative":            {"", "./tool", "sub/tool", "sub/tool"},
		"relative, above":     {"", "../bin/server", "bin/server", "bin/server"},
		"separator, no dot":   {root + "/sub", "dir/tool", "sub/dir/tool", "sub/dir/tool"},
		// The kernel goes to the directory that the link leads to, not to links.
		"above a link": {"", root + "/links/deep/../tool", "links/deep/../tool", "sub/tool"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", tt.path+":"+path)
			c, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: tt.command})
			require.NoError(t, err)
			require.Equal(t, &runner.ResolvedCommand{
				Argv0:  root + "/" + tt.argv0,
				Path:   root + "/" + tt.file,
				SHA256: fileSHA256(t, filepath.Join(root, tt.file)),
			}, c.Resolved.Command)
		})
	}
	for name, tt := range map[string]struct{ path, command, want string }{
		"dot in PATH":            {".", "tool", exec.ErrDot.Error()},
		"empty element of PATH":  {"/nowhere:", "tool", exec.ErrDot.Error()},
		"relative dir in PATH":   {"dir", "tool", exec.ErrDot.Error()},
		"not in PATH":            {root + "/bin", "tool", exec.ErrNotFound.Error()},
		"not executable":         {"", root + "/plain.txt", "permission denied"},
		"not executable in PATH": {root, "plain.txt", exec.ErrNotFound.Error()},
		"directory":              {"", root + "/bin", "is a directory"},
		"missing":                {"", root + "/bin/missing", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", tt.path)
			_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: tt.command})
			require.ErrorContains(t, err, `command "`+tt.command+`": `)
			require.ErrorContains(t, err, tt.want)
		})
	}
	t.Run("dot in PATH, allowed by GODEBUG", func(t *testing.T) {
		t.Setenv("GODEBUG", "execerrdot=0")
		t.Setenv("PATH", ".")
		_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: "tool"})
		require.ErrorIs(t, err, exec.ErrDot)
	})
}

func TestResolveRefusesADevice(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o755))
	_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: fifo})
	require.ErrorContains(t, err, "not a regular file")
	_, err = runner.LoadRunConfig(fifo)
	require.ErrorContains(t, err, "not a regular file")
}

func TestResolveInterpreter(t *testing.T) {
	root := tree(t, map[string]string{
		"bin/node":    "->node-22",
		"bin/node-22": "\x7fELF node",
		"other/node":  "\x7fELF other node",
		"sub/local":   "\x7fELF local",
		"script":      "#!/bin/sh\nexec true\n",
	})
	t.Chdir(filepath.Join(root, "sub"))
	t.Setenv("PATH", root+"/bin:/usr/bin:/bin")
	sh, err := filepath.EvalSymlinks("/bin/sh")
	require.NoError(t, err)
	file := filepath.Join(root, "server")
	for name, tt := range map[string]struct {
		line   string
		config runner.RunConfig
		want   string
		argv   string
	}{
		"direct":               {"#!/bin/sh -e", runner.RunConfig{}, sh, "/bin/sh -e"},
		"through a link":       {"#!" + root + "/bin/node", runner.RunConfig{}, root + "/bin/node-22", root + "/bin/node"},
		"relative":             {"#!./local", runner.RunConfig{}, root + "/sub/local", "./local"},
		"relative, no dot":     {"#!local", runner.RunConfig{}, root + "/sub/local", "local"},
		"env":                  {"#!/usr/bin/env node", runner.RunConfig{}, root + "/bin/node-22", root + "/bin/node"},
		"env -S":               {"#!/usr/bin/env -S node --import x", runner.RunConfig{}, root + "/bin/node-22", root + "/bin/node --import x"},
		"env and a path":       {"#!/usr/bin/env ./local", runner.RunConfig{}, root + "/sub/local", root + "/sub/local"},
		"env, PATH of server":  {"#!/usr/bin/env node", runner.RunConfig{EnvVars: map[string]string{"PATH": root + "/other"}}, root + "/other/node", root + "/other/node"},
		"env, PATH of host":    {"#!/usr/bin/env node", runner.RunConfig{EnvVars: map[string]string{"PATH": root + "/other"}, HostEnv: []string{"PATH"}}, root + "/bin/node-22", root + "/bin/node"},
		"script":               {"#!" + root + "/script", runner.RunConfig{}, root + "/script", root + "/script"},
		"PATH does not matter": {"#!/bin/sh", runner.RunConfig{Secrets: []string{"a,target=PATH"}}, sh, "/bin/sh"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, []byte(tt.line+"\nbody"), 0o755))
			tt.config.Command = file
			c, err := runner.Resolve(t.Context(), &tt.config)
			require.NoError(t, err)
			require.Equal(t, fileSHA256(t, file), c.Resolved.Command.SHA256)
			found := c.Resolved.Command.Interpreter
			require.Equal(t, tt.argv, strings.Join(found.Argv, " "))
			require.Equal(t, &runner.Interpreter{Path: tt.want, SHA256: fileSHA256(t, tt.want), Argv: found.Argv}, found)
			if name != "script" {
				require.Nil(t, c.Resolved.Command.Further)
				return
			}
			require.Equal(t, []runner.Interpreter{{Path: sh, SHA256: fileSHA256(t, sh), Argv: []string{"/bin/sh"}}}, c.Resolved.Command.Further)
		})
	}
	for name, tt := range map[string]struct {
		line   string
		config runner.RunConfig
		want   string
	}{
		"missing":            {"#!/nowhere/sh", runner.RunConfig{}, `interpreter "/nowhere/sh": `},
		"carriage return":    {"#!/bin/sh\r", runner.RunConfig{}, `interpreter "/bin/sh\r": `},
		"empty":              {"#!", runner.RunConfig{}, "#! line: names no interpreter"},
		"env alone":          {"#!/usr/bin/env", runner.RunConfig{}, "names no program"},
		"env, not in PATH":   {"#!/usr/bin/env no-such-program", runner.RunConfig{}, exec.ErrNotFound.Error()},
		"env, dot in PATH":   {"#!/usr/bin/env local", runner.RunConfig{EnvVars: map[string]string{"PATH": "."}}, exec.ErrDot.Error()},
		"env, secret PATH":   {"#!/usr/bin/env node", runner.RunConfig{Secrets: []string{"a,target=PATH"}}, "PATH, which comes from a secret"},
		"env with an option": {"#!/usr/bin/env -S -i node", runner.RunConfig{}, "more than -S"},
		"script of itself":   {"#!" + root + "/server", runner.RunConfig{}, "each other's interpreters"},
		"missing env":        {"#!/nowhere/env node", runner.RunConfig{}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, []byte(tt.line+"\nbody"), 0o755))
			tt.config.Command = file
			_, err := runner.Resolve(t.Context(), &tt.config)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// TestResolveWithoutPermission runs itself as a user who may not read everything.
func TestResolveWithoutPermission(t *testing.T) {
	const asked = "RUNNER_TEST_UNREADABLE"
	root := os.Getenv(asked)
	if root == "" {
		root = tree(t, map[string]string{"server": "\x7fELF", "closed/file": "", "link": "->closed/file"})
		exe, err := os.Executable()
		require.NoError(t, err)
		data, err := os.ReadFile(exe)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, "test"), data, 0o755))
		require.NoError(t, os.Chmod(filepath.Join(root, "server"), 0o711))
		require.NoError(t, os.Chmod(filepath.Join(root, "closed"), 0))
		t.Cleanup(func() { require.NoError(t, os.Chmod(filepath.Join(root, "closed"), 0o700)) })
		for dir := root; dir != "/" && os.Geteuid() == 0; dir = filepath.Dir(dir) {
			info, err := os.Stat(dir)
			require.NoError(t, err)
			if dir == os.TempDir() {
				break
			}
			require.NoError(t, os.Chmod(dir, info.Mode().Perm()|0o055))
		}
		cmd := exec.CommandContext(t.Context(), filepath.Join(root, "test"), "-test.run=^TestResolveWithoutPermission$", "-test.v")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), asked+"="+root)
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		} else {
			require.NoError(t, os.Chmod(filepath.Join(root, "server"), 0o111))
		}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestResolveWithoutPermission")
		return
	}
	_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: root + "/server"})
	require.ErrorIs(t, err, os.ErrPermission, "the digest of what runs is unknown")
	for _, source := range []string{root + "/closed/file", root + "/closed/missing", root + "/link"} {
		_, err = runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{source + ":/x"}})
		require.ErrorIs(t, err, os.ErrPermission, source)
		require.ErrorContains(t, err, source)
	}
	_, err = runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{root + "/closed:/x"}})
	require.NoError(t, err, "the directory itself is known")
}

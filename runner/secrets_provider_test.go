//go:build !windows

package runner_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// program writes a shell script.
func program(t *testing.T, lines string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "provider")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+lines), 0o755))
	return file
}

func TestParseSecretProvider(t *testing.T) {
	t.Setenv("MCP_RUNNER_SECRET_A", "hunter2")
	for _, s := range []string{"", "env"} {
		secrets, err := runner.ParseSecretProvider(s)
		require.NoError(t, err)
		value, err := secrets(t.Context(), "A")
		require.NoError(t, err)
		require.Equal(t, "hunter2", value)
	}
	for s, want := range map[string]string{
		"file":             "secret provider: want env, file:DIRECTORY or exec:PROGRAM",
		"file:":            "secret provider: want env, file:DIRECTORY or exec:PROGRAM",
		"exec:":            "secret provider: want env, file:DIRECTORY or exec:PROGRAM",
		"env:A":            "secret provider: want env, file:DIRECTORY or exec:PROGRAM",
		"hunter2":          "secret provider: want env, file:DIRECTORY or exec:PROGRAM",
		"exec:not-there-x": `secret provider: program "not-there-x": executable file not found in $PATH`,
	} {
		_, err := runner.ParseSecretProvider(s)
		require.EqualError(t, err, want, s)
	}
}

func TestSecretNames(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "in"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("hunter2"), 0o600))
	ran := filepath.Join(dir, "ran")
	for _, provider := range []string{"file:" + filepath.Join(dir, "in"), "exec:" + program(t, "echo x; touch '"+ran+"'")} {
		secrets, err := runner.ParseSecretProvider(provider)
		require.NoError(t, err)
		for _, name := range []string{
			"", ".", "..", "../secret", "in/../../secret", "/etc/passwd", `..\secret`, ".hidden", "-x", "--help", "a/b", "a b", "a\nb", "a\x00", "é", "C:x", "x.",
			"$(id)", strings.Repeat("a", 256),
		} {
			_, err := secrets(t.Context(), name)
			require.ErrorContains(t, err, "name of the secret ", "%s %q", provider, name)
			require.NoFileExists(t, ran)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = secrets(ctx, "a")
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestFileSecrets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		require.NoError(t, os.Chmod(file, mode))
	}
	secrets, err := runner.ParseSecretProvider("file:" + dir)
	require.NoError(t, err)
	for name, tc := range map[string]struct{ text, want string }{
		"plain":   {"opensesame", "opensesame"},
		"newline": {"opensesame\n", "opensesame"},
		"windows": {"opensesame\r\n", "opensesame"},
		"two":     {"open\nsesame\n\n", "open\nsesame\n"},
		"a.b-c_1": {" x ", " x "},
		"largest": {strings.Repeat("a", 64<<10), strings.Repeat("a", 64<<10)},
	} {
		write(name, tc.text, 0o400)
		value, err := secrets(t.Context(), name)
		require.NoError(t, err, name)
		require.Equal(t, tc.want, value, name)
	}

	// As Kubernetes mounts them.
	require.NoError(t, os.Mkdir(filepath.Join(dir, "..2026_01"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "..2026_01", "mounted"), []byte("opensesame"), 0o400))
	require.NoError(t, os.Symlink("..2026_01", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/mounted", filepath.Join(dir, "mounted")))
	value, err := secrets(t.Context(), "mounted")
	require.NoError(t, err)
	require.Equal(t, "opensesame", value)

	for mode, readable := range map[os.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true, 0o640: false, 0o440: false, 0o620: false, 0o604: false, 0o602: false, 0o644: false, 0o444: false, 0o610: false,
	} {
		write("mode", "hunter2", mode)
		_, err := secrets(t.Context(), "mode")
		if readable {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "others than its owner may read or write it (mode 0"+strconv.FormatInt(int64(mode), 8)+"): chmod 600 it")
		require.NotContains(t, err.Error(), "hunter2")
	}

	write("empty", "\n", 0o600)
	write("nul", "hunter2\x00x", 0o600)
	write("long", strings.Repeat("hunter2", 10<<10), 0o600)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "directory"), 0o700))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "device")))
	for name, want := range map[string]string{
		"missing":   "no such file or directory",
		"empty":     "the value is empty",
		"nul":       "the value contains a NUL byte",
		"long":      "the value is longer than 64 KiB",
		"directory": "is not a regular file",
		"fifo":      "is not a regular file",
		"device":    "is not a regular file",
	} {
		_, err := secrets(t.Context(), name)
		require.ErrorContains(t, err, want, name)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// A file of another user is no secret, and one of root's is where a group alone
// hands it on, as Kubernetes does with an fsGroup.
func TestFileSecretsOfOthers(t *testing.T) {
	const as = "RUNNER_TEST_SECRETS_OF"
	if dir := os.Getenv(as); dir != "" {
		secrets, err := runner.ParseSecretProvider("file:" + dir)
		require.NoError(t, err)
		for name, want := range map[string]string{
			"own": "", "handed": "", "foreign": "belongs to neither root nor the user of this process", "open": "others than its owner", "writable": "others than its owner",
			"group": "others than its owner", "closed": "permission denied",
		} {
			_, err := secrets(t.Context(), name)
			if want == "" {
				require.NoError(t, err, name)
			} else {
				require.ErrorContains(t, err, want, name)
			}
		}
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away; CI runs this test as root")
	}
	dir := t.TempDir()
	for parent := dir; strings.HasPrefix(parent, os.TempDir()) && parent != os.TempDir(); parent = filepath.Dir(parent) {
		require.NoError(t, os.Chmod(parent, 0o755))
	}
	for name, f := range map[string]struct {
		uid, gid int
		mode     os.FileMode
	}{
		"own": {65534, 65534, 0o600}, "handed": {0, 65534, 0o440}, "foreign": {12345, 65534, 0o440}, "open": {0, 0, 0o444}, "writable": {0, 65534, 0o460},
		"group": {65534, 65534, 0o640}, "closed": {0, 0, 0o400},
	} {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
		require.NoError(t, os.Chown(file, f.uid, f.gid))
		require.NoError(t, os.Chmod(file, f.mode))
	}
	self, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	binary := filepath.Join(dir, "test")
	require.NoError(t, os.WriteFile(binary, self, 0o755))
	cmd := exec.Command(binary, "-test.run=^TestFileSecretsOfOthers$")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), as+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// A provider is asked only about servers that the gate has allowed, and no
// failure behind it shows a value.
func TestSecretProviderComesAfterTheGate(t *testing.T) {
	const canary = "hunter2-canary"
	ran := filepath.Join(t.TempDir(), "ran")
	secrets, err := runner.ParseSecretProvider("exec:" + program(t, "touch '"+ran+"'; case $1 in nul) printf '"+canary+"\\0';; bad) echo "+canary+"; echo "+canary+" >&2; exit 9;; *) echo "+canary+";; esac"))
	require.NoError(t, err)
	var log, out bytes.Buffer
	r := runner.New(runner.Options{Secrets: secrets, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	cfg := childConfig(t, "env")
	cfg.Secrets = []string{"good,target=TOKEN"}

	deny := errors.New("closed")
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { return deny }))
	require.ErrorIs(t, r.Run(t.Context(), cfg, runner.Stdio{Stdout: &out}), deny)
	require.NoFileExists(t, ran)

	register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
		require.NoFileExists(t, ran)
		return nil
	}))
	require.NoError(t, r.Run(t.Context(), cfg, runner.Stdio{Stdout: &out}))
	require.FileExists(t, ran)
	require.Contains(t, out.String(), "TOKEN="+canary)

	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { return nil }))
	for name, change := range map[string]func(*runner.RunConfig){
		"nul":       func(c *runner.RunConfig) { c.Secrets = []string{"nul,target=TOKEN"} },
		"exit code": func(c *runner.RunConfig) { c.Secrets = []string{"bad,target=TOKEN"} },
		"second":    func(c *runner.RunConfig) { c.Secrets = []string{"good,target=TOKEN", "bad,target=B"} },
		"name":      func(c *runner.RunConfig) { c.Secrets = []string{"good,target=TOKEN", "../x,target=B"} },
		"code":      func(c *runner.RunConfig) { c.EnvVars[childVariable] = "exit 3" },
		"stale": func(c *runner.RunConfig) {
			file := program(t, "exit 0")
			c.Command = file
			register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
				return os.WriteFile(file, []byte("#!/bin/sh\nexit 1\n"), 0o755)
			}))
		},
	} {
		c := cfg.Clone()
		change(c)
		err := r.Run(t.Context(), c, runner.Stdio{})
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), canary, name)
	}
	require.NotContains(t, log.String(), canary)
}

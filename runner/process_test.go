package runner_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestExitCode(t *testing.T) {
	r := runner.New(runner.Options{})
	require.NoError(t, r.Run(t.Context(), childConfig(t, "exit 0"), runner.Stdio{}))
	require.Equal(t, &runner.ExitError{Code: 3}, r.Run(t.Context(), childConfig(t, "exit 3"), runner.Stdio{}))
}

func TestArgv0IsTheLinkAndTheFileIsWhatRuns(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	link := filepath.Join(dir, "applet")
	require.NoError(t, os.Symlink(self, link))
	t.Setenv("PATH", dir)
	for name, command := range map[string]string{"by path": link, "through PATH": "applet"} {
		t.Run(name, func(t *testing.T) {
			cfg := childConfig(t, "args")
			cfg.Command = command
			cfg.CmdArgs = []string{"-y", "two words"}
			var out bytes.Buffer
			require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &out}))
			var args []string
			require.NoError(t, json.Unmarshal(out.Bytes(), &args))
			require.Equal(t, []string{link, "-y", "two words"}, args)
		})
	}
}

func TestTheResolvedFileRuns(t *testing.T) {
	// Between the question and Setup the link is made to point elsewhere.
	self, err := os.Executable()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), "applet")
	require.NoError(t, os.Symlink(self, link))
	cfg := childConfig(t, "exit 5")
	cfg.Command = link
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
		require.NoError(t, os.Remove(link))
		return os.Symlink("/nonexistent", link)
	}))
	require.Equal(t, &runner.ExitError{Code: 5}, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{}))
}

func TestPythonVirtualEnvironmentKeepsItsPrefix(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is missing")
		}
		t.Skip("python3 is missing")
	}
	venv := filepath.Join(t.TempDir(), "venv")
	output, err := exec.CommandContext(t.Context(), python, "-m", "venv", "--without-pip", venv).CombinedOutput()
	require.NoError(t, err, string(output))
	bin := filepath.Join(venv, "bin", "python")
	if runtime.GOOS == "windows" {
		bin = filepath.Join(venv, "Scripts", "python.exe")
	}
	var out bytes.Buffer
	cfg := &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion,
		Name:          "venv",
		Command:       bin,
		CmdArgs:       []string{"-c", "import sys; print(sys.prefix)"},
		Transport:     runner.TransportStdio,
	}
	require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &out, Stderr: os.Stderr}))
	require.Equal(t, venv, strings.TrimSpace(out.String()))
}

func TestStreams(t *testing.T) {
	input := strings.Repeat("0123456789", 100_000)
	t.Run("copied", func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		stdio := runner.Stdio{Stdin: strings.NewReader(input), Stdout: &stdout, Stderr: &stderr}
		require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), childConfig(t, "echo"), stdio))
		require.Equal(t, input, stdout.String())
		require.Equal(t, "end of input", stderr.String())
	})
	t.Run("inherited", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "in"), []byte(input), 0o600))
		stdin, err := os.Open(filepath.Join(dir, "in"))
		require.NoError(t, err)
		defer stdin.Close()
		stdout, err := os.Create(filepath.Join(dir, "out"))
		require.NoError(t, err)
		defer stdout.Close()
		require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), childConfig(t, "echo"), runner.Stdio{Stdin: stdin, Stdout: stdout}))
		output, err := os.ReadFile(filepath.Join(dir, "out"))
		require.NoError(t, err)
		require.Equal(t, input, string(output))
	})
	t.Run("absent", func(t *testing.T) {
		require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), childConfig(t, "echo"), runner.Stdio{}))
	})
}

func TestAQuietClientDoesNotHoldUpTheEnd(t *testing.T) {
	stdin, client := io.Pipe()
	defer client.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- runner.New(runner.Options{}).Run(t.Context(), childConfig(t, "exit 0"), runner.Stdio{Stdin: stdin})
	}()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("the end of the server waits for its client")
	}
}

func TestAWriterThatBlocksDoesNotHoldUpTheEnd(t *testing.T) {
	output, stdout := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = output.Read(make([]byte, 1)) // it writes; from here on nobody reads
		cancel()
	}()
	err := runner.New(runner.Options{}).Run(ctx, childConfig(t, "flood"), runner.Stdio{Stdout: stdout})
	require.IsType(t, &runner.ExitError{}, err)
	require.NoError(t, output.Close())
}

func TestAWriterThatFailsIsReported(t *testing.T) {
	output, stdout := io.Pipe()
	require.NoError(t, output.Close())
	err := runner.New(runner.Options{}).Run(t.Context(), childConfig(t, "env"), runner.Stdio{Stdout: stdout})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	// One that goes on writing is told by a broken pipe, not left to block.
	err = runner.New(runner.Options{}).Run(t.Context(), childConfig(t, "flood"), runner.Stdio{Stdout: stdout})
	require.Error(t, err)
}

func TestWaitAndStopManyTimes(t *testing.T) {
	server, _ := setUp(t, childConfig(t, "sleep"), runner.ProcessOptions{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := server.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, ok := server.Wait().(*runner.ExitError); !ok {
				t.Error("not an ExitError")
			}
		})
	}
	wg.Wait()
	require.NoError(t, server.Stop(t.Context()))
	require.Equal(t, server.Wait(), server.Wait())
}

func TestCommandThatCannotBeExecuted(t *testing.T) {
	cfg := childConfig(t, "exit 0")
	cfg.Resolved = &runner.Resolved{Command: &runner.ResolvedCommand{Argv0: "gone", Path: filepath.Join(t.TempDir(), "gone")}}
	rt := runner.NewProcessRuntime(runner.ProcessOptions{})
	stdin := strings.NewReader("input")
	_, err := rt.Setup(t.Context(), runner.Approve(cfg), runner.Stdio{Stdin: struct{ io.Reader }{stdin}, Stdout: io.Discard})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "command "+cfg.Command+": ")
	require.Never(t, func() bool { return stdin.Len() < 5 }, 50*time.Millisecond, 5*time.Millisecond,
		"input was read for a process that never ran")

	cfg.Resolved = nil
	_, err = rt.Setup(t.Context(), runner.Approve(cfg), runner.Stdio{})
	require.ErrorContains(t, err, "not resolved")
}

// setUp starts cfg and returns the first line that it prints.
func setUp(t *testing.T, cfg *runner.RunConfig, opts runner.ProcessOptions) (runner.Server, string) {
	t.Helper()
	resolved, err := runner.Resolve(t.Context(), cfg)
	require.NoError(t, err)
	output, stdout, err := os.Pipe()
	require.NoError(t, err)
	defer output.Close()
	server, err := runner.NewProcessRuntime(opts).Setup(t.Context(), runner.Approve(resolved), runner.Stdio{Stdout: stdout, Stderr: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	require.NoError(t, stdout.Close())
	return server, firstLine(t, output)
}

func firstLine(t *testing.T, r io.Reader) string {
	t.Helper()
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

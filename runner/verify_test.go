package runner_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// A file that was exchanged while policy was asked about it is not executed.
func TestExchangedFileIsNotExecuted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the server is a shell script")
	}
	before := runner.ActivePolicyGate()
	t.Cleanup(func() { runner.RegisterPolicyGate(before) })
	dir := t.TempDir()
	server := filepath.Join(dir, "server")
	write := func(path, text string) {
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho "+text+"\n"), 0o755))
	}
	write(server, "asked")
	exchange := func() error { return nil }
	runner.RegisterPolicyGate(gateFunc(func(context.Context, *runner.RunConfig) error { return exchange() }))
	run := func() (string, error) {
		var out bytes.Buffer
		err := runner.New(runner.Options{}).Run(t.Context(), &runner.RunConfig{Command: server}, runner.Stdio{Stdout: &out})
		return out.String(), err
	}
	out, err := run()
	require.NoError(t, err)
	require.Equal(t, "asked\n", out)

	exchange = func() error {
		other := filepath.Join(dir, "other")
		write(other, "other")
		return os.Rename(other, server)
	}
	out, err = run()
	require.ErrorContains(t, err, "changed since policy was asked about it")
	require.Empty(t, out)
}

// A command line in one string is a common mistake; its arguments may be secret.
func TestCommandLineInOneString(t *testing.T) {
	_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: "no-such-program -y server --token=hunter2"})
	require.ErrorContains(t, err, `command "no-such-program" and arguments in one string`)
	require.NotContains(t, err.Error(), "hunter2")
}

package runner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestServerGetsTheDefaultEnvironmentAndWhatWasAskedFor(t *testing.T) {
	t.Setenv("RUNNER_TEST_CANARY", "canary")
	t.Setenv("MCP_RUNNER_SECRET_CANARY", "canary")
	t.Setenv("RUNNER_TEST_FROM_HOST", "host value")
	t.Setenv("LC_RUNNER_TEST", "C")
	t.Setenv("LC_RUNNER_TEST_FUNCTION", "() { :; }")
	t.Setenv("TERM", "dumb")
	t.Setenv("USER", "inherited")
	t.Setenv("LOGNAME", "inherited")
	t.Setenv("SHELL", "")

	cfg := childConfig(t, "env")
	cfg.EnvVars["LITERAL"] = "a=b c"
	cfg.EnvVars["USER"] = "asked for"
	cfg.HostEnv = []string{"RUNNER_TEST_FROM_HOST", "RUNNER_TEST_NOT_SET"}
	cfg.Secrets = []string{"token,target=API_TOKEN", "name,target=LOGNAME"}
	secrets := func(_ context.Context, name string) (string, error) { return "value of " + name, nil }
	var out, log bytes.Buffer
	r := runner.New(runner.Options{Secrets: secrets, Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, r.Run(t.Context(), cfg, runner.Stdio{Stdout: &out}))

	got := variables(t, out.Bytes())
	for name, value := range map[string]string{
		"LITERAL":               "a=b c",
		"RUNNER_TEST_FROM_HOST": "host value",
		"API_TOKEN":             "value of token",
		"USER":                  "asked for",
		"LOGNAME":               "value of name",
		"PATH":                  "",
		childVariable:           "env",
		"GORACE":                noExitSleep,
	} {
		require.Contains(t, got, name)
		if value != "" {
			require.Equal(t, value, got[name], name)
		}
		delete(got, name)
	}
	if runtime.GOOS != "windows" {
		require.Equal(t, "dumb", got["TERM"])
		require.Equal(t, "C", got["LC_RUNNER_TEST"])
		for name := range got {
			require.True(t, strings.HasPrefix(name, "LC_") || slices.Contains([]string{"HOME", "LANG", "TERM", "TMPDIR"}, name), name)
		}
	}
	for _, name := range []string{"RUNNER_TEST_CANARY", "RUNNER_TEST_NOT_SET", "LC_RUNNER_TEST_FUNCTION", "SHELL"} {
		require.NotContains(t, got, name)
	}
	require.NotContains(t, out.String(), "canary")

	require.Contains(t, log.String(), "RUNNER_TEST_NOT_SET")
	require.NotContains(t, log.String(), "value of")
	require.NotContains(t, log.String(), "host value")
}

func TestEmptyEnvironmentIsNotTheRunnersOwn(t *testing.T) {
	env, err := exec.LookPath("env")
	if err != nil {
		t.Skip("no env command")
	}
	t.Setenv("RUNNER_TEST_CANARY", "canary")
	for _, name := range []string{"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER", "LC_ALL", "LC_CTYPE"} {
		t.Setenv(name, "")
	}
	var out bytes.Buffer
	cfg := &runner.RunConfig{SchemaVersion: runner.CurrentSchemaVersion, Name: "env", Command: env, Transport: runner.TransportStdio}
	require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &out}))
	require.Empty(t, out.String())
}

func TestSecretsAreReadOnlyAfterTheDecision(t *testing.T) {
	var calls []string
	secrets := func(_ context.Context, name string) (string, error) {
		calls = append(calls, "secret "+name)
		return "value", nil
	}
	cfg := childConfig(t, "exit 0")
	cfg.Secrets = []string{"token,target=API_TOKEN"}
	r := runner.New(runner.Options{Secrets: secrets})
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
		calls = append(calls, "gate")
		return nil
	}))
	require.NoError(t, r.Run(t.Context(), cfg, runner.Stdio{}))
	require.Equal(t, []string{"gate", "secret token"}, calls)

	calls = nil
	register(t, gateFunc(deny))
	require.ErrorIs(t, r.Run(t.Context(), cfg, runner.Stdio{}), errDenied)
	require.Empty(t, calls)
}

func TestSecretErrorsNameTheSecretAndNotTheValue(t *testing.T) {
	for name, tc := range map[string]struct {
		value string
		err   error
		text  string
	}{
		"provider": {err: errors.New("vault is sealed"), text: "secret token: vault is sealed"},
		"NUL":      {value: "hunter2\x00hunter2", text: "secret token: variable API_TOKEN: the value contains a NUL byte"},
	} {
		t.Run(name, func(t *testing.T) {
			secrets := func(context.Context, string) (string, error) { return tc.value, tc.err }
			cfg := childConfig(t, "exit 0")
			cfg.Secrets = []string{"token,target=API_TOKEN"}
			err := runner.New(runner.Options{Secrets: secrets}).Run(t.Context(), cfg, runner.Stdio{})
			require.ErrorContains(t, err, tc.text)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// variables returns what the child env printed, by name.
func variables(t *testing.T, data []byte) map[string]string {
	t.Helper()
	var list []string
	require.NoError(t, json.Unmarshal(data, &list))
	got := map[string]string{}
	for _, variable := range list {
		name, value, _ := strings.Cut(variable, "=")
		require.NotContains(t, got, name, "set twice")
		got[name] = value
	}
	return got
}

package runner_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestGateIsAskedOncePerCreateAndBeforeSetup(t *testing.T) {
	for name, cfg := range map[string]*runner.RunConfig{
		"remote":  remoteConfig(),
		"command": childConfig(t, "exit 0"),
		"image":   imageConfig(),
	} {
		t.Run(name, func(t *testing.T) {
			var calls []string
			register(t, gateFunc(func(_ context.Context, cfg *runner.RunConfig) error {
				calls = append(calls, "gate")
				if cfg.Resolved == nil {
					t.Error("the gate was asked about a config that is not resolved")
				}
				return nil
			}))
			rt := &fakeRuntime{onSetup: func(context.Context, *runner.RunConfig) { calls = append(calls, "setup") }}
			r := runner.New(runner.Options{Runtime: rt})
			for range 2 {
				require.NoError(t, r.Run(t.Context(), cfg, runner.Stdio{}))
			}
			require.Equal(t, []string{"gate", "setup", "gate", "setup"}, calls)
			require.Nil(t, cfg.Resolved, "the caller's config was changed")
		})
	}
}

func TestWhatWasAskedIsWhatIsSetUp(t *testing.T) {
	cfg := childConfig(t, "exit 0")
	cfg.CmdArgs = []string{"asked"}
	cfg.EnvVars["ASKED"] = "asked"
	mutate := func(cfg *runner.RunConfig) {
		cfg.Command, cfg.RemoteURL = "", "https://evil.example"
		cfg.CmdArgs[0] = "evil"
		cfg.EnvVars["ASKED"] = "evil"
		if cfg.Resolved != nil {
			cfg.Resolved.Command.Path = "/evil"
		}
	}
	var asked *runner.RunConfig
	left := make(chan *runner.RunConfig)
	mutated := make(chan struct{})
	register(t, gateFunc(func(_ context.Context, own *runner.RunConfig) error {
		asked = own.Clone()
		mutate(own)
		go func() { // a goroutine that the gate leaves behind
			mutate(<-left)
			close(mutated)
		}()
		done := make(chan struct{})
		go func() { // another goroutine of the caller
			mutate(cfg)
			close(done)
		}()
		<-done
		left <- own
		return nil
	}))
	rt := &fakeRuntime{onSetup: func(_ context.Context, got *runner.RunConfig) {
		<-mutated
		require.Equal(t, asked, got)
		require.Equal(t, []string{"asked"}, got.CmdArgs)
		require.Equal(t, "asked", got.EnvVars["ASKED"])
		require.NotEqual(t, "/evil", got.Resolved.Command.Path)
	}}
	require.NoError(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), cfg, runner.Stdio{}))
	require.EqualValues(t, 1, rt.setups.Load())
}

func TestInvalidConfigIsNotAsked(t *testing.T) {
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
		t.Error("the gate was asked")
		return nil
	}))
	for name, cfg := range map[string]*runner.RunConfig{
		"nil":     nil,
		"nothing": {Name: "nothing", Transport: runner.TransportStdio},
		"missing": {Name: "missing", Transport: runner.TransportStdio, Command: "no-such-command-anywhere"},
	} {
		t.Run(name, func(t *testing.T) {
			rt := &fakeRuntime{}
			err := runner.New(runner.Options{Runtime: rt}).Run(t.Context(), cfg, runner.Stdio{})
			require.Error(t, err)
			var blocked *runner.BlockedError
			require.False(t, errors.As(err, &blocked))
			require.Zero(t, rt.setups.Load())
		})
	}
}

func TestCancelledRunCreatesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		before bool
		answer error
	}{
		"before the question":                  {before: true},
		"during, the gate allows all the same": {},
		"during, the gate denies":              {answer: errDenied},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			asked := false
			register(t, gateFunc(func(context.Context, *runner.RunConfig) error {
				asked = true
				cancel()
				return tc.answer
			}))
			if tc.before {
				cancel()
			}
			rt := &fakeRuntime{}
			err := runner.New(runner.Options{Runtime: rt}).Run(ctx, remoteConfig(), runner.Stdio{})
			if tc.answer != nil {
				require.ErrorIs(t, err, tc.answer)
			} else {
				require.ErrorIs(t, err, context.Canceled)
			}
			require.Equal(t, !tc.before, asked)
			require.Zero(t, rt.setups.Load())
		})
	}
}

func TestCancelledRunStopsTheServer(t *testing.T) {
	for name, result := range map[string]error{"clean": nil, "exit code": &runner.ExitError{Code: 143}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			server := newFakeServer(result)
			rt := &fakeRuntime{server: server, onSetup: func(context.Context, *runner.RunConfig) { cancel() }}
			require.Equal(t, result, runner.New(runner.Options{Runtime: rt}).Run(ctx, remoteConfig(), runner.Stdio{}))
			require.EqualValues(t, 1, server.stops.Load())
		})
	}
}

func TestServerThatEndsIsNotStopped(t *testing.T) {
	server := newFakeServer(&runner.ExitError{Code: 7})
	server.end()
	err := runner.New(runner.Options{Runtime: &fakeRuntime{server: server}}).Run(t.Context(), remoteConfig(), runner.Stdio{})
	require.Equal(t, &runner.ExitError{Code: 7}, err)
	require.Zero(t, server.stops.Load())
}

func TestImageNeedsAContainerRuntime(t *testing.T) {
	asked := 0
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { asked++; return nil }))
	err := runner.New(runner.Options{}).Run(t.Context(), imageConfig(), runner.Stdio{})
	require.ErrorIs(t, err, runner.ErrNoContainerRuntime)
	require.EqualError(t, err, "image ghcr.io/acme/search:1.2: containers are not supported by this version; "+
		"start the server's package with a launcher instead, for example: mcp-runner run -- npx -y PACKAGE, or: mcp-runner run -- uvx PACKAGE")
	require.Equal(t, 1, asked)

	register(t, gateFunc(deny))
	err = runner.New(runner.Options{}).Run(t.Context(), imageConfig(), runner.Stdio{})
	require.ErrorIs(t, err, errDenied)
	require.NotErrorIs(t, err, runner.ErrNoContainerRuntime)
}

func imageConfig() *runner.RunConfig {
	return &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion,
		Name:          "search",
		Image:         "ghcr.io/acme/search:1.2",
		Transport:     runner.TransportStdio,
	}
}

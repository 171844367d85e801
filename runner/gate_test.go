package runner_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

type embedder struct{ runner.NoopPolicyGate }

var errDenied = errors.New("images.registry: not approved")

func deny(context.Context, *runner.RunConfig) error { return errDenied }

func TestDefaultGateAllowsEverything(t *testing.T) {
	require.Equal(t, "runner.allowAllGate", fmt.Sprintf("%T", runner.ActivePolicyGate()))
	rt := &fakeRuntime{}
	require.NoError(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{}))
	require.NoError(t, runner.EagerCheckCreateServer(t.Context(), remoteConfig()))
	require.EqualValues(t, 1, rt.setups.Load())
}

func TestEmbedderOfNoopPolicyGateAllows(t *testing.T) {
	register(t, embedder{})
	require.Equal(t, embedder{}, runner.ActivePolicyGate())
	rt := &fakeRuntime{}
	require.NoError(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{}))
	require.EqualValues(t, 1, rt.setups.Load())
}

func TestDenialReachesTheCaller(t *testing.T) {
	register(t, embedder{})
	register(t, gateFunc(deny))
	rt := &fakeRuntime{}
	for name, err := range map[string]error{
		"run":   runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{}),
		"eager": runner.EagerCheckCreateServer(t.Context(), remoteConfig()),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, err, errDenied)
			require.EqualError(t, err, "server creation blocked by policy: images.registry: not approved")
			var blocked *runner.BlockedError
			require.ErrorAs(t, err, &blocked)
			require.Equal(t, errDenied, blocked.Err)
		})
	}
	require.Zero(t, rt.setups.Load())
}

type dataError struct{ error }

func (dataError) ErrorData() any { return "the decision" }

func TestErrorDataSurvives(t *testing.T) {
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { return dataError{errDenied} }))
	var data runner.ErrorData
	require.ErrorAs(t, runner.EagerCheckCreateServer(t.Context(), remoteConfig()), &data)
	require.Equal(t, "the decision", data.ErrorData())
}

type pointerGate struct{ runner.NoopPolicyGate }

type mapGate map[string]bool

func (mapGate) CheckCreateServer(context.Context, *runner.RunConfig) error { return nil }

type chanGate chan struct{}

func (chanGate) CheckCreateServer(context.Context, *runner.RunConfig) error { return nil }

func TestRegisterRefusesNil(t *testing.T) {
	before := runner.ActivePolicyGate()
	for name, g := range map[string]runner.PolicyGate{
		"nil":     nil,
		"pointer": (*pointerGate)(nil),
		"func":    gateFunc(nil),
		"map":     mapGate(nil),
		"chan":    chanGate(nil),
	} {
		t.Run(name, func(t *testing.T) {
			require.PanicsWithValue(t, "runner.RegisterPolicyGate: the gate is nil", func() { runner.RegisterPolicyGate(g) })
			require.Equal(t, before, runner.ActivePolicyGate())
		})
	}
}

func TestPanicOfAGateDenies(t *testing.T) {
	const secret = "hunter2-hunter2"
	for name, tc := range map[string]struct {
		panics func()
		text   string
	}{
		"string":  {func() { panic(secret) }, "string in "},
		"error":   {func() { panic(errors.New(secret)) }, "*errors.errorString in "},
		"nil":     {func() { panic(nil) }, "*runtime.PanicNilError in "},
		"runtime": {func() { var g runner.PolicyGate; _ = g.CheckCreateServer(t.Context(), nil) }, "runtime.errorString in "},
	} {
		t.Run(name, func(t *testing.T) {
			register(t, gateFunc(func(context.Context, *runner.RunConfig) error { tc.panics(); return nil }))
			rt := &fakeRuntime{}
			err := runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{})
			var blocked *runner.BlockedError
			require.ErrorAs(t, err, &blocked)
			require.ErrorIs(t, err, runner.ErrGatePanic)
			require.ErrorContains(t, err, "server creation blocked by policy: policy gate panicked: "+tc.text)
			require.ErrorContains(t, err, "runner_test.TestPanicOfAGateDenies")
			require.NotContains(t, err.Error(), secret)
			require.Zero(t, rt.setups.Load())

			require.ErrorIs(t, runner.EagerCheckCreateServer(t.Context(), remoteConfig()), runner.ErrGatePanic)
		})
	}
}

func TestNilPanicUnderOldSemanticsDenies(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { panic(nil) }))
	require.ErrorIs(t, runner.EagerCheckCreateServer(t.Context(), remoteConfig()), runner.ErrGatePanic)
}

func TestGoexitOfAGateCreatesNothing(t *testing.T) {
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { runtime.Goexit(); return nil }))
	rt := &fakeRuntime{}
	done := make(chan bool)
	go func() {
		returned := false
		defer func() { done <- returned }()
		_ = runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{})
		returned = true
	}()
	require.False(t, <-done)
	require.Zero(t, rt.setups.Load())
}

func TestGateIsRegisteredAndReadConcurrently(t *testing.T) {
	register(t, embedder{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				runner.RegisterPolicyGate(embedder{})
			}
		})
		wg.Go(func() {
			for range 200 {
				if runner.ActivePolicyGate() == nil {
					t.Error("no gate")
				}
			}
		})
	}
	wg.Wait()
}

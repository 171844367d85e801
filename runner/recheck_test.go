package runner_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// changingGate allows what is created; change makes another policy come into
// force, with its answer about what runs.
type changingGate struct {
	runner.NoopPolicyGate

	mu       sync.Mutex
	revision string
	changed  chan struct{}
	answer   func() error
	asked    []*runner.RunConfig
}

func newChangingGate() *changingGate {
	return &changingGate{revision: "1", changed: make(chan struct{})}
}

func (g *changingGate) change(answer func() error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.revision += "1"
	g.answer = answer
	close(g.changed)
	g.changed = make(chan struct{})
}

func (g *changingGate) PolicyRevision() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.revision
}

func (g *changingGate) AwaitPolicyChange(ctx context.Context, revision string) (string, error) {
	for {
		g.mu.Lock()
		now, changed := g.revision, g.changed
		g.mu.Unlock()
		if now != revision {
			return now, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (g *changingGate) CheckRunningServer(_ context.Context, cfg *runner.RunConfig) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, cfg)
	return g.answer()
}

func TestPolicyChangeUnderARunningServer(t *testing.T) {
	deny := func() error { return errors.New("closed for today") }
	for name, c := range map[string]struct {
		change  runner.PolicyChange
		answer  func() error
		stopped string
		log     string
		asked   int
	}{
		"warn":            {change: runner.PolicyChangeWarn, answer: deny, log: "closed for today", asked: 1},
		"the default":     {answer: deny, log: "closed for today", asked: 1},
		"stop":            {change: runner.PolicyChangeStop, answer: deny, stopped: "server stopped by policy: closed for today", asked: 1},
		"ignore":          {change: runner.PolicyChangeIgnore, answer: deny},
		"stop, allowed":   {change: runner.PolicyChangeStop, answer: func() error { return nil }, asked: 1},
		"stop, a panic":   {change: runner.PolicyChangeStop, answer: func() error { panic("secret") }, stopped: "policy gate panicked: string in", asked: 1},
		"warn, a panic":   {change: runner.PolicyChangeWarn, answer: func() error { panic("secret") }, log: "policy gate panicked", asked: 1},
		"warn, no reason": {change: runner.PolicyChangeWarn, answer: func() error { return nil }, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newChangingGate()
				register(t, g)
				var log strings.Builder
				server := newFakeServer(nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := runner.New(runner.Options{
					Runtime:        &fakeRuntime{server: server},
					OnPolicyChange: c.change,
					Log:            slog.New(slog.NewTextHandler(&log, nil)),
				})
				ended := make(chan error, 1)
				go func() { ended <- r.Run(ctx, remoteConfig(), runner.Stdio{}) }()
				synctest.Wait()
				require.Empty(t, g.asked, "the policy has not changed")

				g.change(c.answer)
				synctest.Wait()
				if c.stopped == "" {
					require.Zero(t, server.stops.Load())
					cancel()
					require.NoError(t, <-ended)
				} else {
					var stopped *runner.StoppedError
					err := <-ended
					require.ErrorAs(t, err, &stopped)
					require.ErrorContains(t, err, c.stopped)
					require.NotContains(t, err.Error(), "secret")
					require.EqualValues(t, 1, server.stops.Load())
				}
				synctest.Wait()
				require.Len(t, g.asked, c.asked)
				for _, cfg := range g.asked {
					require.NotNil(t, cfg.Resolved, "it is asked about what runs")
				}
				if c.log == "" {
					require.Empty(t, log.String())
				} else {
					require.Contains(t, log.String(), c.log)
					require.Contains(t, log.String(), "server=remote")
				}
			})
		})
	}
}

// A server that goes on is asked about at each change.
func TestEveryPolicyChangeAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newChangingGate()
		register(t, g)
		server := newFakeServer(&runner.ExitError{Code: 7})
		r := runner.New(runner.Options{Runtime: &fakeRuntime{server: server}, OnPolicyChange: runner.PolicyChangeStop})
		ended := make(chan error, 1)
		go func() { ended <- r.Run(t.Context(), remoteConfig(), runner.Stdio{}) }()
		for range 3 {
			synctest.Wait()
			g.change(func() error { return nil })
		}
		synctest.Wait()
		require.Len(t, g.asked, 3)
		g.change(func() error { return errors.New("closed") })
		require.EqualError(t, <-ended, "server stopped by policy: closed", "whatever its exit code")
	})
}

// A change between the question and the start is not lost.
func TestPolicyChangeDuringSetup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newChangingGate()
		register(t, g)
		rt := &fakeRuntime{server: newFakeServer(nil), onSetup: func(context.Context, *runner.RunConfig) {
			g.change(func() error { return errors.New("closed") })
		}}
		r := runner.New(runner.Options{Runtime: rt, OnPolicyChange: runner.PolicyChangeStop})
		require.EqualError(t, r.Run(t.Context(), remoteConfig(), runner.Stdio{}), "server stopped by policy: closed")
	})
}

// silentGate cannot say what is in force.
type silentGate struct{ *changingGate }

func (silentGate) PolicyRevision() string { panic("secret") }

func TestGateThatCannotSayItsRevisionDenies(t *testing.T) {
	register(t, silentGate{newChangingGate()})
	rt := &fakeRuntime{}
	err := runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{})
	var blocked *runner.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.ErrorIs(t, err, runner.ErrGatePanic)
	require.NotContains(t, err.Error(), "secret")
	require.Zero(t, rt.setups.Load())
}

func TestParsePolicyChange(t *testing.T) {
	for _, text := range []string{"warn", "stop", "ignore"} {
		c, err := runner.ParsePolicyChange(text)
		require.NoError(t, err)
		require.EqualValues(t, text, c)
	}
	for _, text := range []string{"", "Stop", "kill"} {
		_, err := runner.ParsePolicyChange(text)
		require.ErrorContains(t, err, "is not warn, stop or ignore")
	}
}

package rego_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// slowPolicy is a policy whose compile does not return until the test says so.
func slowPolicy(name string) string {
	return strings.ReplaceAll(denyBad, "policy.a", "policy.slow."+name)
}

// hangSlow makes the compile of such policies wait. The function that it returns
// says how many do or did, and release lets them go on.
func hangSlow(t *testing.T) (begun func() int, release func()) {
	var n atomic.Int32
	released := make(chan struct{})
	rego.OnCompileBeside(t, func(what string) {
		if strings.HasPrefix(what, "policy slow.") {
			n.Add(1)
			<-released
		}
	})
	return func() int { return int(n.Load()) }, func() {
		close(released)
		synctest.Wait() // until the loads have ended
	}
}

// syncConfig is for a store in a bubble of synctest: what waits for events of the
// system would keep the clock from going on.
func syncConfig(t *testing.T, dir string) rego.StoreConfig {
	rego.WithoutWatches(t)
	rego.WithoutRacyFiles(t)
	cfg := storeConfig(dir)
	cfg.Settle, cfg.Tick = 0, 0 // as in real life
	return cfg
}

func TestLoadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, release := hangSlow(t)
		start := time.Now()
		_, err := load(t.Context(), files{"a.rego": denyBad, "s.rego": slowPolicy("one")})
		require.EqualError(t, err, "policy source test: the load took longer than 30s: the compile of policy slow.one has not returned")
		require.Equal(t, 30*time.Second, time.Since(start))

		_, err = rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: files{"s.rego": slowPolicy("one")}.fs(), Log: quiet, Deadline: time.Second})
		require.ErrorContains(t, err, "the load took longer than 1s: ")

		// A context that ends first is the error, and nobody waits for the rest.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute/4)
		defer cancel()
		start = time.Now()
		_, err = load(ctx, files{"s.rego": slowPolicy("one")})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotContains(t, err.Error(), "longer")
		require.Less(t, time.Since(start), time.Minute/3)
		release()
	})
}

func TestStoreStuckLoad(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		begun, release := hangSlow(t)
		write(t, dir, files{"a.rego": denyBad})
		s := open(t, syncConfig(t, dir))
		first := s.Policy()
		stuck := func() (names []string) {
			for _, s := range s.Status().Stuck {
				require.Empty(t, s.Revision)
				names = append(names, s.What)
			}
			return names
		}

		write(t, dir, files{"s.rego": slowPolicy("one")})
		time.Sleep(35 * time.Second)
		require.Equal(t, 1, begun())
		require.NoError(t, s.Status().LastError, "the load is on its way")
		time.Sleep(10 * time.Second)
		const tooLong = "the load took longer than 30s: the compile of policy slow.one has not returned"
		require.ErrorContains(t, s.Status().LastError, tooLong)
		require.Equal(t, []string{"slow.one"}, stuck())
		require.Same(t, first, s.Policy())
		since := s.Status().Stuck[0].Since
		require.Less(t, s.Status().ConfirmedAt, since)
		require.EqualValues(t, 1, s.Status().ReloadErrors)

		// The same files are not tried again, whether touched or not.
		time.Sleep(time.Minute)
		write(t, dir, files{"s.rego": slowPolicy("one")})
		time.Sleep(time.Minute)
		require.Equal(t, 1, begun())
		require.ErrorContains(t, s.Status().LastError, tooLong)
		require.Equal(t, since, s.Status().Stuck[0].Since)
		require.EqualValues(t, 1, s.Status().ReloadErrors)

		// What was good is good again, though a load is stuck.
		require.NoError(t, os.Remove(filepath.Join(dir, "s.rego")))
		time.Sleep(time.Minute)
		require.NoError(t, s.Status().LastError)
		require.Equal(t, 1, begun())

		// Others are tried, up to two at once.
		write(t, dir, files{"s.rego": slowPolicy("two")})
		time.Sleep(time.Minute)
		require.Equal(t, []string{"slow.one", "slow.two"}, stuck())
		require.ErrorContains(t, s.Status().LastError, "policy slow.two has not returned")
		write(t, dir, files{"s.rego": slowPolicy("three")})
		time.Sleep(time.Minute)
		require.Equal(t, 2, begun())
		require.ErrorContains(t, s.Status().LastError, "no load begins before one that took too long has returned (one since 2000-01-01T00:00:1")
		require.ErrorContains(t, s.Status().LastError, "policy slow.two has not returned")
		require.Equal(t, []string{"slow.one", "slow.two"}, stuck())
		require.Same(t, first, s.Policy())

		// Once they have returned, the files load.
		release()
		time.Sleep(time.Minute)
		require.NoError(t, s.Status().LastError)
		require.Empty(t, stuck())
		require.Equal(t, []string{"a", "slow.three"}, s.Policy().Policies())
		require.EqualValues(t, 1, s.Status().Reloads)
	})
}

// A load that was slow and returned is made again, though nothing changed.
func TestStoreStuckLoadReturns(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		_, release := hangSlow(t)
		write(t, dir, files{"a.rego": denyBad})
		s := open(t, syncConfig(t, dir))
		for _, name := range []string{"one", "two"} {
			write(t, dir, files{"s.rego": slowPolicy(name)})
			time.Sleep(time.Minute)
		}
		require.Len(t, s.Status().Stuck, 2)
		require.Error(t, s.Status().LastError)
		release()
		time.Sleep(time.Minute)
		require.Empty(t, s.Status().Stuck)
		require.NoError(t, s.Status().LastError)
		require.Equal(t, []string{"a", "slow.two"}, s.Policy().Policies())
	})
}

// One that was slow alone is made again as well, with what it compiled.
func TestStoreSlowLoadReturns(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		begun, release := hangSlow(t)
		write(t, dir, files{"a.rego": denyBad})
		s := open(t, syncConfig(t, dir))
		write(t, dir, files{"s.rego": slowPolicy("one")})
		time.Sleep(time.Minute)
		require.ErrorContains(t, s.Status().LastError, "the compile of policy slow.one has not returned")
		release()
		time.Sleep(time.Minute)
		require.NoError(t, s.Status().LastError)
		require.Equal(t, []string{"a", "slow.one"}, s.Policy().Policies())
		require.Equal(t, 1, begun())
	})
}

func TestOpenStuckLoad(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"s.rego": slowPolicy("one")})
	synctest.Test(t, func(t *testing.T) {
		_, release := hangSlow(t)
		cfg := syncConfig(t, dir)
		start := time.Now()
		_, err := rego.Open(t.Context(), cfg)
		require.ErrorContains(t, err, "the load took longer than 30s")
		require.Equal(t, 30*time.Second, time.Since(start))

		cfg.DenyUntilLoaded = true
		s, err := rego.Open(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))
		_, err = s.Policy().Eval(t.Context(), server("good"))
		require.ErrorContains(t, err, "the compile of policy slow.one has not returned")
		require.Len(t, s.Status().Stuck, 1)
		start = time.Now()
		require.NoError(t, s.Close())
		require.Zero(t, time.Since(start))
		release()
	})
}

// Close waits for a load, and not for one that does not heed it.
func TestCloseDuringLoad(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	synctest.Test(t, func(t *testing.T) {
		begun, release := hangSlow(t)
		s := open(t, syncConfig(t, dir))
		write(t, dir, files{"s.rego": slowPolicy("one")})
		time.Sleep(15 * time.Second)
		require.Equal(t, 1, begun())
		start := time.Now()
		require.NoError(t, s.Close())
		require.Less(t, time.Since(start), time.Second)
		require.NoError(t, s.Status().LastError)
		release()
	})
}

// A panic is an error, and the store goes on: in a load, and in the goroutine.
func TestStoreSurvivesPanics(t *testing.T) {
	t.Run("load", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, files{"a.rego": denyBad})
		var panics atomic.Bool
		rego.OnRead(t, func(string) {
			if panics.Load() {
				panic("a value of the files")
			}
		})
		s := open(t, storeConfig(dir))
		panics.Store(true)
		write(t, dir, files{"a.rego": denyGood})
		eventually(t, "the panic", func() bool { return s.Status().LastError != nil })
		require.ErrorContains(t, s.Status().LastError, "the load panicked with a string")
		require.NotContains(t, s.Status().LastError.Error(), "value")
		denies(t, s, "bad")
		panics.Store(false)
		write(t, dir, files{"a.rego": strings.ReplaceAll(denyGood, "good", "third")})
		denies(t, s, "third")
		eventually(t, "no error", func() bool { return s.Status().LastError == nil })
	})
	t.Run("log", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, files{"a.rego": denyBad})
		var h panicHandler
		cfg := storeConfig(dir)
		cfg.Log = slog.New(&h)
		s := open(t, cfg)
		h.panics.Store(true)
		write(t, dir, files{"a.rego": denyGood})
		denies(t, s, "good")
		eventually(t, "the panic", func() bool { return s.Status().LastError != nil })
		h.panics.Store(false)
		write(t, dir, files{"a.rego": strings.ReplaceAll(denyGood, "good", "third")})
		denies(t, s, "third")
		eventually(t, "no error", func() bool { return s.Status().LastError == nil })
	})
}

type panicHandler struct{ panics atomic.Bool }

func (h *panicHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h *panicHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *panicHandler) WithGroup(string) slog.Handler            { return h }
func (h *panicHandler) Handle(context.Context, slog.Record) error {
	if h.panics.Load() {
		panic(fmt.Errorf("the disk is full"))
	}
	return nil
}

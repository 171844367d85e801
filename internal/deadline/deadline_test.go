package deadline_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

func TestDo(t *testing.T) {
	var w deadline.Watch
	v, err := deadline.Do(t.Context(), &w, "work", func(*deadline.Call) (int, error) { return 1, nil })
	require.NoError(t, err)
	require.Equal(t, 1, v)

	sentinel := errors.New("x")
	_, err = deadline.Do(t.Context(), &w, "work", func(*deadline.Call) (int, error) { return 1, sentinel })
	require.Equal(t, sentinel, err)

	for want, work := range map[string]func(*deadline.Call) (int, error){
		"work panicked: string": func(*deadline.Call) (int, error) { panic("hunter2") },
		"work did not return":   func(*deadline.Call) (int, error) { runtime.Goexit(); return 0, nil },
	} {
		_, err = deadline.Do(t.Context(), &w, "work", work)
		require.EqualError(t, err, want)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = deadline.Do(ctx, &w, "work", func(*deadline.Call) (int, error) { panic("not to be begun") })
	require.EqualError(t, err, "context canceled")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, w.Late())
}

// Work that does not notice is left after the grace, and nothing is begun until
// it returns.
func TestDoLeavesWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w deadline.Watch
		release := make(chan struct{})
		began := time.Now()
		second := "the second step"
		hang := func(c *deadline.Call) (int, error) {
			c.Step(&second)
			<-release
			return 1, nil
		}
		ctx, cancel := deadline.Context(t.Context(), time.Second)
		defer cancel()
		_, err := deadline.Do(ctx, &w, "work", hang)
		require.EqualError(t, err, "the second step: the deadline of 1s passed, and it has not returned")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second+deadline.Grace, time.Since(began))
		require.Equal(t, []deadline.Late{{Step: second, Since: began}}, w.Late())

		time.Sleep(time.Hour)
		before := time.Now()
		_, err = deadline.Do(t.Context(), &w, "work", hang)
		stuck, ok := errors.AsType[*deadline.StuckError](err)
		require.True(t, ok)
		require.Equal(t, second, stuck.Step)
		require.Equal(t, before, time.Now(), "at once")

		close(release)
		synctest.Wait()
		require.Empty(t, w.Late())
		v, err := deadline.Do(t.Context(), &w, "work", func(*deadline.Call) (int, error) { return 2, nil })
		require.NoError(t, err)
		require.Equal(t, 2, v)
	})
}

// What notices, or returns all the same, is no result, and is not late.
func TestDoWaitsAGrace(t *testing.T) {
	for name, after := range map[string]time.Duration{"in the grace": deadline.Grace - 1, "at once": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var w deadline.Watch
				ctx, cancel := deadline.Context(t.Context(), time.Second)
				defer cancel()
				_, err := deadline.Do(ctx, &w, "work", func(*deadline.Call) (int, error) {
					<-ctx.Done()
					time.Sleep(after)
					return 1, nil
				})
				require.EqualError(t, err, "work: the deadline of 1s passed")
				require.Empty(t, w.Late())
			})
		})
	}
}

// A caller who goes away says nothing about the work: others go on asking until
// its own deadline has passed.
func TestCallerWhoGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w deadline.Watch
		release := make(chan struct{})
		caller, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		ctx, cancel := deadline.Context(caller, time.Second)
		defer cancel()
		_, err := deadline.Do(ctx, &w, "work", func(*deadline.Call) (int, error) { <-release; return 1, nil })
		require.EqualError(t, err, "work: context deadline exceeded, and it has not returned")
		require.Empty(t, w.Late())
		_, err = deadline.Do(t.Context(), &w, "work", func(*deadline.Call) (int, error) { return 2, nil })
		require.NoError(t, err)

		time.Sleep(time.Second)
		require.Len(t, w.Late(), 1)
		_, err = deadline.Do(t.Context(), &w, "work", func(*deadline.Call) (int, error) { return 2, nil })
		require.ErrorContains(t, err, "work began at 2000-01-01T00:00:00Z and has not returned")
		close(release)
	})
}

// Work that makes the memory of the process grow is told to stop.
func TestMemory(t *testing.T) {
	var w deadline.Watch
	var kept [][]byte
	_, err := deadline.Do(t.Context(), &w, "work", func(c *deadline.Call) (int, error) {
		for len(kept) < 200 && !c.Stopped() {
			kept = append(kept, make([]byte, 32<<20)) // not touched: the system gives nothing
			time.Sleep(10 * time.Millisecond)
		}
		return len(kept), nil
	})
	require.ErrorIs(t, err, deadline.ErrMemory)
	require.ErrorContains(t, err, "work: stopped")
	require.Less(t, len(kept), 100)
	runtime.KeepAlive(kept)
}

func BenchmarkDo(b *testing.B) {
	var w deadline.Watch
	ctx, cancel := deadline.Context(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := deadline.Do(ctx, &w, "work", func(*deadline.Call) (int, error) { return 1, nil }); err != nil {
			b.Fatal(err)
		}
	}
}

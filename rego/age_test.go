package rego_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// The monotonic clock stands still while a laptop sleeps, and the wall clock can
// be set back: what is older counts.
func TestAge(t *testing.T) {
	for name, tc := range map[string]struct{ monotonic, wall, want time.Duration }{
		"both":                 {time.Hour, time.Hour, time.Hour},
		"suspended":            {time.Minute, time.Hour, time.Hour},
		"wall clock set back":  {time.Minute, -time.Hour, time.Minute},
		"wall clock set ahead": {0, time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, rego.Age(tc.monotonic, tc.wall))
		})
	}
}

func TestMaxAge(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		write(t, dir, files{"a.rego": denyBad, "log.rego": maskHead + `mask contains "/input/x"`})
		cfg := syncConfig(t, dir)
		cfg.MaxAge = time.Hour
		s := open(t, cfg)
		p := s.Policy()
		revision := p.Revision()

		// As long as the files are looked at, it does not matter how old they are.
		time.Sleep(10*time.Hour + 5*time.Second) // between two ticks
		require.Same(t, p, s.Policy())
		require.Less(t, time.Since(s.Status().ConfirmedAt), 11*time.Second)
		require.False(t, s.Status().Expired)

		broken := time.Now()
		write(t, dir, files{"a.rego": "nonsense"})
		time.Sleep(59 * time.Minute)
		require.Same(t, p, s.Policy())
		require.Error(t, s.Status().LastError)
		require.LessOrEqual(t, s.Status().ConfirmedAt, broken)
		require.False(t, s.Status().Expired)
		time.Sleep(2 * time.Minute)
		require.True(t, s.Status().Expired)
		require.Equal(t, revision, s.Status().Revision)
		require.Equal(t, []string{"a"}, s.Status().Policies)
		expired := s.Policy()
		_, err := expired.Eval(t.Context(), server("good"))
		require.ErrorIs(t, err, rego.ErrExpired)
		require.ErrorContains(t, err, "policy source test: "+dir+": the policy expired: revision "+revision+" was last confirmed at 2000-01-01T10:00:00Z")
		require.ErrorContains(t, err, "longer ago than 1h0m0s: a.rego:1")
		_, err = expired.Explain(t.Context(), server("good"), nil)
		require.ErrorIs(t, err, rego.ErrExpired)
		require.Equal(t, revision, expired.Revision())
		rules, err := expired.Mask(t.Context(), maskEvent)
		require.NoError(t, err)
		require.Len(t, rules, 1, "the record of the denial is masked")

		// The files that were in force confirm it, and so does a new policy.
		write(t, dir, files{"a.rego": denyBad})
		time.Sleep(time.Minute)
		require.Same(t, p, s.Policy())
		require.False(t, s.Status().Expired)
		require.NoError(t, os.RemoveAll(dir))
		time.Sleep(2 * time.Hour)
		_, err = s.Policy().Eval(t.Context(), server("good"))
		require.ErrorIs(t, err, rego.ErrExpired)
		require.ErrorIs(t, err, os.ErrNotExist)
		write(t, dir, files{"a.rego": denyGood})
		time.Sleep(time.Minute)
		require.False(t, eval(t, s.Policy(), "good").Allowed)

		// Nobody is needed for it to expire.
		require.NoError(t, s.Close())
		require.True(t, eval(t, s.Policy(), "fine").Allowed)
		time.Sleep(61 * time.Minute)
		_, err = s.Policy().Eval(t.Context(), server("fine"))
		require.ErrorIs(t, err, rego.ErrExpired)
		require.ErrorContains(t, err, "the files have not been looked at since")
	})
}

// The tick is fast enough for the age, however slow it is by itself.
func TestMaxAgeBelowTick(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		write(t, dir, files{"a.rego": denyBad})
		cfg := syncConfig(t, dir)
		cfg.Tick, cfg.MaxAge = time.Hour, 3*time.Second
		s := open(t, cfg)
		for range 1000 {
			time.Sleep(77 * time.Millisecond)
			require.False(t, s.Status().Expired)
		}
	})
}

func TestMaxAgeStatic(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		write(t, dir, files{"a.rego": denyBad})
		cfg := syncConfig(t, dir)
		cfg.MaxAge, cfg.Static = time.Minute, true
		static := open(t, cfg)
		cfg.Static, cfg.Dir, cfg.FS = false, "", files{"a.rego": denyBad}.fs()
		builtin := open(t, cfg)
		require.NoError(t, os.Remove(filepath.Join(dir, "a.rego")))
		time.Sleep(time.Hour)
		for _, s := range []*rego.Store{static, builtin} {
			require.True(t, eval(t, s.Policy(), "good").Allowed)
			require.True(t, s.Status().Static)
			require.False(t, s.Status().Expired)
			require.False(t, s.Status().ConfirmedAt.IsZero())
		}
	})
}

// What never came into force denies for its own reason, however old it is.
func TestMaxAgeNeverLoaded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	synctest.Test(t, func(t *testing.T) {
		cfg := syncConfig(t, dir)
		cfg.MaxAge, cfg.DenyUntilLoaded = time.Minute, true
		s := open(t, cfg)
		time.Sleep(time.Hour)
		_, err := s.Policy().Eval(t.Context(), server("good"))
		require.ErrorIs(t, err, os.ErrNotExist)
		require.NotErrorIs(t, err, rego.ErrExpired)
		require.True(t, s.Status().ConfirmedAt.IsZero())
	})
}

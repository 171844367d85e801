//go:build linux || darwin

package rego_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// A change of who may write the source is a change, by its event or by looking.
func TestStoreFollowsPermissions(t *testing.T) {
	for name, change := range map[string]struct{ path, want string }{
		"file":      {"p/q/a.rego", "a.rego: everyone may write it"},
		"directory": {"p/q", "q: everyone may write it"},
		"inside":    {"p/q/sub", "sub: everyone may write it"},
		"above":     {"p", "p: everyone may write it"},
	} {
		for _, how := range []string{"event", "tick"} {
			if name == "above" && how == "event" {
				continue // what is above is not watched for its mode
			}
			t.Run(name+" by "+how, func(t *testing.T) {
				dir := t.TempDir()
				write(t, filepath.Join(dir, "p/q"), files{"a.rego": denyBad, "sub/data.json": "{}"})
				cfg := storeConfig(filepath.Join(dir, "p/q"))
				if how == "tick" {
					rego.WithoutWatches(t)
					cfg.Tick = 5 * time.Millisecond
				}
				s := open(t, cfg)
				before := s.Status()
				path := filepath.Join(dir, change.path)
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.NoError(t, os.Chmod(path, info.Mode()|0o002))
				eventually(t, "error", func() bool { return s.Status().LastError != nil })
				require.ErrorContains(t, s.Status().LastError, change.want)
				require.Equal(t, before.Revision, s.Status().Revision)
				denies(t, s, "bad")
				require.NoError(t, os.Chmod(path, info.Mode()))
				eventually(t, "no error", func() bool { return s.Status().LastError == nil })
				require.Equal(t, before.Revision, s.Policy().Revision())
			})
		}
	}
}

// With warnings, the policy is in force, and each change is logged once.
func TestStoreWarnsOfPermissions(t *testing.T) {
	for _, how := range []string{"event", "tick"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad})
			var log syncBuffer
			cfg := storeConfig(dir)
			cfg.Permissions = rego.PermissionsWarn
			cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
			if how == "tick" {
				rego.WithoutWatches(t)
				cfg.Tick = 5 * time.Millisecond
			}
			file := filepath.Join(dir, "a.rego")
			require.NoError(t, os.Chmod(file, 0o646))
			s := open(t, cfg)
			require.Len(t, s.Policy().Warnings(), 1)
			require.Contains(t, s.Policy().Warnings()[0], "a.rego: everyone may write it (mode 0646): chmod o-w ")
			require.Equal(t, 1, strings.Count(log.String(), "others could have written the policy"))

			require.NoError(t, os.Chmod(file, 0o644))
			eventually(t, "no warning", func() bool { return len(s.Policy().Warnings()) == 0 })
			require.NoError(t, os.Chmod(file, 0o642))
			eventually(t, "another warning", func() bool { return len(s.Policy().Warnings()) == 1 })
			require.NoError(t, os.WriteFile(file, []byte(denyGood), 0o644))
			denies(t, s, "good")
			require.Len(t, s.Policy().Warnings(), 1)
			require.Equal(t, 2, strings.Count(log.String(), "others could have written the policy"))
			require.NoError(t, s.Status().LastError)
			if how == "tick" { // what is above is not watched for its mode
				require.NoError(t, os.Chmod(filepath.Dir(dir), 0o757))
				eventually(t, "a warning of what is above", func() bool { return len(s.Policy().Warnings()) == 2 })
			}
		})
	}
}

// To the author, who may write the files is no matter.
func TestPermissionsIgnored(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	require.NoError(t, os.Chmod(filepath.Join(dir, "a.rego"), 0o666))
	cfg := storeConfig(dir).LoadConfig
	_, err := rego.Load(context.Background(), cfg)
	require.ErrorContains(t, err, "everyone may write it")
	cfg.Permissions = rego.PermissionsIgnore
	p, err := rego.Load(context.Background(), cfg)
	require.NoError(t, err)
	require.Empty(t, p.Warnings())
	cfg.Permissions = -1
	_, err = rego.Load(context.Background(), cfg)
	require.ErrorContains(t, err, "everyone may write it", "what is no choice refuses")
}

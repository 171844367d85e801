package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
)

// told is a gate that says of itself what a test wants.
type told gate.Status

func (g told) Status() gate.Status { return gate.Status(g) }

// TestStatusForAPerson asks about all that can be wrong at once.
func TestStatusForAPerson(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	names := make([]string, 42)
	for i := range names {
		names[i] = fmt.Sprintf("p%d", i)
	}
	h, err := diagnostics.New(diagnostics.Options{Gate: told{
		Time: at, Reasons: []string{"policy source b: x"}, Revision: "0123456789abcdef", Since: at,
		ConfirmedAt: at.Add(-90 * time.Second), AgeSeconds: 90.4,
		Stuck: []gate.StuckStatus{{What: "making the input", Since: at}},
		Sources: []gate.SourceStatus{{
			Name: "a", Dir: "/etc/a", InForce: true, Revision: "fedcba9876543210", Since: at, Policies: []string{"x", "y"},
			Warnings:  []string{"one \x1b[2Jodd thing", "another"},
			LastError: "x.rego:1: no\ny.rego:2: no", LastErrorTime: at, CheckedAt: at, ConfirmedAt: at,
			Reloads: 4, ReloadErrors: 1, ByEvent: 5, ByTick: 2, WatchError: "too many open files",
			Stuck: []gate.StuckStatus{{What: "x", Revision: "fedcba9876543210", Since: at}, {What: "load", Since: at}},
		}, {
			Name: "b", Dir: "/etc/b", Reason: "the policy could not be confirmed since then", Expired: true, Revision: "abc", Policies: names, LastError: "no",
		}, {
			Name: "builtin", InForce: true, Revision: "123", Static: true, Since: at, ConfirmedAt: at,
		}},
	}})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	defer srv.Close()
	require.Equal(t, `not ready: no server can be allowed
  asked      `+srv.URL+`/status
  stuck      making the input, since 2026-03-01T12:00:00Z
  sources    3
  revision   0123456789ab
  since      2026-03-01T12:00:00Z
  confirmed  2026-03-01T11:58:30Z, 1m30s ago

a  in force
  directory  /etc/a
  revision   fedcba987654
  policies   2: x, y
  since      2026-03-01T12:00:00Z
  confirmed  2026-03-01T12:00:00Z
  changes    found by looking, where no event announces them: too many open files
             so far 5 by an event, 2 by looking
  reloads    4, and 1 change that did not load
  error      the files as they are now do not load, since 2026-03-01T12:00:00Z:
             x.rego:1: no
             y.rego:2: no
             the policy before them stays in force
  stuck      x, since 2026-03-01T12:00:00Z
  stuck      load, since 2026-03-01T12:00:00Z
  warning    one [2Jodd thing
  warning    another

b  denies
  why        the policy could not be confirmed since then
  directory  /etc/b
  revision   abc
  policies   42: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, p20, p21, p22, p23, p24, p25, p26, p27, p28, p29, p30, p31, p32, p33, p34, p35, p36, p37, p38, p39 and 2 more
  changes    found by events

builtin  in force
  revision   123
  since      2026-03-01T12:00:00Z
`, statusOf(t, 3, srv.URL))
	require.Contains(t, statusOf(t, 3, srv.URL+"/status", "-o", "json"), `one \u001b[2Jodd thing`)
}

// TestWhatIsNoStatus asks what answers and is no mcp-runner.
func TestWhatIsNoStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"a page":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "the answer is not JSON"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "the answer is 302 Found"},
		"forbidden":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, "the answer is 403 Forbidden"},
		"no object":  {says(`[]`), "the answer is not a status"},
		"another":    {says(`{"status": "ok"}`), "the answer is not a status"},
		"half":       {says(`{"ready": true, "sources": [`), "the answer is not a status"},
		"no sources": {says(`{"ready": true}`), "the answer is not a status"},
		"two":        {says(`{"ready": true, "ready": true, "sources": []}`), "the answer is not a status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(c.serve)
			defer srv.Close()
			require.Equal(t, "mcp-runner: "+srv.URL+"/status is not the diagnostics of mcp-runner: "+c.want+"\n", statusOf(t, 1, srv.URL))
		})
	}
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}
}

// statusOf asks with the command and returns what it prints.
func statusOf(t *testing.T, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"policy", "status", "--addr"}, args...)...)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		require.Equal(t, code, exit.ExitCode(), "%s", out)
		return string(out)
	}
	require.NoError(t, err)
	require.Zero(t, code, "%s", out)
	return string(out)
}

package diagnostics_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
)

// fake is a gate that says of itself what a test wants.
type fake struct{ st gate.Status }

func (f *fake) Status() gate.Status { return f.st }

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// full has something to say in each field.
func full() gate.Status {
	return gate.Status{
		Time: now, Reasons: []string{"policy source b: no policy loaded"}, Revision: "r", Since: now.Add(-time.Hour),
		Stuck: []gate.StuckStatus{{What: "making the input", Since: now}},
		Sources: []gate.SourceStatus{{
			Name: "a", Dir: "/etc/a", InForce: true, Revision: "0123456789abcdef", Since: now.Add(-time.Hour),
			Policies: []string{"x", "y"}, Warnings: []string{"w"}, LastError: "no", LastErrorTime: now,
			CheckedAt: now.Add(-3 * time.Second), ConfirmedAt: now.Add(-30 * time.Second),
			Reloads: 4, ReloadErrors: 2, ByEvent: 5, ByTick: 1, WatchError: "too many open files",
			Stuck: []gate.StuckStatus{{What: "x", Revision: "0123456789abcdef", Since: now}, {What: "load", Since: now}},
		}, {
			Name: "b", Dir: "/etc/b", Reason: "no policy loaded", Expired: true, Revision: "0", Since: now, Policies: []string{"x"},
		}, {
			Name: "builtin", InForce: true, Revision: "fedcba", Static: true, CheckedAt: now.Add(-time.Hour), ConfirmedAt: now.Add(-time.Hour),
		}},
	}
}

// serve is the handler of a gate behind a real server.
func serve(t *testing.T, opts diagnostics.Options) *httptest.Server {
	t.Helper()
	opts.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	h, err := diagnostics.New(opts)
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

func do(t *testing.T, method, url string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

// metrics are the samples of a scrape, by name and labels.
func metrics(t *testing.T, srv *httptest.Server) map[string]string {
	t.Helper()
	resp, body := do(t, http.MethodGet, srv.URL+"/metrics", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	found := map[string]string{}
	for line := range strings.Lines(body) {
		if i := strings.LastIndexByte(line, ' '); i > 0 && !strings.HasPrefix(line, "#") {
			found[line[:i]] = strings.TrimSpace(line[i+1:])
		}
	}
	return found
}

func TestPaths(t *testing.T) {
	t.Parallel()
	srv := serve(t, diagnostics.Options{Gate: &fake{full()}})
	for name, c := range map[string]struct {
		method, path string
		change       func(*http.Request)
		want         int
	}{
		"metrics":             {path: "/metrics", want: 200},
		"health":              {path: "/healthz", want: 200},
		"ready":               {path: "/readyz", want: 503},
		"status":              {path: "/status", want: 200},
		"head":                {method: "HEAD", path: "/readyz", want: 503},
		"post":                {method: "POST", path: "/metrics", want: 405},
		"options":             {method: "OPTIONS", path: "/status", want: 405},
		"another path":        {path: "/", want: 404},
		"below a path":        {path: "/metrics/x", want: 404},
		"beside a path":       {path: "//metrics", want: 404},
		"profiles":            {path: "/debug/pprof/", want: 404},
		"post to another":     {method: "POST", path: "/x", want: 404},
		"a rebound name":      {path: "/metrics", change: func(r *http.Request) { r.Host = "evil.example" }, want: 403},
		"a page":              {path: "/status", change: func(r *http.Request) { r.Header.Set("Origin", "http://localhost") }, want: 403},
		"a page's first look": {method: "OPTIONS", path: "/status", change: func(r *http.Request) { r.Header.Set("Origin", "http://localhost") }, want: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.method == "" {
				c.method = http.MethodGet
			}
			resp, body := do(t, c.method, srv.URL+c.path, c.change)
			require.Equal(t, c.want, resp.StatusCode, body)
			require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
			if c.want == 405 {
				require.Equal(t, "GET, HEAD", resp.Header.Get("Allow"))
			}
			if c.method == http.MethodHead {
				require.Empty(t, body)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	f := &fake{full()}
	srv := serve(t, diagnostics.Options{Gate: f})
	resp, body := do(t, http.MethodGet, srv.URL+"/readyz", nil)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	require.JSONEq(t, `{"ready": false, "reasons": ["policy source b: no policy loaded"]}`, body)
	_, body = do(t, http.MethodGet, srv.URL+"/healthz", nil)
	require.JSONEq(t, `{"healthy": true}`, body)
	_, body = do(t, http.MethodGet, srv.URL+"/status", nil)
	var st gate.Status
	require.NoError(t, json.Unmarshal([]byte(body), &st))
	require.Equal(t, full(), st)

	f.st.Ready, f.st.Reasons = true, []string{}
	resp, body = do(t, http.MethodGet, srv.URL+"/readyz", nil)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"ready": true, "reasons": []}`, body)
}

func TestSourceMetrics(t *testing.T) {
	t.Parallel()
	srv := serve(t, diagnostics.Options{Gate: &fake{full()}, Version: "v1.2.3", Lost: func() uint64 { return 7 }})
	got := metrics(t, srv)
	for name, want := range map[string]string{
		`stuck_inputs`:                                            "1",
		`ready`:                                                   "0",
		`build_info{version="v1.2.3"}`:                            "1",
		`dropped_records_total`:                                   "7",
		`policy_in_force{source="a"}`:                             "1",
		`policy_in_force{source="b"}`:                             "0",
		`policy_expired{source="a"}`:                              "0",
		`policy_expired{source="b"}`:                              "1",
		`policies{source="a"}`:                                    "2",
		`policy_warnings{source="a"}`:                             "1",
		`policy_reloads_total{source="a"}`:                        "4",
		`policy_reload_errors_total{source="a"}`:                  "2",
		`policy_last_load_successful{source="a"}`:                 "0",
		`policy_last_load_successful{source="builtin"}`:           "1",
		`policy_changes_total{found_by="event",source="a"}`:       "5",
		`policy_changes_total{found_by="tick",source="a"}`:        "1",
		`policy_watched{source="a"}`:                              "0",
		`policy_watched{source="b"}`:                              "1",
		`policy_stuck_evaluations{source="a"}`:                    "1",
		`policy_stuck_loads{source="a"}`:                          "1",
		`policy_stuck_loads{source="b"}`:                          "0",
		`policy_age_seconds{source="a"}`:                          "30",
		`policy_check_age_seconds{source="a"}`:                    "3",
		`policy_info{revision="0123456789ab",source="a"}`:         "1",
		`policy_info{revision="fedcba",source="builtin"}`:         "1",
		`policy_since_timestamp_seconds{source="a"}`:              "1.7723628e+09",
		`policy_reloads_total{source="builtin"}`:                  "0",
		`policy_stuck_evaluations{source="builtin"}`:              "0",
		`policy_age_seconds{source="builtin"}`:                    "", // always confirmed
		`policy_watched{source="builtin"}`:                        "",
		`policy_changes_total{found_by="event",source="builtin"}`: "",
		`policy_age_seconds{source="b"}`:                          "", // never confirmed
		`policy_since_timestamp_seconds{source="b"}`:              "",
		`policies{source="b"}`:                                    "0",
		`policy_info{revision="0",source="b"}`:                    "",
		`decisions_total{result="allowed"}`:                       "", // without a recorder
	} {
		require.Equal(t, want, got["mcp_runner_"+name], name)
	}
	require.Contains(t, got, "go_goroutines")
	require.Contains(t, got, "process_start_time_seconds")
}

// TestSourcesCalledOddly scrapes what would be two samples with one name, and a
// path that is not UTF-8.
func TestSourcesCalledOddly(t *testing.T) {
	t.Parallel()
	srv := serve(t, diagnostics.Options{Version: "v\xff", Gate: &fake{gate.Status{Sources: []gate.SourceStatus{
		{Name: "twice", InForce: true, Policies: []string{"a"}}, {Name: "twice"}, {Name: "twice#2"}, {Name: "/p\xff", InForce: true, Revision: "\xff\xfe"}, {Name: "q\"\\\n"},
	}}}})
	got := metrics(t, srv)
	for name, want := range map[string]string{
		`policies{source="twice"}`:               "1",
		`policies{source="twice#2"}`:             "0",
		`policies{source="twice#2#2"}`:           "0",
		"policies{source=\"/p\ufffd\"}":          "0",
		"build_info{version=\"v\ufffd\"}":        "1",
		`policies{source="q\"\\\n"}`:             "0",
		`policy_last_load_successful{source=""}`: "",
	} {
		require.Equal(t, want, got["mcp_runner_"+name], name)
	}
}

func TestMetricsAreNamedAsPrometheusAsks(t *testing.T) {
	t.Parallel()
	recorder := diagnostics.NewRecorder(discard{})
	record(t, recorder, violations(), violations())
	registry, err := diagnostics.Registry(diagnostics.Options{Gate: &fake{full()}, Recorder: recorder, Version: "v1"})
	require.NoError(t, err)
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	for _, p := range problems {
		require.False(t, strings.HasPrefix(p.Metric, "mcp_runner_"), "%s: %s", p.Metric, p.Text)
	}
	families, err := registry.Gather()
	require.NoError(t, err)
	own := 0
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "mcp_runner_") {
			require.Regexp(t, "^(go|process)_", f.GetName())
			continue
		}
		own++
		require.Regexp(t, `^[A-Z].*\.$`, f.GetHelp(), "%s: the help is no sentence", f.GetName())
	}
	require.Equal(t, 27, own)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := diagnostics.New(diagnostics.Options{})
	require.EqualError(t, err, "diagnostics: gate is nil")
	_, err = diagnostics.New(diagnostics.Options{Gate: &fake{}, Recorder: diagnostics.NewRecorder(discard{})})
	require.NoError(t, err)
}

// TestScrapesAtOnce reads while decisions are made.
func TestScrapesAtOnce(t *testing.T) {
	t.Parallel()
	recorder := diagnostics.NewRecorder(discard{})
	srv := serve(t, diagnostics.Options{Gate: &fake{full()}, Recorder: recorder})
	done := make(chan error, 4)
	for i := range cap(done) {
		go func() { // ends after its decisions
			var errs []error
			for n := range 50 {
				d := violations()
				d.Violations[0].Policy = fmt.Sprintf("p%d_%d", i, n)
				errs = append(errs, recorder.Record(t.Context(), d))
			}
			done <- errors.Join(errs...)
		}()
	}
	for range 10 {
		metrics(t, srv)
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.Equal(t, "200", metrics(t, srv)[`mcp_runner_decisions_total{result="denied"}`])
}

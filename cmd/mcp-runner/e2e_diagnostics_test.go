package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

// logged is the log of a process that may still write.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

var diagnosticsURL = regexp.MustCompile(`msg="diagnostics are served" url=(http://127\.0\.0\.1:\d+)`)

// diagnosticsOf waits for the address that the log names.
func diagnosticsOf(t *testing.T, log *logged) (url string) {
	t.Helper()
	require.Eventually(t, func() bool {
		m := diagnosticsURL.FindStringSubmatch(log.String())
		if m != nil {
			url = m[1]
		}
		return m != nil
	}, 20*time.Second, 10*time.Millisecond)
	return url
}

func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

// sample is the value of one metric, or "".
func sample(t *testing.T, url, metric string) string {
	t.Helper()
	code, body := get(t, url+"/metrics")
	require.Equal(t, http.StatusOK, code)
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, "mcp_runner_"+metric+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// requireClosed dials what nobody may listen on any more.
func requireClosed(t *testing.T, url string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		require.NoError(t, conn.Close())
	}
	require.Error(t, err)
}

// TestDiagnosticsOfARunningServer watches decisions and reloads from outside.
func TestDiagnosticsOfARunningServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "live.rego")
	write := func(module string) { require.NoError(t, os.WriteFile(file, []byte(module), 0o644)) }
	write(allowPolicy)
	log := new(logged)
	url, cmd := startLogging(t, log, "run", "demo", "--policy", dir, "--diagnostics-addr", "127.0.0.1:0")
	diag := diagnosticsOf(t, log)
	source := `source="` + dir + `"`

	code, body := get(t, diag+"/readyz")
	require.Equal(t, http.StatusOK, code, body)
	code, _ = get(t, diag+"/healthz")
	require.Equal(t, http.StatusOK, code)
	code, _ = get(t, diag+"/mcp")
	require.Equal(t, http.StatusNotFound, code)
	require.Equal(t, "1", sample(t, diag, `decisions_total{result="allowed"}`), "run asks before it listens")
	require.Equal(t, "0", sample(t, diag, `decisions_total{result="denied"}`))

	session, err := connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
	require.NoError(t, err)
	defer session.Close()
	require.Equal(t, "2", sample(t, diag, `decisions_total{result="allowed"}`))
	require.Equal(t, "2", sample(t, diag, `decision_duration_seconds_count`))
	require.Equal(t, "1", sample(t, diag, `policy_in_force{`+source+`}`))
	before := revisionIn(t, statusOf(t, 0, diag, "-o", "json"))

	write(denyPolicy)
	require.Eventually(t, func() bool { return revisionIn(t, statusOf(t, 0, diag, "-o", "json")) != before }, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, "1", sample(t, diag, `policy_reloads_total{`+source+`}`))
	require.Equal(t, "0", sample(t, diag, `policy_reload_errors_total{`+source+`}`))
	require.NotEmpty(t, sample(t, diag, `policy_age_seconds{`+source+`}`))
	_, err = connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url})
	require.ErrorContains(t, err, "closed for today")
	require.Equal(t, "1", sample(t, diag, `decisions_total{result="denied"}`))
	require.Eventually(t, func() bool { return sample(t, diag, `running_decisions_total{result="denied"}`) == "1" }, 10*time.Second, 20*time.Millisecond,
		"the session that runs was asked about again")
	require.Equal(t, "1", sample(t, diag, `policy_denials_total{policy="live",`+source+`}`))

	write("package mcp.policy.live\n\ndeny contains")
	require.Eventually(t, func() bool { return sample(t, diag, `policy_last_load_successful{`+source+`}`) == "0" }, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, "1", sample(t, diag, `policy_reloads_total{`+source+`}`))
	require.NotEqual(t, "0", sample(t, diag, `policy_reload_errors_total{`+source+`}`))
	code, body = get(t, diag+"/readyz")
	require.Equal(t, http.StatusOK, code, "the policy before stays in force: %s", body)
	text := statusOf(t, 0, strings.TrimPrefix(diag, "http://"))
	require.Regexp(t, `(?m)^ready$\n  asked      `+diag+`/status$`, text)
	require.Regexp(t, `(?m)^  since      \d{4}-`, text)
	require.Regexp(t, `(?m)^  error      the files as they are now do not load, since .*:\n {13}.*live\.rego:3: `, text)
	require.Contains(t, text, "the policy before them stays in force")

	// What is no diagnostics says so.
	text = statusOf(t, 1, strings.TrimSuffix(url, "/mcp"))
	require.Contains(t, text, "/status is not the diagnostics of mcp-runner: the answer is 404 Not Found")

	stop(t, cmd)
	requireClosed(t, diag)
}

func revisionIn(t *testing.T, status string) string {
	t.Helper()
	var st gate.Status
	require.NoError(t, json.Unmarshal([]byte(status), &st))
	require.NotEmpty(t, st.Revision)
	return st.Revision
}

// TestDiagnosticsWithoutAPolicy asks the process of a server that was denied
// while it tells its client why.
func TestDiagnosticsWithoutAPolicy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.rego"), []byte("package mcp.policy.live\n\ndeny contains"), 0o644))
	log := new(logged)
	cmd := exec.Command(binary, "run", "--stdio", "--policy", dir, "--diagnostics-addr", "127.0.0.1:0", "demo")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "MCP_RUNNER_POLICY=")
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe() // open: the client may still ask
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { stop(t, cmd) })
	diag := diagnosticsOf(t, log)

	code, body := get(t, diag+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, `"ready":false`)
	require.Contains(t, body, "x.rego:3: ")
	code, _ = get(t, diag+"/healthz")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "0", sample(t, diag, "ready"))
	require.Regexp(t, `(?m)^not ready: no server can be allowed$`, statusOf(t, 3, diag))

	require.NoError(t, stdin.Close())
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, 3, exit.ExitCode())
	requireClosed(t, diag)
}

// TestDiagnosticsCountLostRecords writes decisions where nothing can be written.
func TestDiagnosticsCountLostRecords(t *testing.T) {
	t.Parallel()
	log := new(logged)
	startLogging(t, log, "run", "demo", "--decision-log", t.TempDir(), "--decision-log-required=false", "--diagnostics-addr", "127.0.0.1:0")
	diag := diagnosticsOf(t, log)
	require.Equal(t, "1", sample(t, diag, "dropped_records_total"))
	require.Equal(t, "0", sample(t, diag, "record_failures_total"))
	require.Equal(t, "1", sample(t, diag, `decisions_total{result="allowed"}`))
}

// TestDiagnosticsPastMaxAge takes the directory away: what cannot be confirmed
// stops being ready, and is ready again once it can be.
func TestDiagnosticsPastMaxAge(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "policy")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "live.rego"), []byte(allowPolicy), 0o644))
	log := new(logged)
	startLogging(t, log, "run", "demo", "--policy", dir, "--policy-max-age", "1s", "--diagnostics-addr", "127.0.0.1:0")
	diag := diagnosticsOf(t, log)
	becomes := func(want int) {
		t.Helper()
		require.Eventually(t, func() bool { code, _ := get(t, diag+"/readyz"); return code == want }, 15*time.Second, 20*time.Millisecond)
	}
	becomes(http.StatusOK)
	require.NoError(t, os.Rename(dir, dir+".away"))
	becomes(http.StatusServiceUnavailable)
	require.Equal(t, "1", sample(t, diag, `policy_expired{source="`+dir+`"}`))
	require.Contains(t, statusOf(t, 3, diag), "why        the policy could not be confirmed since ")
	require.NoError(t, os.Rename(dir+".away", dir))
	becomes(http.StatusOK)
}

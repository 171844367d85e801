package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// browsers are the names of programs that chromedp can drive.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"}

// program is the real mcp-runner, and launcher what starts a browser; "" where
// there is none.
var program, launcher string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			launcher = path
			break
		}
	}
	if launcher == "" && os.Getenv("CI") == "" {
		fmt.Fprintln(os.Stderr, "SKIPPED: no browser found; install chromium (Debian: apt-get install chromium) or Chrome")
		return 0
	}
	if launcher == "" {
		fmt.Fprintf(os.Stderr, "no browser found: want one of %s; install chromium\n", strings.Join(browsers, ", "))
		return 1
	}
	dir, err := os.MkdirTemp("", "mcp-runner-browser")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "mcp-runner")
	build := exec.Command("go", "build", "-o", program, "./cmd/mcp-runner")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// report is the page of an audit with these arguments.
func report(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"audit", "-o", "html"}, args...)...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		require.Contains(t, []int{1, 3}, cmd.ProcessState.ExitCode(), stderr.String())
	}
	require.Contains(t, string(out), "</html>", stderr.String())
	return string(out)
}

// serve offers a page, and nothing else.
func serve(t *testing.T, html string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/report.html" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(html)) // a browser that is gone is none of ours
	}))
	t.Cleanup(server.Close)
	return server.URL + "/report.html"
}

// tab is a page in a browser. What a report must not do is noted while it is
// open, and fails the test in the end: errors, dialogs, requests.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	wrong []string
}

// open starts a browser of its own, without a profile, at address.
func open(t *testing.T, address string, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(launcher), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	b := &tab{t: t}
	own, err := url.Parse(address)
	require.NoError(t, err)
	own.Fragment = ""
	b.ctx, cancel = chromedp.NewContext(allocated, chromedp.WithListener(func(event any) { b.watch(event, own.String()) }))
	t.Cleanup(cancel)
	b.do() // starts the browser, which then lives as long as this context
	b.ctx, cancel = context.WithTimeout(b.ctx, 2*time.Minute)
	t.Cleanup(cancel)
	tells(b, network.Enable, network.EnableParams{})
	tells(b, log.Enable, cdp.Empty{})
	b.do(before...)
	b.do(chromedp.Navigate(address))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.wrong) > 0 {
			t.Errorf("the page did what it must not:\n%s", strings.Join(b.wrong, "\n"))
		}
	})
	return b
}

func (b *tab) watch(event any, own string) {
	note := func(format string, args ...any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
	}
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != own && !strings.HasPrefix(e.Request.URL, "data:") {
			note("request of %s", e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		note("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		note("console.%s", e.Type)
	case *log.EventEntryAdded:
		note("log: %s: %s", e.Entry.Level, e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		note("dialog: %s", e.Message)
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...))
}

// value evaluates an expression in the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err)
	return v
}

// tells sends a command of the DevTools protocol.
func tells[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b.t, err)
	return result
}

// becomes waits until the names of the servers that are shown are these.
func (b *tab) becomes(names ...string) {
	b.t.Helper()
	var have []string
	require.Eventually(b.t, func() bool {
		have = value[[]string](b, `Array.from(document.querySelectorAll("#servers tbody")).filter((s) => s.checkVisibility()).map((s) => s.querySelector("bdi").textContent)`)
		return strings.Join(have, "\n") == strings.Join(names, "\n")
	}, 10*time.Second, 20*time.Millisecond, "%s", lazy(func() string { return strings.Join(have, ", ") }))
}

// lazy is text that is made when it is printed.
type lazy func() string

func (l lazy) String() string { return l() }

// goesTo changes the fragment as a link does.
func (b *tab) goesTo(fragment string) {
	b.t.Helper()
	value[string](b, fmt.Sprintf("location.hash = %q", fragment))
}

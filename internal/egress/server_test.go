package egress_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

func itoa(n int) string { return strconv.Itoa(n) }

// world is a server with names, and what it connects to.
type world struct {
	t     *testing.T
	s     *egress.Server
	names map[string]string
	log   lockedBuffer

	mu     sync.Mutex
	dialed []string
	// answer is what stands behind every address: nil echoes what comes first.
	answer func(conn net.Conn)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newWorld(t *testing.T, cfg egress.Config, change ...func(*egress.Options)) *world {
	t.Helper()
	w := &world{t: t, names: map[string]string{
		"listed.test": "10.9.0.1", "other.test": "10.9.0.2", "x.below.test": "10.9.0.3",
		"loop.test": "127.0.0.1", "meta.test": "169.254.169.254", "inside.test": "172.20.0.3", "machine.test": "172.21.0.1", "own.test": "172.21.0.2",
		"mapped.test": "::ffff:169.254.169.254", "nat64.test": "64:ff9b::a9fe:a9fe", "nat64machine.test": "64:ff9b::ac15:1",
		"two.test": "169.254.169.254 10.9.0.4", egress.GatewayName: "172.21.0.1",
	}}
	cfg.Internal = netip.MustParsePrefix("172.20.0.0/16")
	cfg.Refuse = []netip.Prefix{netip.MustParsePrefix("172.21.0.1/32")}
	opts := egress.Options{
		Resolve: w.resolve, Dial: w.dial, Log: &w.log,
		Own:       []netip.Addr{netip.MustParseAddr("172.20.0.2"), netip.MustParseAddr("172.21.0.2")},
		FirstByte: 2 * time.Second,
	}
	for _, c := range change {
		c(&opts)
	}
	var err error
	w.s, err = egress.New(cfg, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.s.Close()) })
	return w
}

func (w *world) resolve(_ context.Context, name string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	for text := range strings.FieldsSeq(w.names[name]) {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	if addrs == nil {
		return nil, errors.New("no such host")
	}
	return addrs, nil
}

func (w *world) dial(_ context.Context, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, to.String())
	w.mu.Unlock()
	here, there := net.Pipe()
	go func() { // ends with the connection
		defer there.Close()
		if w.answer != nil {
			w.answer(there)
			return
		}
		r := bufio.NewReader(there)
		if req, err := http.ReadRequest(r); err == nil {
			body, err := io.ReadAll(req.Body)
			if err == nil {
				text := req.Method + " " + req.Host + " " + string(body)
				fmt.Fprintf(there, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
			}
		}
	}()
	return here, nil
}

func (w *world) reached() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.dialed...)
}

// listen serves at a loopback port, as the proxy where port is 0.
func (w *world) listen(port int) string {
	w.t.Helper()
	l, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	done := make(chan error, 1)
	go func() { // ends when the server is closed
		if port == 0 {
			done <- w.s.ServeProxy(l)
		} else {
			done <- w.s.ServePort(l, port)
		}
	}()
	w.t.Cleanup(func() {
		require.NoError(w.t, w.s.Close())
		require.NoError(w.t, <-done)
	})
	return l.Addr().String()
}

// say sends raw bytes and returns all that comes back.
func (w *world) say(at, raw string) string {
	w.t.Helper()
	conn, err := new(net.Dialer).DialContext(w.t.Context(), "tcp", at)
	require.NoError(w.t, err)
	defer conn.Close()
	require.NoError(w.t, conn.SetDeadline(time.Now().Add(8*time.Second)))
	_, err = io.WriteString(conn, raw)
	require.NoError(w.t, err)
	got, err := io.ReadAll(conn)
	if err != nil && len(got) == 0 {
		return "cut off"
	}
	return string(got)
}

var listedConfig = egress.Config{
	Hosts: []string{
		"listed.test", "*.below.test", "loop.test", "meta.test", "inside.test", "machine.test", "own.test", "mapped.test", "nat64.test", "nat64machine.test",
		"two.test", "gone.test", "10.7.0.0/16",
	},
	Ports: []int{80, 443, 8080},
}

func TestProxyConnects(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"listed.test:443": "10.9.0.1:443", "LISTED.test.:443": "10.9.0.1:443", "x.below.test:8080": "10.9.0.3:8080", "10.7.1.1:443": "10.7.1.1:443",
		"two.test:443": "10.9.0.4:443", "[::ffff:10.7.1.1]:443": "10.7.1.1:443",
		"other.test:443": "", "below.test:443": "", "listed.test:22": "", "10.9.0.1:443": "", "169.254.169.254:443": "", "127.0.0.1:443": "", "[::1]:443": "",
		"loop.test:443": "", "meta.test:443": "", "inside.test:443": "", "machine.test:443": "", "own.test:443": "", "mapped.test:443": "", "nat64.test:443": "",
		"nat64machine.test:443": "", "gone.test:443": "", "host.docker.internal:443": "",
		"listed.test": "", "listed.test:443:443": "", "user@listed.test:443": "", "other.test:443@listed.test:443": "", "listed.test:443/x": "", "http://listed.test/": "",
		"listed.test%00.other.test:443": "", "0xa090001:443": "", "168361985:443": "",
	} {
		w := newWorld(t, listedConfig)
		w.answer = func(conn net.Conn) { fmt.Fprint(conn, "hello") }
		got := w.say(w.listen(0), "CONNECT "+target+" HTTP/1.1\r\nHost: listed.test:443\r\n\r\n")
		if want == "" {
			require.NotContains(t, got, " 200 ", target)
			require.Empty(t, w.reached(), target)
			continue
		}
		require.Equal(t, "HTTP/1.1 200 Connection established\r\n\r\nhello", got, target)
		require.Equal(t, []string{want}, w.reached(), target)
		require.Empty(t, w.log.String())
	}
}

// TestTunnelBeginsWithTheGreeting holds that no other record goes ahead of the
// greeting that is looked at.
func TestTunnelBeginsWithTheGreeting(t *testing.T) {
	t.Parallel()
	for _, kind := range []byte{20, 21, 23, 24} {
		w := newWorld(t, listedConfig)
		w.answer = func(conn net.Conn) {
			if _, err := io.ReadFull(conn, make([]byte, 7)); err == nil {
				fmt.Fprint(conn, "passed on")
			}
		}
		alert := string([]byte{kind, 3, 1, 0, 2, 1, 90})
		got := w.say(w.listen(0), "CONNECT listed.test:443 HTTP/1.1\r\nHost: x\r\n\r\n"+alert)
		require.Equal(t, "HTTP/1.1 200 Connection established\r\n\r\n", got, kind)
	}
}

// TestLogHoldsNoTextOfHosts holds that what a host answers is cut and quoted in
// the log: it ends on a person's terminal, and a long line would be its last.
func TestLogHoldsNoTextOfHosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig)
	w.answer = func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n\x1b[2Jno header%s\r\n\r\n", strings.Repeat("x", 100<<10))
		}
	}
	require.Contains(t, w.say(w.listen(0), "GET http://listed.test/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), " 502 ")
	require.Contains(t, w.log.String(), "egress refused host=\"listed.test\" port=80: ")
	require.NotContains(t, w.log.String(), "\x1b")
	require.Less(t, len(w.log.String()), 2<<10)
}

func TestGatewayIsReachedByItsNameOnly(t *testing.T) {
	t.Parallel()
	cfg := egress.Config{Hosts: []string{"machine.test"}, Gateway: true}
	w := newWorld(t, cfg)
	at := w.listen(0)
	require.Contains(t, w.say(at, "GET http://machine.test/ HTTP/1.1\r\nHost: machine.test\r\nConnection: close\r\n\r\n"), " 403 ")
	require.Contains(t, w.say(at, "GET http://host.docker.internal:99/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "GET host.docker.internal:99 ")
	require.Equal(t, []string{"172.21.0.1:99"}, w.reached())
	require.Equal(t, "egress refused host=\"machine.test\" port=80: its address is that of the machine that runs the containers\n", w.log.String())
}

func TestRequests(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64<<10)
	for name, c := range map[string]struct {
		port      int
		raw, want string
		reached   string
	}{
		"by host":                    {80, "GET / HTTP/1.1\r\nHost: listed.test\r\n\r\n", "GET listed.test ", "10.9.0.1:80"},
		"mixed case, dot":            {80, "GET / HTTP/1.1\r\nHost: Listed.TEST.\r\n\r\n", "GET listed.test ", "10.9.0.1:80"},
		"own port":                   {8080, "GET / HTTP/1.1\r\nHost: listed.test:8080\r\n\r\n", "GET listed.test:8080 ", "10.9.0.1:8080"},
		"port left out":              {8080, "GET / HTTP/1.1\r\nHost: listed.test\r\n\r\n", "GET listed.test:8080 ", "10.9.0.1:8080"},
		"other port":                 {80, "GET / HTTP/1.1\r\nHost: listed.test:8080\r\n\r\n", " 403 ", ""},
		"unlisted":                   {80, "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n", " 403 ", ""},
		"two hosts":                  {80, "GET / HTTP/1.1\r\nHost: listed.test\r\nHost: other.test\r\n\r\n", " 400 ", ""},
		"no host":                    {80, "GET / HTTP/1.0\r\n\r\n", " 403 ", ""},
		"userinfo":                   {80, "GET / HTTP/1.1\r\nHost: listed.test@other.test\r\n\r\n", " 400 ", ""},
		"address of a listed name":   {80, "GET / HTTP/1.1\r\nHost: 10.9.0.1\r\n\r\n", " 403 ", ""},
		"URL of another host":        {80, "GET http://other.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"URL, and other host":        {80, "GET http://listed.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n", "GET listed.test ", "10.9.0.1:80"},
		"CONNECT beside the proxy":   {80, "CONNECT listed.test:80 HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"proxy, URL":                 {0, "GET http://listed.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n", "GET listed.test ", "10.9.0.1:80"},
		"proxy, URL and other host":  {0, "GET http://other.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"proxy, userinfo":            {0, "GET http://listed.test@other.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"proxy, userinfo and listed": {0, "GET http://u:p@listed.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"proxy, https URL":           {0, "GET https://listed.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"proxy, path":                {0, "GET / HTTP/1.1\r\nHost: listed.test\r\n\r\n", " 403 ", ""},
		"both lengths": {80, "POST / HTTP/1.1\r\nHost: listed.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: other.test\r\n\r\n",
			"POST listed.test ", "10.9.0.1:80"},
		"two lengths":       {80, "POST / HTTP/1.1\r\nHost: listed.test\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", " 400 ", ""},
		"odd encoding":      {80, "POST / HTTP/1.1\r\nHost: listed.test\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n", " 501 ", ""},
		"space before":      {80, "GET / HTTP/1.1\r\nHost : listed.test\r\n\r\n", " 400 ", ""},
		"flood of headers":  {80, "GET / HTTP/1.1\r\nHost: listed.test\r\nX: " + long + "\r\n\r\n", " 431 ", ""},
		"no request at all": {80, "HELO listed.test\r\n", "", ""},
		"HTTP/2 at once":    {80, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, listedConfig, func(o *egress.Options) { o.FirstByte = time.Second })
			got := w.say(w.listen(c.port), strings.Replace(c.raw, "\r\n", "\r\nConnection: close\r\n", 1))
			require.Contains(t, got, c.want)
			if c.reached == "" {
				require.Empty(t, w.reached())
				return
			}
			require.Equal(t, []string{c.reached}, w.reached())
		})
	}
}

// TestEachRequestOfAConnectionIsLookedAt holds that a connection that was let
// through for one host carries no request to another.
func TestEachRequestOfAConnectionIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig)
	got := w.say(w.listen(80), "GET / HTTP/1.1\r\nHost: listed.test\r\n\r\nGET / HTTP/1.1\r\nHost: other.test\r\n\r\n")
	require.Contains(t, got, "GET listed.test ")
	require.Contains(t, got, " 403 ")
	require.Equal(t, []string{"10.9.0.1:80"}, w.reached())
}

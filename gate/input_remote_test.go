package gate_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

func TestInputRemote(t *testing.T) {
	for text, want := range map[string]gate.Remote{
		"https://example.com":                     {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/"},
		"HTTP://Example.COM.:8080/a?b=c#d":        {URL: "http://example.com:8080/a?b=c", Scheme: "http", Host: "example.com", Port: 8080, Path: "/a"},
		"http://example.com:80/a":                 {URL: "http://example.com/a", Scheme: "http", Host: "example.com", Port: 80, Path: "/a"},
		"https://[::1]:9/":                        {URL: "https://[::1]:9/", Scheme: "https", Host: "::1", Port: 9, Path: "/"},
		"https://[2001:DB8:0::1]/":                {URL: "https://[2001:db8::1]/", Scheme: "https", Host: "2001:db8::1", Port: 443, Path: "/"},
		"https://[::ffff:127.0.0.1]/":             {URL: "https://127.0.0.1/", Scheme: "https", Host: "127.0.0.1", Port: 443, Path: "/"},
		"https://bücher.example/":                 {URL: "https://xn--bcher-kva.example/", Scheme: "https", Host: "xn--bcher-kva.example", Port: 443, Path: "/"},
		"https://１２７.0.0.1/":                      {URL: "https://127.0.0.1/", Scheme: "https", Host: "127.0.0.1", Port: 443, Path: "/"},
		"https://example.com/%61pi/%2fx%C3%a9":    {URL: "https://example.com/api/%2Fx%C3%A9", Scheme: "https", Host: "example.com", Port: 443, Path: "/api/%2Fx%C3%A9"},
		"https://u:hunter2@example.com/?token=ab": {URL: "https://example.com/?token=<redacted>", Scheme: "https", Host: "example.com", Port: 443, Path: "/", Authenticated: true, Userinfo: true},
		"http://127.0.0.1./":                      {URL: "http://127.0.0.1/", Scheme: "http", Host: "127.0.0.1", Port: 80, Path: "/"},
		"https://example.com:0443/":               {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/"},
		"https://[::ffff:7f00:1]:8443":            {URL: "https://127.0.0.1:8443/", Scheme: "https", Host: "127.0.0.1", Port: 8443, Path: "/"},
		"https://[::127.0.0.1]/":                  {URL: "https://[::7f00:1]/", Scheme: "https", Host: "::7f00:1", Port: 443, Path: "/"},
		"https://ex%C3%A4mple.com/":               {URL: "https://xn--exmple-cua.com/", Scheme: "https", Host: "xn--exmple-cua.com", Port: 443, Path: "/"},
		"https://EXAMPLE。com/":                    {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/"},
		"https://faß.example/":                    {URL: "https://xn--fa-hia.example/", Scheme: "https", Host: "xn--fa-hia.example", Port: 443, Path: "/"},
		"https://a_b.example/":                    {URL: "https://a_b.example/", Scheme: "https", Host: "a_b.example", Port: 443, Path: "/"},
		"https://r3---sn.example/":                {URL: "https://r3---sn.example/", Scheme: "https", Host: "r3---sn.example", Port: 443, Path: "/"},
		"https://a.example:/x":                    {URL: "https://a.example/x", Scheme: "https", Host: "a.example", Port: 443, Path: "/x"},
		"https://a.example//x//y?":                {URL: "https://a.example//x//y", Scheme: "https", Host: "a.example", Port: 443, Path: "//x//y"},
		"https://good.example@a.example/":         {URL: "https://a.example/", Scheme: "https", Host: "a.example", Port: 443, Path: "/", Authenticated: true, Userinfo: true},
		"https://a.example/é x":                   {URL: "https://a.example/%C3%A9%20x", Scheme: "https", Host: "a.example", Port: 443, Path: "/%C3%A9%20x"},
		"https://tok@example.com/":                {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/", Authenticated: true, Userinfo: true},
		"https://@example.com/":                   {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/", Userinfo: true},
		"https://:@example.com/":                  {URL: "https://example.com/", Scheme: "https", Host: "example.com", Port: 443, Path: "/", Authenticated: true, Userinfo: true},
		"https://example.com/@/x@y":               {URL: "https://example.com/@/x@y", Scheme: "https", Host: "example.com", Port: 443, Path: "/@/x@y"},
	} {
		t.Run(text, func(t *testing.T) {
			in := inputFor(t, &runner.RunConfig{RemoteURL: text})
			require.Equal(t, want, in.Server.Remote)
			require.Equal(t, "url", in.Server.Source.Scheme)
			require.Equal(t, gate.KindRemote, in.Server.Kind)
			require.NotContains(t, toJSON(t, in), "hunter2")
			require.NotContains(t, toJSON(t, in), "tok@")
		})
	}
	for text, want := range map[string]string{
		"https://example.com/a/../b":                               "segment",
		"https://example.com/a/%2e%2E/b":                           "segment",
		"ftp://example.com/":                                       "http or https",
		"https://u:hunter2@":                                       "no host",
		"https://u:hunter2@exa mple.com/":                          "not a valid URL",
		"https://u:hunter2@h:99999/":                               "port",
		"https://u:hunter2@a\u00adb..\u200d/":                      "",
		"https://u:hunter2@0.0.0.0/":                               "write 127.0.0.1",
		"https://u:hunter2@[::]/":                                  "write 127.0.0.1",
		"https://u:hunter2@[fe80::1%25eth0]/":                      "zone",
		"https://u:hunter2@%31%32%37.0.0.1/":                       "not a valid URL",
		"https://u:hunter2@a%2eb/":                                 "not a valid URL",
		"https://u:hunter2@a.example..":                            "empty part",
		"https://u:hunter2@.":                                      "no host",
		"https://u:hunter2@.a.example":                             "empty part",
		"https://u:hunter2@a..example":                             "empty part",
		"https://u:hunter2@a!b.example":                            "character",
		"https://u:hunter2@a,b.example":                            "character",
		"https://u:hunter2@xn--a.example":                          "international",
		"https://u:hunter2@xn--a-ecp.ru":                           "", // decodes to what is not in its own form
		"https://u:hunter2@a\u2024b.example/":                      "", // maps to a dot
		"https:\\\\a.example\\hunter2":                             "",
		"https://a.example\\@hunter2.example":                      "not a valid URL",
		"//a.example/hunter2":                                      "http or https",
		"https:///hunter2":                                         "no host",
		"https:hunter2":                                            "no host",
		"https://a.example:-1/hunter2":                             "not a valid URL",
		"https://a.example:0/hunter2":                              "port",
		"https://a.example:８０/hunter2":                             "not a valid URL",
		"https://" + strings.Repeat("a", 64) + ".example/hunter2":  "63 characters",
		"https://" + strings.Repeat("a.", 130) + "example/hunter2": "253 characters",
	} {
		_, err := gate.InputFor(&runner.RunConfig{RemoteURL: text})
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestInputRegistryURL(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"https://registry.example":             "https://registry.example",
		"https://registry.example/":            "https://registry.example/",
		"https://registry.example/v0":          "https://registry.example/v0",
		"https://registry.example/v0/":         "https://registry.example/v0/",
		"HTTPS://Registry.Example.:443/%760#x": "https://registry.example/v0",
		"https://u:hunter2@registry.example/":  "https://registry.example/",
		"https://good.example@evil.example":    "https://evil.example",
		"https://registry.example/a/../b":      "https://registry.example/a/../b",
		"registry.example":                     "registry.example",
		"file:///registry.json":                "file:///registry.json",
	} {
		provenance := inputFor(t, &runner.RunConfig{Image: "alpine", RegistryURL: text, RegistryAPIURL: text}).Server.Provenance
		require.Equal(t, gate.Provenance{RegistryURL: want, RegistryAPIURL: want}, provenance, text)
	}
}

func TestInputRemoteOddAddresses(t *testing.T) {
	for _, host := range oddAddresses() {
		_, err := gate.InputFor(&runner.RunConfig{RemoteURL: "https://" + host + "/"})
		require.ErrorContains(t, err, "remote_url: ", host)
	}
}

// dialed returns where a transport of net/http connects for a URL.
func dialed(t testing.TB, rawURL string) string {
	t.Helper()
	var addr string
	transport := &http.Transport{DialContext: func(_ context.Context, _, at string) (net.Conn, error) {
		addr = at
		return nil, errors.New("not in a test")
	}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, rawURL, nil)
	if err != nil {
		return ""
	}
	_, err = transport.RoundTrip(req)
	require.Error(t, err)
	return addr
}

// The remote runtime connects to what the input says.
func TestInputRemoteIsWhatIsDialed(t *testing.T) {
	for _, text := range []string{
		"https://Example.COM.:0443/x", "http://u:p@bücher.example:8080/", "http://[::FFFF:127.0.0.1]:9/", "http://１２７.0.0.1/", "https://[2001:db8:0::1]",
		"https://EXAMPLE。com:444",
	} {
		addr := make(chan string, 1)
		client := &http.Client{Transport: &http.Transport{DialContext: func(_ context.Context, _, at string) (net.Conn, error) {
			select {
			case addr <- at:
			default:
			}
			return nil, errors.New("not in a test")
		}}}
		cfg := &runner.RunConfig{RemoteURL: text}
		remote := inputFor(t, cfg).Server.Remote
		runtime := runner.NewRemoteRuntime(runner.RemoteOptions{HTTPClient: client, Log: slog.New(slog.DiscardHandler)})
		err := runner.New(runner.Options{Runtime: runtime}).Run(t.Context(), cfg, runner.Stdio{
			Stdin:  strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}` + "\n"),
			Stdout: io.Discard, Stderr: io.Discard,
		})
		require.ErrorIs(t, err, runner.ErrServerFailed)
		require.Equal(t, net.JoinHostPort(remote.Host, strconv.Itoa(remote.Port)), <-addr)
	}
}

// The form of a URL in the input is its own canonical form, and net/http connects
// there, for it as for the URL that was given.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://example.com", "http://u:p@EXAMPLE.com.:80/a/%7e?b#c", "https://[::ffff:1.2.3.4]:9", "http://2130706433/", "https://bücher.example",
		"https://１.2.3.4/", "https://a/%2f..%2F", "https://xn--a/", "http://[fe80::1%25a]/", "https://a:0443//b;c=d?e=f?g", "https://0x7f.1", "https://ａ。b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		remote, err := gate.ParseRemote(s)
		if err != nil {
			require.Equal(t, gate.Remote{}, remote)
			return
		}
		again, err := gate.ParseRemote(remote.URL)
		require.NoError(t, err, remote.URL)
		again.Authenticated, again.Userinfo = remote.Authenticated, remote.Userinfo
		require.Equal(t, remote, again)

		u, err := url.Parse(remote.URL)
		require.NoError(t, err)
		require.Equal(t, remote.Host, u.Hostname())
		require.Equal(t, remote.Path, u.EscapedPath())
		require.Nil(t, u.User)
		want := net.JoinHostPort(remote.Host, strconv.Itoa(remote.Port))
		require.Equal(t, want, dialed(t, remote.URL))
		host, port, err := net.SplitHostPort(dialed(t, s))
		require.NoError(t, err)
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		if addr, err := netip.ParseAddr(host); err == nil {
			host = addr.Unmap().String()
		}
		n, err := strconv.Atoi(port)
		require.NoError(t, err)
		require.Equal(t, want, net.JoinHostPort(host, strconv.Itoa(n)), s)
	})
}

func TestInputRemoteAuthenticated(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  runner.RunConfig
		want bool
	}{
		"no":            {},
		"null":          {cfg: runner.RunConfig{RemoteAuthConfig: jsontext.Value("null")}},
		"config":        {runner.RunConfig{RemoteAuthConfig: jsontext.Value(`{}`)}, true},
		"other header":  {cfg: runner.RunConfig{HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-Tenant": "a"}}}},
		"empty header":  {cfg: runner.RunConfig{HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"Authorization": ""}}}},
		"header":        {runner.RunConfig{HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"authorization": "a"}}}, true},
		"secret header": {runner.RunConfig{HeaderForward: &runner.HeaderForward{AddHeadersFromSecret: map[string]string{"X-Tenant": "a"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cfg.RemoteURL = "https://example.com"
			require.Equal(t, tc.want, inputFor(t, &tc.cfg).Server.Remote.Authenticated)
		})
	}
}

func TestInputEndpoint(t *testing.T) {
	for host, want := range map[string]gate.Endpoint{
		"":                 {Loopback: true},
		"127.0.0.1":        {Host: "127.0.0.1", Loopback: true},
		"127.3.2.1":        {Host: "127.3.2.1", Loopback: true},
		"::1":              {Host: "::1", Loopback: true},
		"[::1]":            {Host: "::1", Loopback: true},
		"0:0:0:0:0:0:0:1":  {Host: "::1", Loopback: true},
		"::ffff:127.0.0.1": {Host: "127.0.0.1", Loopback: true},
		"LocalHost":        {Host: "localhost", Loopback: true},
		"0.0.0.0":          {Host: "0.0.0.0"},
		"::":               {Host: "::"},
		"::ffff:0.0.0.0":   {Host: "0.0.0.0"},
		"LOCALHOST.":       {Host: "localhost", Loopback: true},
		"１２７.0.0.1":        {Host: "127.0.0.1", Loopback: true},
		"Example.COM.":     {Host: "example.com"},
		"2001:DB8:0::1":    {Host: "2001:db8::1"},
		"localhost.evil":   {Host: "localhost.evil"},
	} {
		t.Run(host, func(t *testing.T) {
			want.Port, want.AllowedOrigins, want.TrustProxyHeaders = 8080, []string{"https://a.example", "*"}, true
			in := inputFor(t, &runner.RunConfig{Host: host, Port: 8080, AllowedOrigins: []string{"HTTPS://A.Example:443/", "*"}, TrustProxyHeaders: true})
			require.Equal(t, want, in.Server.Endpoint)
		})
	}
	for _, host := range append(oddAddresses(), "::1%lo", "fe80::1%eth0", "[127.0.0.1]", "[localhost]", "[::1", " 127.0.0.1", "a b", "a/b", "a:80", "127.0.0.1:80", ".", "a..b") {
		_, err := gate.InputFor(&runner.RunConfig{Image: "alpine", Host: host})
		require.ErrorContains(t, err, "host: ", host)
	}
}

// oddAddresses are spellings of 127.0.0.1 that resolvers in C and browsers know
// and Go does not, and the like.
func oddAddresses() []string {
	return []string{
		"127.1", "127.0.1", "2130706433", "0x7f.0.0.1", "0x7f.1", "0x7f000001", "0X7F.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.01",
		"127.0.0.0x1", "256.0.0.1", "1.2.3.4.5", "127.0.0.1..", "0", "00000000177.1", "example.1", "example.0x1f", "１２７.１", "⑴.0.0.1x.1", "127。1",
	}
}

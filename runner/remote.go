package runner

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http/httpproxy"
)

// RemoteOptions configure the remote runtime.
type RemoteOptions struct {
	// Secrets returns the value of the secret with the given name. Nil means
	// EnvSecrets.
	Secrets func(ctx context.Context, name string) (string, error)
	// HTTPClient is what requests are sent with; its CheckRedirect is replaced
	// and its Timeout, which would cut streams off, is not used. Nil means a
	// client of each server's own, which uses the proxies of the environment,
	// except for an http URL with userinfo or headers of the config: a proxy
	// would be told those in clear, where for https it only opens a tunnel.
	HTTPClient *http.Client
	// Log is where the runtime logs. Nil means slog.Default().
	Log *slog.Logger
}

// NewRemoteRuntime returns a Runtime for servers that someone else runs and
// that are reached over streamable HTTP or, where the config says so, over the
// older HTTP+SSE transport of protocol version 2024-11-05. Which one it is was
// told to policies, so neither falls back to the other.
//
// The headers of the config go to the host of its URL and to no other: a
// redirect is followed only within that host, and not from https to http, and the
// older transport's messages are sent to no other. URLs and header values are in
// no error and no log, for they may hold secrets.
//
// A request that fails is answered with a JSON-RPC error of code -32000, and
// the session goes on; it ends at the end of Stdin. Where the remote server says
// that it knows the session no more, every further request is answered so, for
// at most five seconds, and then the server ends with an error. It also ends
// with one where no request ever succeeded and one failed. Each kind of failure
// is logged once. Over the older transport the session is one stream: where that
// breaks, calls under way are answered with an error, and the session is gone.
//
// A Read of Stdin or Write of Stdout that blocks outlives a server that ended:
// whoever ran it ends the process, or closes both.
func NewRemoteRuntime(opts RemoteOptions) Runtime {
	if opts.Secrets == nil {
		opts.Secrets = EnvSecrets
	}
	opts.Log = cmp.Or(opts.Log, slog.Default())
	return &remoteRuntime{opts}
}

type remoteRuntime struct {
	opts RemoteOptions
}

// Setup resolves the secrets of the config's headers and starts to pass messages
// on. The first request to the remote server is the client's.
func (r *remoteRuntime) Setup(ctx context.Context, allowed *Approved, stdio Stdio) (Server, error) {
	cfg, err := allowed.Config()
	if err != nil {
		return nil, err
	}
	// The URL that policies saw, not another spelling of it.
	endpoint, user, err := CanonicalURL(cfg.RemoteURL)
	if err != nil {
		return nil, fmt.Errorf("remote URL: %w", err)
	}
	if err := Supported(cfg); err != nil {
		return nil, fmt.Errorf("remote server %s: %w", endpoint.Host, err)
	}
	headers, err := r.headers(ctx, cfg.HeaderForward)
	if err != nil {
		return nil, fmt.Errorf("remote server %s: %w", endpoint.Host, err)
	}
	if user != nil && headers.Get("Authorization") == "" {
		password, _ := user.Password() // "" where there is none
		basic := http.Request{Header: headers}
		basic.SetBasicAuth(user.Username(), password)
	}
	s := newRemoteServer(newRemoteConn(endpoint, headers, r.opts.HTTPClient), cfg.Transport, stdio,
		r.opts.Log.With("server", cfg.Name, "remote", endpoint.Host))
	go s.run() // ends with the server; Wait joins it
	return s, nil
}

// headers returns what the config adds to each request. Errors name headers and
// secrets, never values.
func (r *remoteRuntime) headers(ctx context.Context, forward *HeaderForward) (http.Header, error) {
	headers := make(http.Header)
	if forward == nil {
		return headers, nil
	}
	add := func(name, value string) error {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("header %q: not a header name", name)
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return fmt.Errorf("header %q: its value holds a character that a header must not have", name)
		}
		headers.Set(name, value)
		return nil
	}
	for name, value := range forward.AddPlaintextHeaders {
		if err := add(name, value); err != nil {
			return nil, err
		}
	}
	for name, secret := range forward.AddHeadersFromSecret {
		value, err := r.opts.Secrets(ctx, secret)
		if err != nil {
			return nil, fmt.Errorf("header %q: secret %s: %w", name, secret, err)
		}
		if err := add(name, value); err != nil {
			return nil, err
		}
	}
	return headers, nil
}

// remoteClient returns a client that stays with the host of a request. What is
// secret is sent in clear to that host only, and through no proxy. The second
// result releases its connections.
func remoteClient(given *http.Client, secret bool) (*http.Client, func()) {
	if given != nil {
		client := *given
		client.CheckRedirect = checkRedirect
		client.Timeout = 0
		return &client, func() {}
	}
	proxy := httpproxy.FromEnvironment().ProxyFunc()
	transport := newHTTPTransport(func(req *http.Request) (*url.URL, error) {
		if secret && req.URL.Scheme != "https" {
			return nil, nil
		}
		return proxy(req.URL)
	})
	return &http.Client{Transport: transport, CheckRedirect: checkRedirect}, transport.CloseIdleConnections
}

func newHTTPTransport(proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 1 << 20,
		ForceAttemptHTTP2:      true,
		// A stream may be silent for hours; a connection that died must show.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	from := via[0]
	switch {
	case len(via) >= 10:
		return &redirectError{"there were 10 already"}
	case from.URL.Scheme == "https" && req.URL.Scheme != "https":
		return &redirectError{"it leads from https to " + req.URL.Scheme}
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return &redirectError{fmt.Sprintf("it leads from %s to %s", from.URL.Scheme, req.URL.Scheme)}
	case hostPort(req.URL) != hostPort(from.URL):
		return &redirectError{"it leads to another host, " + req.URL.Host}
	case req.Method != from.Method:
		return &redirectError{fmt.Sprintf("it would turn %s into %s", from.Method, req.Method)}
	default:
		return nil
	}
}

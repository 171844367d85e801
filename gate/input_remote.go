package gate

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mcp-runner/mcp-runner/runner"
)

// parseRemote reads the URL of a remote server into its canonical form, which
// is what the remote runtime connects to. Errors quote nothing: a URL may hold
// a password.
func parseRemote(s string) (Remote, error) {
	u, user, err := runner.CanonicalURL(s)
	if err != nil {
		return Remote{}, fmt.Errorf("remote_url: %w", err)
	}
	r := Remote{
		URL:           u.String(),
		Scheme:        u.Scheme,
		Host:          u.Hostname(),
		Port:          443,
		Path:          u.EscapedPath(),
		Authenticated: user != nil && user.String() != "",
		Userinfo:      user != nil,
	}
	if r.Scheme == "http" {
		r.Port = 80
	}
	if port := u.Port(); port != "" {
		if r.Port, err = strconv.Atoi(port); err != nil {
			return Remote{}, fmt.Errorf("remote_url: port %s: %w", port, err)
		}
	}
	return r, nil
}

// registryURL is the URL of an MCP registry in the form of a remote server's,
// without userinfo, so that it compares equal. A slash that was not written is
// not added, and what is no such URL stays as given.
func registryURL(s string) string {
	u, _, err := runner.CanonicalURL(s)
	if err != nil {
		return s
	}
	if strings.HasSuffix(s, "/") {
		return u.String()
	}
	return strings.TrimSuffix(u.String(), "/")
}

// endpoint is where the runner listens. No host means that it listens nowhere,
// as over stdio.
func endpoint(cfg *runner.RunConfig) (Endpoint, error) {
	e := Endpoint{Port: cfg.Port, TrustProxyHeaders: cfg.TrustProxyHeaders}
	for _, origin := range cfg.AllowedOrigins {
		// What is no origin allows nothing and stays as it is.
		if canonical, ok := runner.CanonicalOrigin(origin); ok {
			origin = canonical
		}
		e.AllowedOrigins = append(e.AllowedOrigins, origin)
	}
	if cfg.Host == "" {
		e.Loopback = true
		return e, nil
	}
	var err error
	if e.Host, err = runner.CanonicalHost(cfg.Host); err != nil {
		return Endpoint{}, fmt.Errorf("host: %w", err)
	}
	e.Loopback = e.Host == "localhost"
	if addr, err := netip.ParseAddr(e.Host); err == nil {
		e.Loopback = addr.IsLoopback()
	}
	return e, nil
}

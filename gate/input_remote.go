package gate

import (
	"fmt"
	"net/netip"
	"strconv"

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

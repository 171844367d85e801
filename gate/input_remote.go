package gate

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/mcp-runner/mcp-runner/runner"
)

// parseRemote reads the URL of a remote server into its canonical form. Errors
// quote nothing: a URL may hold a password.
func parseRemote(s string) (Remote, error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" {
		return Remote{}, errors.New("remote_url: not a valid URL")
	}
	r := Remote{Scheme: strings.ToLower(u.Scheme), Authenticated: u.User != nil && u.User.String() != ""}
	defaultPort, ok := map[string]int{"http": 80, "https": 443}[r.Scheme]
	if !ok {
		return Remote{}, errors.New("remote_url: want an http or https URL")
	}
	if r.Host, err = canonicalHost(u.Hostname()); err != nil {
		return Remote{}, err
	}
	r.Port = defaultPort
	if port := u.Port(); port != "" {
		if r.Port, err = strconv.Atoi(port); err != nil || r.Port < 1 || r.Port > 65535 {
			return Remote{}, errors.New("remote_url: port is not a number from 1 to 65535")
		}
	}
	if r.Path, err = canonicalPath(u.EscapedPath()); err != nil {
		return Remote{}, err
	}
	r.URL = r.Scheme + "://" + authority(r.Host, r.Port, defaultPort) + r.Path
	if u.RawQuery != "" {
		r.URL += "?" + u.RawQuery
	}
	return r, nil
}

func authority(host string, port, defaultPort int) string {
	if port != defaultPort {
		return net.JoinHostPort(host, strconv.Itoa(port))
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// canonicalHost is host as it is looked up: in lower case, in ASCII, without
// the root's dot, an IP address in its shortest form.
func canonicalHost(host string) (string, error) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String(), nil
	}
	if host == "" {
		return "", errors.New("remote_url: no host")
	}
	if strings.IndexFunc(host, func(c rune) bool { return c >= 0x80 }) < 0 {
		return host, nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", errors.New("remote_url: host is not a valid international name")
	}
	ascii = strings.TrimSuffix(ascii, ".")
	if addr, err := netip.ParseAddr(ascii); err == nil { // full-width digits are digits
		return addr.Unmap().String(), nil
	}
	return ascii, nil
}

// canonicalPath is an escaped path with unreserved characters plain and all
// other escapes in upper case. A path with . or .. segments is refused: a rule
// about its beginning would mean another place than the server.
func canonicalPath(path string) (string, error) {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c != '%' || i+2 >= len(path) {
			b.WriteByte(c)
			continue
		}
		n, err := strconv.ParseUint(path[i+1:i+3], 16, 8)
		if err != nil {
			return "", errors.New("remote_url: not a valid URL")
		}
		if unreserved(byte(n)) {
			b.WriteByte(byte(n))
		} else {
			b.Write([]byte{'%', upper[n>>4], upper[n&15]})
		}
		i += 2
	}
	path = b.String()
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return "", errors.New("remote_url: path has a . or .. segment")
		}
	}
	if path == "" {
		path = "/"
	}
	return path, nil
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// endpoint is where the runner listens. No host means that it listens nowhere,
// as over stdio.
func endpoint(cfg *runner.RunConfig) Endpoint {
	host := strings.ToLower(strings.TrimSpace(cfg.Host))
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	e := Endpoint{
		Host:              host,
		Port:              cfg.Port,
		Loopback:          host == "" || host == "localhost",
		AllowedOrigins:    cfg.AllowedOrigins,
		TrustProxyHeaders: cfg.TrustProxyHeaders,
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		e.Host = addr.Unmap().String()
		e.Loopback = addr.Unmap().IsLoopback()
	}
	return e
}

package runner

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// CanonicalURL reads the URL of a remote server into the one form in which
// policies see it and the remote runtime connects to it: lower case, an ASCII
// host (see [CanonicalHost]), no port that the scheme implies, no userinfo, no
// fragment, no escapes of characters that need none. user is the userinfo, or
// nil. Errors quote nothing: a URL may hold a password.
func CanonicalURL(s string) (u *url.URL, user *url.Userinfo, err error) {
	given, err := url.Parse(s)
	if err != nil {
		return nil, nil, errors.New("not a valid URL")
	}
	implied, ok := map[string]int{"http": 80, "https": 443}[given.Scheme] // url.Parse writes it in lower case
	if !ok {
		return nil, nil, errors.New("want an http or https URL")
	}
	host, err := CanonicalHost(given.Hostname()) // "" for https:host
	if err != nil {
		return nil, nil, err
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsUnspecified() {
		return nil, nil, errors.New("host is the address of no server: to connect to it is to connect to this machine, so write 127.0.0.1")
	}
	port := implied
	if text := given.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return nil, nil, errors.New("port is not a number from 1 to 65535")
		}
	}
	escaped, err := canonicalPath(given.EscapedPath())
	if err != nil {
		return nil, nil, err
	}
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, nil, errors.New("not a valid URL")
	}
	u = &url.URL{Scheme: given.Scheme, Host: host, Path: path, RawPath: escaped, RawQuery: given.RawQuery}
	switch {
	case port != implied:
		u.Host = net.JoinHostPort(host, strconv.Itoa(port))
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	}
	return u, given.User, nil
}

// CanonicalHost returns a host's name as it is looked up, or its IP address:
// in lower case, without the root's dot, an international name in ASCII, an IPv4
// address as four numbers, an IPv6 address without brackets in its shortest form
// or, where it is one of IPv4, as that. What one resolver would take for an address and the next for a name (127.1, 0x7f.0.0.1,
// 2130706433, 0177.0.0.1) is an error, and so is an address with a zone.
func CanonicalHost(host string) (string, error) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host, ok = strings.CutSuffix(inner, "]")
		if !ok || !strings.Contains(host, ":") {
			return "", errors.New("host in brackets is not an IPv6 address")
		}
	}
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		switch {
		case err != nil:
			return "", errors.New("host is neither a name nor an IP address")
		case addr.Zone() != "":
			return "", errors.New("host is an IPv6 address with a zone, which is that of one machine's interface")
		}
		return addr.Unmap().String(), nil
	}
	if strings.IndexFunc(host, func(c rune) bool { return c >= 0x80 }) >= 0 {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", errors.New("host is not a valid international name")
		}
		host = ascii // full-width digits and dots are plain ones now
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" {
		return "", errors.New("no host")
	}
	if err := checkLabels(host); err != nil {
		return "", err
	}
	if !endsInNumber(host) {
		return host, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "", errors.New("host is an IP address in an unusual spelling: write four decimal numbers without leading zeros")
	}
	return addr.String(), nil
}

// checkLabels reports what DNS would not look up, or browsers would read
// otherwise.
func checkLabels(host string) error {
	if len(host) > 253 {
		return errors.New("host is longer than 253 characters")
	}
	international := false
	for label := range strings.SplitSeq(host, ".") {
		switch {
		case label == "":
			return errors.New("host has an empty part between its dots")
		case len(label) > 63:
			return errors.New("host has a part of more than 63 characters")
		case strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			return errors.New("host has a character that host names do not have")
		}
		international = international || strings.HasPrefix(label, "xn--")
	}
	if !international {
		return nil
	}
	if ascii, err := idna.Lookup.ToASCII(host); err != nil || ascii != host {
		return errors.New("host is not a valid international name")
	}
	return nil
}

// endsInNumber reports whether browsers, and resolvers in C, read host as an
// IPv4 address: where its last part is a number, decimal or hexadecimal.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if digits, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
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
			return "", errors.New("not a valid URL")
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
			return "", errors.New("path has a . or .. segment")
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

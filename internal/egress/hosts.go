package egress

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Hosts are the hosts of a list. The zero value lists none.
type Hosts struct {
	exact, domains, below map[string]bool
	prefixes              []netip.Prefix
}

// ParseHosts reads a list of hosts, each a name (example.com), a domain with all
// below it (.example.com), all below a domain (*.example.com), an address or a
// prefix (10.0.0.0/8). Names outside ASCII are listed as their punycode. Addresses
// and prefixes list what is asked for by its address, not the names that lead there.
func ParseHosts(list []string) (*Hosts, error) {
	h := &Hosts{exact: map[string]bool{}, domains: map[string]bool{}, below: map[string]bool{}}
	for _, entry := range list {
		if err := h.add(entry); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *Hosts) add(entry string) error {
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		if prefix.Addr().Is4In6() || prefix != prefix.Masked() {
			return fmt.Errorf("host %q: want a prefix such as 10.0.0.0/8, with nothing behind its bits", entry)
		}
		h.prefixes = append(h.prefixes, prefix)
		return nil
	}
	set, name := h.exact, entry
	if rest, ok := strings.CutPrefix(entry, "*."); ok {
		set, name = h.below, rest
	} else if rest, ok := strings.CutPrefix(entry, "."); ok {
		set, name = h.domains, rest
	}
	host, ok := ParseHost(name)
	if !ok {
		return fmt.Errorf("host %q: want a name such as api.example.com, .example.com for all of a domain, an address or a prefix, without a scheme, a port or a path", entry)
	}
	if host.addr.IsValid() {
		if name != entry {
			return fmt.Errorf("host %q: an address has no names below it", entry)
		}
		if why := forbidden(host.addr); why != "" {
			return fmt.Errorf("host %q: it is never reached, %s", entry, why)
		}
		h.prefixes = append(h.prefixes, netip.PrefixFrom(host.addr, host.addr.BitLen()))
		return nil
	}
	set[host.name] = true
	return nil
}

// Host is a name or an address, in the one spelling that is compared.
type Host struct {
	name string
	addr netip.Addr
}

// String returns the one spelling.
func (h Host) String() string {
	if h.addr.IsValid() {
		return h.addr.String()
	}
	return h.name
}

// ParseHost reads a name, or an address without brackets. It is false for what is
// neither, and for the spellings of addresses that some resolvers read and others
// take for names.
func ParseHost(s string) (Host, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return Host{addr: addr.Unmap()}, addr.Zone() == ""
	}
	s = strings.TrimSuffix(s, ".")
	if !isASCII(s) {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return Host{}, false
		}
		s = ascii
	}
	s = strings.ToLower(s)
	if len(s) == 0 || len(s) > 253 {
		return Host{}, false
	}
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return Host{}, false
		}
		last = label
	}
	if isNumber(last) { // 127.1, 0x7f000001, 2130706433
		return Host{}, false
	}
	return Host{name: s}, true
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

func isLabel(s string) bool {
	if len(s) == 0 || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func isNumber(s string) bool {
	if _, err := strconv.ParseUint(s, 10, 64); err == nil {
		return true
	}
	if strings.Trim(s, "0123456789") == "" {
		return true
	}
	return strings.HasPrefix(s, "0x") && strings.Trim(s[2:], "0123456789abcdef") == ""
}

// Match reports whether the list has host.
func (h *Hosts) Match(host Host) bool {
	if host.addr.IsValid() {
		for _, p := range h.prefixes {
			if p.Contains(host.addr) {
				return true
			}
		}
		return false
	}
	if h.exact[host.name] || h.domains[host.name] {
		return true
	}
	for name := host.name; ; {
		_, parent, found := strings.Cut(name, ".")
		if !found {
			return false
		}
		if h.domains[parent] || h.below[parent] {
			return true
		}
		name = parent
	}
}

// Names are the exact names of the list, in no order; more says whether it has
// anything else.
func (h *Hosts) Names() (names []string, more bool) {
	for name := range h.exact {
		names = append(names, name)
	}
	for name := range h.domains {
		names = append(names, name)
	}
	return names, len(h.domains)+len(h.below)+len(h.prefixes) > 0
}

// splitTarget reads host:port, or host alone where there is a port to take its
// place.
func splitTarget(s string, without int) (Host, int, bool) {
	name, port := s, without
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		n, err := strconv.ParseUint(s[i+1:], 10, 16)
		if err != nil || n == 0 || s[i+1] == '0' {
			return Host{}, 0, false
		}
		name, port = s[:i], int(n)
	}
	bracketed := strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]")
	if bracketed {
		name = name[1 : len(name)-1]
	}
	host, ok := ParseHost(name)
	if !ok || bracketed != strings.Contains(name, ":") || port == 0 {
		return Host{}, 0, false
	}
	return host, port, true
}

package egress

import "net/netip"

// Addresses that no list opens. Private ranges are not among them: a company's own
// servers are there.
var never = []struct {
	prefix netip.Prefix
	why    string
}{
	{netip.MustParsePrefix("127.0.0.0/8"), "it is a loopback address"},
	{netip.MustParsePrefix("::1/128"), "it is a loopback address"},
	{netip.MustParsePrefix("0.0.0.0/8"), "it is no host's address"},
	{netip.MustParsePrefix("::/96"), "it is no host's address"},
	{netip.MustParsePrefix("169.254.0.0/16"), "it is a link-local address, where clouds keep their metadata"},
	{netip.MustParsePrefix("fe80::/10"), "it is a link-local address"},
	{netip.MustParsePrefix("224.0.0.0/3"), "it is a multicast or reserved address"},
	{netip.MustParsePrefix("ff00::/8"), "it is a multicast address"},
	{netip.MustParsePrefix("fd00:ec2::254/128"), "it is where a cloud keeps its metadata"},
	{netip.MustParsePrefix("fd20:ce::254/128"), "it is where a cloud keeps its metadata"},
	{netip.MustParsePrefix("100.100.100.200/32"), "it is where a cloud keeps its metadata"},
	{netip.MustParsePrefix("192.0.0.192/32"), "it is where a cloud keeps its metadata"},
	{netip.MustParsePrefix("168.63.129.16/32"), "it is where a cloud keeps its metadata"},
	{netip.MustParsePrefix("2001::/32"), "it is the address of a tunnel"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "it is the address of a translator"},
}

// forbidden returns why addr is never reached, "" where a list may open it.
func forbidden(addr netip.Addr) string {
	if !addr.IsValid() || addr.Zone() != "" {
		return "it is no address"
	}
	addr = addr.Unmap()
	for _, n := range never {
		if n.prefix.Contains(addr) {
			return n.why
		}
	}
	if inner, ok := carried(addr); ok {
		return forbidden(inner)
	}
	return ""
}

var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour = netip.MustParsePrefix("2002::/16")
)

// carried is the IPv4 address that a translator or tunnel takes out of addr.
func carried(addr netip.Addr) (netip.Addr, bool) {
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	default:
		return netip.Addr{}, false
	}
}

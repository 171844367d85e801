package egress_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]struct{ has, hasNot string }{
		"example.com":     {"example.com EXAMPLE.com example.com.", "www.example.com xexample.com example.com.. com example.com.evil.org"},
		"Example.COM.":    {"example.com", "www.example.com"},
		".example.com":    {"example.com www.example.com a.b.example.com", "xexample.com com"},
		"*.example.com":   {"www.example.com a.b.example.com", "example.com xexample.com"},
		"bücher.example":  {"xn--bcher-kva.example BÜCHER.example", "bucher.example"},
		"10.1.2.3":        {"10.1.2.3 ::ffff:10.1.2.3", "10.1.2.4 010.1.2.3 10.66051 0xa010203 167838211"},
		"10.0.0.0/8":      {"10.1.2.3", "11.1.2.3 example.com"},
		"2001:db8::/32":   {"2001:db8::1 2001:DB8:0::1", "2001:db9::1 2001:db8::1%eth0"},
		"intranet":        {"intranet", "intranet.example.com"},
		"under_score.org": {"under_score.org", "underscore.org"},
	} {
		hosts, err := egress.ParseHosts([]string{entry})
		require.NoError(t, err, entry)
		for name := range strings.FieldsSeq(want.has) {
			host, ok := egress.ParseHost(name)
			require.True(t, ok && hosts.Match(host), "%s has %s", entry, name)
		}
		for name := range strings.FieldsSeq(want.hasNot) {
			host, ok := egress.ParseHost(name)
			require.False(t, ok && hosts.Match(host), "%s has not %s", entry, name)
		}
	}
}

func TestHostsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		"", ".", "*", "*.", "..example.com", "*.*.example.com", "a*.example.com", "https://example.com", "example.com:443", "example.com/x",
		"user@example.com", "exa mple.com", "example.com\n", "[2001:db8::1]", "10.0.0.1/8", "1.2.3", "0x7f.1", "2130706433", "999.1.1.1",
		"127.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "*.10.0.0.1", ".10.0.0.1", "-a.com", "a-.com",
		strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 130) + "com", "::ffff:10.0.0.0/104",
	} {
		_, err := egress.ParseHosts([]string{"fine.example.com", entry})
		require.ErrorContains(t, err, "host ", "%q", entry)
	}
}

func TestSplitTarget(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"example.com:443": "example.com 443", "Example.com.": "example.com 80", "[2001:db8::1]:8443": "2001:db8::1 8443", "[2001:db8::1]": "2001:db8::1 80",
		"10.0.0.1:1": "10.0.0.1 1", "[::ffff:10.0.0.1]:1": "10.0.0.1 1",
		"example.com:": "", "example.com:0": "", "example.com:65536": "", "example.com:+80": "", "example.com:080": "", "example.com:80:80": "", "": "", ":80": "",
		"2001:db8::1": "", "[example.com]:80": "", "[2001:db8::1%25eth0]:80": "", "user@example.com:80": "", "user:pass@example.com:80": "",
		"example.com#@evil.org:80": "", "example.com\\.evil.org:80": "", "example.com\x00.evil.org:80": "", "example.com .evil.org:80": "", "evil.org/example.com": "",
		"127.1:80": "", "0x7f000001:80": "", "017700000001:80": "", "[fe80::1%eth0]:80": "",
	} {
		host, port, ok := egress.SplitTarget(target, 80)
		got := ""
		if ok {
			got = host.String() + " " + itoa(port)
		}
		require.Equal(t, want, got, "%q", target)
	}
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	for _, addr := range strings.Fields(`127.0.0.1 127.255.0.1 ::1 0.0.0.0 0.1.2.3 :: ::ffff:127.0.0.1 ::127.0.0.1 169.254.169.254 ::ffff:169.254.169.254
		169.254.0.1 fe80::1 febf::1 224.0.0.1 239.1.1.1 255.255.255.255 240.0.0.1 ff02::1 fd00:ec2::254 100.100.100.200 192.0.0.192 168.63.129.16
		64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2001:0:1::1 fd20:ce::254 64:ff9b::168.63.129.16`) {
		require.NotEmpty(t, egress.Forbidden(netip.MustParseAddr(addr)), addr)
	}
	for _, addr := range strings.Fields(`10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 8.8.8.8 2606:4700::1111 fd00::1 64:ff9b::808:808 2002:808:808::1 169.253.1.1 223.255.255.255`) {
		require.Empty(t, egress.Forbidden(netip.MustParseAddr(addr)), addr)
	}
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"example.com", "EXAMPLE.com.", "bücher.example", "10.0.0.1", "::ffff:10.0.0.1", "0x7f.1", "a..b", "[::1]", "listed.test", "x.listed.test"} {
		f.Add(s)
	}
	hosts, err := egress.ParseHosts([]string{"listed.test", ".domain.test", "*.below.test", "10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, ok := egress.ParseHost(s)
		if !ok {
			return
		}
		again, ok := egress.ParseHost(host.String())
		require.True(t, ok, "%q", host)
		require.Equal(t, host, again)
		if !hosts.Match(host) {
			return
		}
		name := host.String()
		addr, err := netip.ParseAddr(name)
		require.True(t, name == "listed.test" || name == "domain.test" || strings.HasSuffix(name, ".domain.test") || strings.HasSuffix(name, ".below.test") ||
			err == nil && netip.MustParsePrefix("10.0.0.0/8").Contains(addr), "%q", name)
	})
}

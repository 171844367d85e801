package egress_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

// TestGreetingInTunnel holds that a tunnel to one host greets no other.
func TestGreetingInTunnel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"listed.test": true, "LISTED.test": true, "other.test": false, "x.below.test": false} {
		w := newWorld(t, listedConfig)
		greeting := hello(t, name, nil)
		w.answer = func(conn net.Conn) {
			got := make([]byte, len(greeting))
			if _, err := io.ReadFull(conn, got); err == nil {
				fmt.Fprint(conn, "greeted")
			}
		}
		got := w.say(w.listen(0), "CONNECT listed.test:443 HTTP/1.1\r\nHost: listed.test:443\r\n\r\n"+string(greeting))
		require.Equal(t, want, strings.HasSuffix(got, "greeted"), name)
	}
}

// TestOneHost holds that what names no host goes to the one that is listed, also
// where that speaks first.
func TestOneHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, egress.Config{Hosts: []string{"listed.test"}, Ports: []int{2525}})
	said := make(chan string, 1)
	w.answer = func(conn net.Conn) {
		// One that closes what it has not read cuts its own answer off.
		if _, err := io.ReadFull(conn, make([]byte, len(<-said))); err == nil {
			fmt.Fprint(conn, "220 hello")
		}
	}
	at := w.listen(2525)
	for _, raw := range []string{"", "SSH-2.0-x\r\n"} {
		said <- raw
		require.Equal(t, "220 hello", w.say(at, raw))
	}
	require.Equal(t, []string{"10.9.0.1:2525", "10.9.0.1:2525"}, w.reached())
	require.NotContains(t, w.say(at, string(hello(t, "other.test", nil))), "220")
	require.Contains(t, w.say(at, "GET / HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n"), " 403 ")
}

// TestSlowClients holds that who says nothing, or too slowly, is cut off.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{"silent": "", "half a greeting": "\x16\x03\x01", "half a request": "GET / HTT"} {
		for _, port := range []int{0, 443} {
			w := newWorld(t, listedConfig, func(o *egress.Options) { o.FirstByte = 100 * time.Millisecond })
			w.say(w.listen(port), raw)
			require.Empty(t, w.reached(), name)
		}
	}
}

func TestIdleTunnel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig, func(o *egress.Options) { o.Idle = 200 * time.Millisecond })
	w.answer = func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) } // it says nothing
	require.Contains(t, w.say(w.listen(0), "CONNECT listed.test:443 HTTP/1.1\r\nHost: x\r\n\r\n"), " 200 ")
}

// TestConnectionsAreBounded holds that the connection beyond the last place is
// closed, and that a place is free again afterwards.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig, func(o *egress.Options) { o.FirstByte = time.Minute })
	at := w.listen(0)
	var open []net.Conn
	for range 256 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at)
		require.NoError(t, err)
		open = append(open, conn)
	}
	require.Equal(t, "", strings.TrimPrefix(w.say(at, ""), "cut off"))
	for _, conn := range open {
		require.NoError(t, conn.Close())
	}
	require.Eventually(t, func() bool {
		return strings.Contains(w.say(at, "GET http://listed.test/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "GET listed.test")
	}, 5*time.Second, 10*time.Millisecond)
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig)
	at := w.listen(0)
	for range 60 {
		w.say(at, "CONNECT other.test:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	}
	require.LessOrEqual(t, strings.Count(w.log.String(), "\n"), 3*22)
	require.Contains(t, w.log.String(), `egress refused host="other.test" port=443: the host is not listed`)
}

// Whoever reads a refusal learns what to list: the host and its port.
func TestLogNamesWhatWasMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig)
	at := w.listen(0)
	w.say(at, "GET http://other.test/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.Contains(t, w.log.String(), `egress refused host="other.test" port=80: the host is not listed`)
	w.say(at, "GET ftp://other.test/ HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n")
	require.Contains(t, w.log.String(), `egress refused host="other.test" port=3128: want http://`)
}

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, listedConfig)
	udp, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	tcp, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- w.s.ServeDNS(udp, tcp, netip.MustParseAddr("172.20.0.2")) }() // ends below
	t.Cleanup(func() {
		require.NoError(t, errors.Join(udp.Close(), tcp.Close()))
		<-done
	})
	for question, want := range map[string]string{
		"listed.test. A": "NOERROR 172.20.0.2", "LISTED.Test. A": "NOERROR 172.20.0.2", "a.b.below.test. A": "NOERROR 172.20.0.2",
		"listed.test. AAAA": "NOERROR", "listed.test. HTTPS": "NOERROR", "listed.test. TXT": "NOERROR", "listed.test. ANY": "NOERROR",
		"other.test. A": "NXDOMAIN", "below.test. A": "NXDOMAIN", "listed.test.other.test. A": "NXDOMAIN", "host.docker.internal. A": "NXDOMAIN",
		"1.0.7.10.in-addr.arpa. PTR": "NXDOMAIN", ". NS": "NXDOMAIN", "other.test. TXT": "NXDOMAIN", "10.7.0.1. A": "NXDOMAIN",
	} {
		name, kind, _ := strings.Cut(question, " ")
		m := new(dns.Msg).SetQuestion(name, dns.StringToType[kind])
		for _, network := range []string{"udp", "tcp"} {
			at := udp.LocalAddr().String()
			if network == "tcp" {
				at = tcp.Addr().String()
			}
			reply, _, err := (&dns.Client{Net: network}).ExchangeContext(t.Context(), m, at)
			require.NoError(t, err, question)
			got := dns.RcodeToString[reply.Rcode]
			for _, rr := range reply.Answer {
				got += " " + rr.(*dns.A).A.String()
			}
			require.Equal(t, want, got, question)
			require.False(t, reply.RecursionAvailable)
		}
	}
	require.Empty(t, w.reached())
}

func FuzzReadHello(f *testing.F) {
	f.Add(hello(f, "listed.test", nil))
	f.Add([]byte{22, 3, 1, 0, 4, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		host, read, err := egress.ReadHello(bytes.NewReader(data))
		require.True(t, bytes.HasPrefix(data, read))
		require.LessOrEqual(t, len(read), egress.MaxHello)
		if err == nil {
			again, ok := egress.ParseHost(host.String())
			require.True(t, ok)
			require.Equal(t, host, again)
			require.True(t, bytes.Contains(bytes.ToLower(read), []byte(strings.TrimSuffix(host.String(), "."))) || strings.Contains(host.String(), "xn--"))
		}
	})
}

package egress_test

import (
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

// flood is a socket at which questions come without end, and what is no question
// among them.
type flood struct {
	net.PacketConn
	question          []byte
	left, answers     int
	answering, nested atomic.Bool
}

func (f *flood) ReadFrom(p []byte) (int, net.Addr, error) {
	if f.answering.Load() {
		f.nested.Store(true)
	}
	if f.left--; f.left < 0 {
		return 0, nil, net.ErrClosed
	}
	from := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
	switch f.left % 3 {
	case 0:
		return copy(p, "no question"), from, nil
	case 1: // an answer, which would be answered for ever
		n := copy(p, f.question)
		p[2] |= 0x80
		return n, from, nil
	default:
		return copy(p, f.question), from, nil
	}
}

func (f *flood) WriteTo(p []byte, _ net.Addr) (int, error) {
	f.answering.Store(true)
	defer f.answering.Store(false)
	for range 100 {
		runtime.Gosched()
	}
	f.answers++
	return len(p), nil
}

// TestQuestionsWaitTheirTurn holds that a server that asks without end takes no
// memory for it: the egress container would be killed for it.
func TestQuestionsWaitTheirTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, egress.Config{Hosts: []string{"listed.test"}})
	question, err := new(dns.Msg).SetQuestion("listed.test.", dns.TypeA).Pack()
	require.NoError(t, err)
	f := &flood{question: question, left: 300}
	tcp, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer tcp.Close()
	require.NoError(t, w.s.ServeDNS(f, tcp, netip.MustParseAddr("172.20.0.2")))
	require.Equal(t, 100, f.answers)
	require.False(t, f.nested.Load(), "the next was read before the last was answered")
}

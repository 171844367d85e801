package egress

import (
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// answers is a name server that knows the listed names, and of them one address:
// that of this program. It asks nobody.
type answers struct {
	s   *Server
	own netip.Addr
}

func (a *answers) ServeDNS(w dns.ResponseWriter, req *dns.Msg) {
	reply := new(dns.Msg)
	a.answer(reply, req)
	// Nobody is left to tell where the client is gone.
	_ = w.WriteMsg(reply)
}

func (a *answers) answer(reply, req *dns.Msg) {
	if len(req.Question) != 1 || req.Opcode != dns.OpcodeQuery {
		reply.SetRcode(req, dns.RcodeRefused)
		return
	}
	q := req.Question[0]
	reply.SetReply(req)
	reply.Authoritative = true
	host, ok := ParseHost(q.Name)
	switch {
	case q.Qclass != dns.ClassINET:
		reply.Rcode = dns.RcodeRefused
	case !ok || host.addr.IsValid() || !a.s.listed(host):
		reply.Rcode = dns.RcodeNameError
		a.s.refused(q.Name, "53", "its name was asked for and is not listed")
	case q.Qtype == dns.TypeA && a.own.Is4():
		reply.Answer = []dns.RR{&dns.A{
			Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60},
			A:   net.IP(a.own.AsSlice()),
		}}
	}
}

// ServeDNS answers names at udp and at tcp, with own as the address of all that
// are listed. It returns once one of both ends.
func (s *Server) ServeDNS(udp net.PacketConn, tcp net.Listener, own netip.Addr) error {
	a := &answers{s: s, own: own}
	server := &dns.Server{Listener: s.limit(tcp), Handler: a, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxTCPQueries: 64}
	ended := make(chan error, 2)
	go func() { ended <- server.ActivateAndServe() }() // ends when Close closes its socket
	go func() { ended <- a.packets(udp) }()            // likewise
	return <-ended
}

// packets answers one packet after the other. An answer waits for nobody, and what
// comes faster is dropped: a server that asks without end fills no memory.
func (a *answers) packets(udp net.PacketConn) error {
	buf := make([]byte, dns.MinMsgSize)
	for {
		n, from, err := udp.ReadFrom(buf)
		if err != nil {
			return ended(err)
		}
		req, reply := new(dns.Msg), new(dns.Msg)
		if req.Unpack(buf[:n]) != nil || req.Response {
			continue
		}
		a.answer(reply, req)
		if data, err := reply.Pack(); err == nil {
			// Nobody is left to tell where the client is gone.
			_, _ = udp.WriteTo(data, from)
		}
	}
}

package runner

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// PortMapping is a container port that is published on the host.
type PortMapping struct {
	// HostIP is the host's address in canonical form; "" is every address.
	HostIP string
	// HostPort is the port on the host; 0 is any free one.
	HostPort      int
	ContainerPort int
	// Protocol is "udp", or "" for TCP.
	Protocol string
}

// ParsePublish reads [[IP:]HOST-PORT:]CONTAINER-PORT[/tcp|/udp], an IPv6
// address in brackets. As with Docker, the host's port may be left empty behind
// an address. Ranges of ports are refused.
func ParsePublish(s string) (PortMapping, error) {
	var m PortMapping
	rest, protocol, hasProtocol := strings.Cut(s, "/")
	switch {
	case protocol == "udp":
		m.Protocol = protocol
	case hasProtocol && protocol != "tcp":
		return PortMapping{}, fmt.Errorf("published port %q: protocol is not tcp or udp", s)
	}
	var err error
	host, container := "", rest
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		host, container = rest[:i], rest[i+1:]
		if m.HostIP, host, err = splitHostIP(host); err != nil {
			return PortMapping{}, fmt.Errorf("published port %q: %w", s, err)
		}
		if host == "" && m.HostIP == "" {
			return PortMapping{}, fmt.Errorf("published port %q: no port of the host before ':'", s)
		}
	}
	if host != "" {
		if m.HostPort, err = parsePort(host); err != nil {
			return PortMapping{}, fmt.Errorf("published port %q: port of the host %w", s, err)
		}
	}
	m.ContainerPort, err = parsePort(container)
	if err == nil && m.ContainerPort == 0 {
		err = errors.New("is 0")
	}
	if err != nil {
		return PortMapping{}, fmt.Errorf("published port %q: port of the container %w", s, err)
	}
	return m, nil
}

// splitHostIP splits IP:PORT and PORT.
func splitHostIP(s string) (ip, port string, err error) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", s, nil
	}
	ip, port = s[:i], s[i+1:]
	bracketed := strings.HasPrefix(ip, "[") && strings.HasSuffix(ip, "]")
	if bracketed {
		ip = ip[1 : len(ip)-1]
	}
	addr, err := netip.ParseAddr(ip)
	switch {
	case err != nil:
		return "", "", errors.New("address of the host is not an IP address")
	case addr.Is6() != bracketed:
		return "", "", errors.New("an IPv6 address, and no other, stands in brackets")
	}
	return addr.Unmap().String(), port, nil
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, errors.New("is not a number from 0 to 65535")
	}
	return int(n), nil
}

// Package egress keeps a server to the hosts that its permission profile lists.
// It runs in a container of its own, the only neighbour of the server's container
// on a network that leads nowhere else.
//
// A server that knows of proxies uses it as one. For one that does not, it answers
// the listed names with its own address and passes the connections on by the name
// in the TLS greeting or the Host header. It ends no TLS and holds no secret.
package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/go-json-experiment/json"
)

// GatewayName is the name by which a container reaches the machine it runs on.
const GatewayName = "host.docker.internal"

// Command is the name of the command that calls Run.
const Command = "egress"

// Config is what the program is told.
type Config struct {
	// Hosts are as ParseHosts reads them; none are listed where it is empty.
	Hosts []string `json:"hosts,omitzero"`
	// Ports are those that listed hosts are reached at. Empty means each through
	// the proxy, and 80 and 443 for a server that knows of no proxy.
	Ports []int `json:"ports,omitzero"`
	// Gateway lists GatewayName too.
	Gateway bool `json:"gateway,omitzero"`
	// Internal is the network that the server is on.
	Internal netip.Prefix `json:"internal"`
	// Refuse are addresses that no listed name may lead to, except GatewayName.
	Refuse []netip.Prefix `json:"refuse,omitzero"`
	// ForwardPort is where the server listens for HTTP, 0 for one that does not. It
	// is reached at the same port of this container's other networks.
	ForwardPort int `json:"forward_port,omitzero"`
	// ForwardTo is the name of the server's container on the internal network.
	ForwardTo string `json:"forward_to,omitzero"`
}

// ParseConfig reads a Config from JSON.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	if err := json.Unmarshal(data, &c, json.RejectUnknownMembers(true)); err != nil {
		return Config{}, fmt.Errorf("egress configuration: %w", err)
	}
	return c, c.check()
}

func (c *Config) check() error {
	if !c.Internal.IsValid() {
		return errors.New("egress configuration: internal: it names no network")
	}
	if err := CheckPorts(c.Ports); err != nil {
		return err
	}
	if c.ForwardPort != 0 {
		if err := CheckPorts([]int{c.ForwardPort}); err != nil {
			return err
		}
		if c.ForwardTo == "" {
			return errors.New("egress configuration: forward_to is missing")
		}
	}
	_, err := ParseHosts(c.Hosts)
	return err
}

// MaxPorts bounds the ports of one list: each is listened at.
const MaxPorts = 64

// CheckPorts returns an error where ports holds what is no port, or too many.
func CheckPorts(ports []int) error {
	if len(ports) > MaxPorts {
		return fmt.Errorf("%d ports are listed: at most %d can be", len(ports), MaxPorts)
	}
	for _, p := range ports {
		if p < 1 || p > 65535 {
			return fmt.Errorf("port %d: want 1 to 65535", p)
		}
	}
	return nil
}

// ProxyPort is where the program is an HTTP proxy: 3128, or the next port that is
// not listed itself.
func ProxyPort(listed []int) int {
	port := 3128
	for slices.Contains(listed, port) {
		port++
	}
	return port
}

// transparent are the ports at which listed hosts are reached without a proxy.
// Port 53 is where names are answered.
func transparent(listed []int) []int {
	if len(listed) == 0 {
		return []int{80, 443}
	}
	ports := slices.Compact(slices.Sorted(slices.Values(listed)))
	return slices.DeleteFunc(ports, func(p int) bool { return p == 53 })
}

package runner

import (
	"errors"
	"fmt"
	"slices"
)

// Modes of a ContainerNetwork.
const (
	// NetworkNone is no network but a loopback.
	NetworkNone = "none"
	// NetworkBridge is a network of the container's own, from which it reaches all
	// that its host does.
	NetworkBridge = "bridge"
	// NetworkHost is the host's own network.
	NetworkHost = "host"
	// NetworkListed is a network from which only the listed hosts are reached.
	NetworkListed = "listed"
)

// ContainerNetwork is what a container reaches.
type ContainerNetwork struct {
	// Mode is one of the modes above, or another that the permission profile names
	// and [ContainerNetwork.Check] refuses.
	Mode string
	// Hosts and Ports are those of NetworkListed, as the permission profile has
	// them. No Ports means every port.
	Hosts []string
	Ports []int
	// Gateway says that the container may reach its host by the name
	// host.docker.internal.
	Gateway bool
}

// Check returns an error where n cannot be enforced.
func (n *ContainerNetwork) Check() error {
	switch n.Mode {
	case NetworkNone, NetworkBridge:
		return nil
	case NetworkHost:
		if len(n.Hosts) > 0 || len(n.Ports) > 0 {
			return errors.New("permission_profile.network: with mode host nothing keeps a server to the hosts and ports of outbound: leave mode out, or the lists")
		}
		return nil
	case NetworkListed:
		if len(n.Hosts) == 0 {
			return errors.New("permission_profile.network.outbound has allow_port and no allow_host: list the hosts too")
		}
		return nil
	default:
		return fmt.Errorf("permission_profile.network.mode: %q is not none, bridge or host", shorten(n.Mode))
	}
}

// containerNetwork is what the permission profile of cfg lets a container reach.
// Without one it reaches nothing. Whatever is listed counts, also where the config
// does not ask for isolation.
func containerNetwork(cfg *RunConfig) ContainerNetwork {
	p := cfg.PermissionProfile
	if p == nil && cfg.PermissionProfileNameOrPath == ProfileNetwork {
		p = builtinProfile(ProfileNetwork, true)
	}
	if p == nil || p.Network == nil || p.Network.Mode == NetworkNone {
		return ContainerNetwork{Mode: NetworkNone}
	}
	n, out := p.Network, p.Network.Outbound
	if out == nil {
		out = &OutboundPermissions{InsecureAllowAll: n.Mode == NetworkBridge}
	}
	listed := len(out.AllowHost) > 0 || len(out.AllowPort) > 0
	found := ContainerNetwork{Mode: n.Mode, Gateway: cfg.AllowDockerGateway}
	switch {
	case n.Mode != "" && n.Mode != NetworkBridge:
		found.Hosts, found.Ports = slices.Clone(out.AllowHost), slices.Clone(out.AllowPort)
	case out.InsecureAllowAll:
		found.Mode = NetworkBridge
	case listed:
		found.Mode = NetworkListed
		found.Hosts, found.Ports = slices.Clone(out.AllowHost), slices.Clone(out.AllowPort)
	default:
		return ContainerNetwork{Mode: NetworkNone}
	}
	return found
}

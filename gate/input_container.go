package gate

import (
	"fmt"
	"slices"

	"github.com/mcp-runner/mcp-runner/runner"
)

// gatewayHost is the name by which a container reaches its host.
const gatewayHost = "host.docker.internal"

// fillContainer says how the container of an image will run. It follows
// fillPermissions: what that took from the permission profile is what was asked
// for, and this is what is enforced.
func fillContainer(cfg *runner.RunConfig, s *Server) error {
	if cfg.Image == "" || runner.ImageScheme(cfg.Image) != "image" {
		return nil
	}
	c := runner.ContainerOf(cfg)
	if cfg.Resolved != nil && cfg.Resolved.Container != nil {
		c = cfg.Resolved.Container
	}
	if err := s.Image.resolve(c.Image); err != nil {
		return fmt.Errorf("image %s: %w", cfg.Image, err)
	}
	p := &s.Permissions
	p.User, p.ReadOnlyRoot = c.User, c.ReadOnlyRoot
	p.Limits = Limits{MemoryBytes: c.MemoryBytes, CPUs: c.CPUs, PIDs: c.PIDs}
	p.Network.enforced(c.Network)
	return nil
}

// resolve takes up what a reference stood for.
func (i *Image) resolve(found runner.ResolvedImage) error {
	if i.Digest != "" && found.Digest != "" && i.Digest != found.Digest {
		return fmt.Errorf("it was resolved to %s, which is not the digest that was asked for", found.Digest)
	}
	if i.Digest == "" {
		i.Digest = found.Digest
	}
	i.ID = found.ID
	return nil
}

// enforced makes n say what a container reaches. Mode and lists stay as the
// permission profile has them where they are in force; with a network that
// nothing limits, the lists stay too, to be judged as what they are: asked for.
func (n *Network) enforced(network runner.ContainerNetwork) {
	switch network.Mode {
	case runner.NetworkNone:
		n.Mode, n.Isolated, n.Outbound = runner.NetworkNone, true, Outbound{}
	case runner.NetworkListed:
		n.Isolated = true
		n.Outbound = Outbound{Hosts: hostNames(network.Hosts), Ports: slices.Clone(network.Ports)}
		if network.Gateway && !slices.Contains(n.Outbound.Hosts, gatewayHost) {
			n.Outbound.Hosts = append(n.Outbound.Hosts, gatewayHost)
		}
	default: // bridge, the host's, or another that nothing here limits
		n.Mode, n.Isolated, n.Outbound.AllowAll = network.Mode, false, true
		if len(network.Hosts)+len(network.Ports) > 0 {
			n.Outbound.Hosts, n.Outbound.Ports = hostNames(network.Hosts), slices.Clone(network.Ports)
		}
	}
}

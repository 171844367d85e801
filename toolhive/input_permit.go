package toolhive

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/stacklok/toolhive-core/permissions"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	"github.com/stacklok/toolhive/pkg/networking"
	thv "github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// whereItRuns is what will create the server of cfg.
func whereItRuns(cfg *thv.RunConfig) place {
	switch {
	case cfg.RemoteURL != "":
		return elsewhere
	case strings.TrimSpace(os.Getenv("TOOLHIVE_RUNTIME")) == "kubernetes":
		return kubernetes
	case rt.IsKubernetesRuntime():
		return unsure
	default:
		return docker
	}
}

// permit says in p what ToolHive enforces. All of it comes from the permission
// profile, which Kubernetes does not look at: a pod has no mount, no privilege
// and no bound on its network from there. Nor has a remote server.
func permit(cfg *thv.RunConfig, where place, p *gate.Permissions) error {
	profile := cfg.PermissionProfile
	p.Profile = cfg.PermissionProfileNameOrPath
	if profile != nil && profile.Name != "" {
		p.Profile = profile.Name
	}
	if where == elsewhere {
		return nil
	}
	if profile == nil {
		if where == kubernetes {
			p.Network = gate.Network{Mode: runner.NetworkBridge, Outbound: gate.Outbound{AllowAll: true}}
			return nil
		}
		return errors.New("run config has no permission_profile: ToolHive fails without one, and what the server may do is not known")
	}
	p.Privileged = profile.Privileged && where != kubernetes
	var err error
	p.Network, err = network(cfg, where)
	return err
}

// network is what the container reaches. Lists that nothing enforces stay, as
// what was asked for, with allow_all beside them.
func network(cfg *thv.RunConfig, where place) (gate.Network, error) {
	asked := cfg.PermissionProfile.Network
	if asked == nil {
		asked = &permissions.NetworkPermissions{Outbound: &permissions.OutboundNetworkPermissions{InsecureAllowAll: true}}
	}
	if lower := strings.ToLower(asked.Mode); lower != asked.Mode && slices.Contains([]string{runner.NetworkNone, "host", runner.NetworkBridge, "default"}, lower) {
		// To the engine it is a network of that name, and to a reader another thing.
		return gate.Network{}, fmt.Errorf("permission_profile.network.mode %q: write %q", asked.Mode, lower)
	}
	n := gate.Network{Mode: asked.Mode}
	if asked.Outbound != nil {
		n.Outbound = gate.Outbound{Hosts: hostNames(asked.Outbound.AllowHost), Ports: slices.Clone(asked.Outbound.AllowPort)}
	}
	switch {
	case where != docker:
		// Kubernetes looks at no mode. Where it may be an engine after all, that has
		// the one that was asked for, and none would be less than a pod has.
		if where == kubernetes || networking.IsBridgeMode(asked.Mode) || asked.Mode == runner.NetworkNone {
			n.Mode = runner.NetworkBridge
		}
		n.Outbound.AllowAll = true
	case asked.Mode == runner.NetworkNone:
		n.Isolated, n.Outbound = true, gate.Outbound{}
	case !networking.IsBridgeMode(asked.Mode): // the host's, another container's, or one by name
		n.Outbound.AllowAll = true
	case !cfg.IsolateNetwork:
		n.Mode, n.Outbound.AllowAll = runner.NetworkBridge, true
	default:
		if n.Mode == "default" {
			n.Mode = runner.NetworkBridge
		}
		return proxied(n, asked, cfg.AllowDockerGateway)
	}
	return n, nil
}

// proxied is a network of which the only ways out are ToolHive's proxies.
func proxied(n gate.Network, asked *permissions.NetworkPermissions, gateway bool) (gate.Network, error) {
	n.Isolated = true
	out := asked.Outbound
	if out == nil {
		return n, errors.New("permission_profile.network has no outbound: ToolHive's proxy fails without one")
	}
	if err := plainNames("outbound", out.AllowHost); err != nil {
		return n, err
	}
	if asked.Inbound != nil {
		if err := plainNames("inbound", asked.Inbound.AllowHost); err != nil {
			return n, err
		}
		if os.Getenv("TOOLHIVE_NETWORK_PROXY") != "envoy" { // which lets in whatever comes
			n.Inbound.Hosts = hostNames(asked.Inbound.AllowHost)
		}
	}
	// With ports and no hosts the proxy lets every host be reached at these ports.
	n.Outbound.AllowAll = out.InsecureAllowAll || len(out.AllowHost) == 0 && len(out.AllowPort) > 0
	if gateway { // at every port, whatever the list of ports says
		for _, host := range []string{"host.docker.internal", "gateway.docker.internal"} {
			if !slices.Contains(n.Outbound.Hosts, host) {
				n.Outbound.Hosts = append(n.Outbound.Hosts, host)
			}
		}
	}
	return n, nil
}

// proxyName is a host, an address, or a pattern of either as ToolHive's proxies
// have it: .example.com is the domain and all below it.
var proxyName = regexp.MustCompile(`^[.*:\[]{0,3}[A-Za-z0-9_][A-Za-z0-9_.:\]/-]*$`)

// plainNames refuses what is no name: ToolHive writes these lists into the
// configuration of its proxy as they are, where a space begins another host, a
// line break another rule, and an option or a file has a form of its own.
func plainNames(list string, names []string) error {
	for i, name := range names {
		if !proxyName.MatchString(name) {
			return fmt.Errorf("permission_profile.network.%s.allow_host[%d] is not a host name, and ToolHive's proxy would read more into it", list, i)
		}
	}
	return nil
}

// hostNames are names in the form that compares equal, as the gate has them.
func hostNames(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, strings.ToLower(strings.TrimSuffix(name, ".")))
	}
	return out
}

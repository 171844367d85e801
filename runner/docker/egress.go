package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/go-json-experiment/json"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/internal/egress"
	"github.com/mcp-runner/mcp-runner/runner"
)

// What the egress container may take, and how long it may take to listen.
const (
	egressMemory  = 128 << 20
	egressPIDs    = 64
	egressTimeout = 30 * time.Second
	undoTimeout   = 20 * time.Second
)

// listed puts the container on a network on which there is only the egress
// container, which is also on one that leads out.
func (n *serverNetwork) listed(ctx context.Context, e *Engine, api *engine, plan networkPlan, host *container.HostConfig, networking *network.NetworkingConfig) error {
	told := egress.Config{Ports: plan.Ports, ForwardPort: plan.port}
	if plan.Mode == runner.NetworkListed {
		told.Hosts, told.Gateway = plan.Hosts, plan.Gateway
	}
	hosts, err := egress.ParseHosts(told.Hosts)
	if err != nil {
		return fmt.Errorf("permission_profile.network.outbound.allow_host: %w", err)
	}
	if err := egress.CheckPorts(told.Ports); err != nil {
		return fmt.Errorf("permission_profile.network.outbound.allow_port: %w", err)
	}
	image, err := e.egressImage(ctx, api, plan.binary)
	if err != nil {
		return fmt.Errorf("egress container: %w", err)
	}
	labels := maps.Clone(plan.labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[LabelRole] = "egress"
	inside, err := n.create(ctx, api, "inside", labels, client.NetworkCreateOptions{
		Driver: "bridge", Internal: true, EnableIPv6: new(bool),
		// The machine itself has no address on it: what listens there on all addresses
		// is not reached either.
		Options: map[string]string{"com.docker.network.bridge.inhibit_ipv4": "true"},
	})
	if err != nil {
		return err
	}
	outside, err := n.create(ctx, api, "outside", labels, client.NetworkCreateOptions{Driver: "bridge", EnableIPv6: new(bool)})
	if err != nil {
		return err
	}
	if told.Internal, told.Refuse, err = n.ranges(ctx, api, inside); err != nil {
		return err
	}
	alias := "mcp-server-" + randomName()
	if plan.port != 0 {
		told.ForwardTo = alias
	}
	address, err := n.startEgress(ctx, e, api, egressPlan{networkPlan: plan, labels: labels, told: told, image: image, inside: inside, outside: outside})
	if err != nil {
		return fmt.Errorf("egress container: %w", err)
	}
	join(host, networking, inside, &network.EndpointSettings{Aliases: []string{alias}})
	host.DNS, host.DNSSearch = []netip.Addr{address}, []string{"."}
	names, _ := hosts.Names()
	if told.Gateway {
		names = append(names, egress.GatewayName)
	}
	slices.Sort(names)
	for _, name := range names {
		// Newer engines ask no name server for a container of such a network.
		host.ExtraHosts = append(host.ExtraHosts, name+":"+address.String())
	}
	proxy := "http://" + netip.AddrPortFrom(address, uint16(egress.ProxyPort(told.Ports))).String()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		n.env = append(n.env, name+"="+proxy)
	}
	const direct = "localhost,127.0.0.1,::1"
	n.env = append(n.env, "NO_PROXY="+direct, "no_proxy="+direct)
	return nil
}

// ranges are the range of the internal network, and the addresses at which the
// machine itself is reached: those it has on the engine's networks, and all of its
// own where it is this one.
func (n *serverNetwork) ranges(ctx context.Context, api *engine, inside string) (internal netip.Prefix, machine []netip.Prefix, err error) {
	found, err := api.NetworkList(ctx, client.NetworkListOptions{})
	if err != nil {
		return netip.Prefix{}, nil, fmt.Errorf("networks of the engine: %w", err)
	}
	for _, network := range found.Items {
		if network.Driver != "bridge" {
			continue // on others an address may be a router's
		}
		for _, c := range network.IPAM.Config {
			if network.Name == inside && c.Subnet.IsValid() && c.Subnet.Addr().Is4() {
				internal = c.Subnet.Masked()
			}
			if c.Gateway.IsValid() {
				machine = append(machine, netip.PrefixFrom(c.Gateway, c.Gateway.BitLen()))
			} else if c.Subnet.IsValid() {
				first := c.Subnet.Masked().Addr().Next()
				machine = append(machine, netip.PrefixFrom(first, first.BitLen()))
			}
		}
	}
	if !internal.IsValid() {
		return netip.Prefix{}, nil, errors.New("network of the server: the engine tells no IPv4 range of it")
	}
	if onThisMachine(api) {
		own, err := net.InterfaceAddrs()
		if err != nil {
			return netip.Prefix{}, nil, fmt.Errorf("addresses of this machine: %w", err)
		}
		for _, a := range own {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				return netip.Prefix{}, nil, fmt.Errorf("addresses of this machine: %w", err)
			}
			addr := prefix.Addr().Unmap()
			machine = append(machine, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	slices.SortFunc(machine, netip.Prefix.Compare)
	return internal, slices.Compact(machine), nil
}

// egressPlan is what an egress container is made of.
type egressPlan struct {
	networkPlan
	labels          map[string]string
	told            egress.Config
	image           string
	inside, outside string
}

// startEgress returns the address of the egress container on the internal network,
// once it listens there.
func (n *serverNetwork) startEgress(ctx context.Context, e *Engine, api *engine, plan egressPlan) (netip.Addr, error) {
	told, err := json.Marshal(plan.told)
	if err != nil {
		return netip.Addr{}, err
	}
	pids := int64(egressPIDs)
	host := &container.HostConfig{
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: true,
		// What the program does not let through is not passed on by the kernel either.
		Sysctls:    map[string]string{"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ip_forward": "0"},
		ExtraHosts: slices.Clone(plan.hosts),
		LogConfig:  container.LogConfig{Type: "none"}, // it is read as it is written
		Resources:  container.Resources{Memory: egressMemory, MemorySwap: egressMemory, PidsLimit: &pids},
	}
	if plan.told.Gateway {
		host.ExtraHosts = append(host.ExtraHosts, hostGateway)
	}
	config := &container.Config{
		Image: plan.image, Cmd: []string{string(told)},
		User: runner.DefaultContainerUser, Hostname: "egress",
		Env:       []string{fmt.Sprintf("GOMEMLIMIT=%d", egressMemory*3/4)},
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStderr: true,
	}
	publish(host, plan.port)
	if plan.port != 0 {
		config.ExposedPorts = network.PortSet{tcpPort(plan.port): {}}
	}
	networking := &network.NetworkingConfig{}
	join(host, networking, plan.outside, &network.EndpointSettings{})
	name := "mcp-runner-egress-" + randomName()
	config.Labels = maps.Clone(plan.labels)
	config.Labels[LabelContainer] = name
	n.mu.Lock()
	n.egress = name // also where the answer is lost
	n.mu.Unlock()
	making, cancel := toTheEnd(ctx)
	defer cancel()
	asked := client.ContainerCreateOptions{Config: config, HostConfig: host, NetworkingConfig: networking, Name: name}
	made, err := api.ContainerCreate(making, asked)
	if errdefs.IsNotFound(err) { // another version may have removed the image, as an old one
		if config.Image, err = e.egressImage(making, api, plan.binary); err == nil {
			made, err = api.ContainerCreate(making, asked)
		}
	}
	if err != nil {
		return netip.Addr{}, err
	}
	if _, err := api.NetworkConnect(ctx, plan.inside, client.NetworkConnectOptions{Container: made.ID}); err != nil {
		return netip.Addr{}, err
	}
	log, err := attachEgress(ctx, api, made.ID, e.opts.Log)
	if err != nil {
		return netip.Addr{}, err
	}
	n.mu.Lock()
	n.log = log
	n.mu.Unlock()
	if _, err := api.ContainerStart(ctx, made.ID, client.ContainerStartOptions{}); err != nil {
		return netip.Addr{}, err
	}
	if err := log.wait(ctx, egressTimeout); err != nil {
		return netip.Addr{}, err
	}
	found, err := api.ContainerInspect(ctx, made.ID, client.ContainerInspectOptions{})
	if err != nil {
		return netip.Addr{}, err
	}
	if s := found.Container.NetworkSettings; s != nil && s.Networks[plan.inside] != nil {
		if addr := s.Networks[plan.inside].IPAddress; plan.told.Internal.Contains(addr) {
			return addr, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("it has no address in %s", plan.told.Internal)
}

// onThisMachine reports whether a port that the engine publishes on its loopback is
// on ours.
func onThisMachine(api *engine) bool {
	if api.local {
		return true
	}
	at, err := url.Parse(api.DaemonHost())
	if err != nil {
		return false
	}
	switch at.Scheme {
	case "unix", "npipe":
		// Docker Desktop and its like pass their ports on.
		return runtime.GOOS == "darwin" || runtime.GOOS == "windows"
	case "tcp", "http", "https":
		name := at.Hostname()
		addr, err := netip.ParseAddr(name)
		return strings.EqualFold(name, "localhost") || err == nil && addr.IsLoopback()
	default:
		return false
	}
}

// randomName is the part of a name that nobody else has.
func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%x", b)
}

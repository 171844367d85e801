package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/internal/egress"
	"github.com/mcp-runner/mcp-runner/runner"
)

// serverNetwork is the network of one server's container, and what stands in it.
type serverNetwork struct {
	// env are variables that the server gets beside its own, as NAME=VALUE.
	env []string

	// port is where the server listens in its container. It is published by that
	// container, or by the egress container; with fixed, at the host itself.
	port  int
	fixed bool

	mu       sync.Mutex
	egress   string // the name of the egress container
	log      *egressLog
	networks []string // their names
}

// networkPlan is what a server's network is made of.
type networkPlan struct {
	runner.ContainerNetwork
	labels map[string]string
	port   int
	// binary is the file that the egress container runs. Empty means our own.
	binary string
	// hosts are further names of the egress container, as NAME:ADDRESS.
	hosts []string
}

// newNetwork makes the network that cfg.Resolved.Container.Network asks for, with
// labels on all that it creates, and fills in what of host and networking makes a
// container part of it. port is where the server listens in the container, 0 for
// one that talks over stdio.
func (e *Engine) newNetwork(ctx context.Context, api *engine, cfg *runner.RunConfig, labels map[string]string, port int,
	host *container.HostConfig, networking *network.NetworkingConfig) (*serverNetwork, error) {
	if cfg.Resolved == nil || cfg.Resolved.Container == nil {
		return nil, errors.New("the container of this server was not resolved")
	}
	plan := networkPlan{ContainerNetwork: cfg.Resolved.Container.Network, labels: labels, port: port}
	return e.makeNetwork(ctx, api, plan, host, networking)
}

func (e *Engine) makeNetwork(ctx context.Context, api *engine, plan networkPlan, host *container.HostConfig, networking *network.NetworkingConfig) (*serverNetwork, error) {
	if err := plan.Check(); err != nil {
		return nil, err
	}
	if plan.port != 0 {
		if err := egress.CheckPorts([]int{plan.port}); err != nil {
			return nil, fmt.Errorf("target_port: %w", err)
		}
		if !onThisMachine(api) {
			return nil, errors.New("a server that listens for HTTP needs a Docker Engine on this machine: another one publishes its port there, not here; use the stdio transport")
		}
	}
	n := &serverNetwork{port: plan.port}
	var err error
	switch {
	case plan.Mode == runner.NetworkNone && plan.port == 0:
		host.NetworkMode = network.NetworkNone
	case plan.Mode == runner.NetworkHost:
		host.NetworkMode = network.NetworkHost
		n.fixed = true
	case plan.Mode == runner.NetworkBridge:
		err = n.bridge(ctx, api, plan, host, networking)
	default:
		// A server without a network is asked over HTTP through one that leads nowhere.
		err = n.listed(ctx, e, api, plan, host, networking)
	}
	if err != nil {
		return nil, errors.Join(err, n.undo(ctx, api))
	}
	return n, nil
}

// bridge gives the container a network of its own.
func (n *serverNetwork) bridge(ctx context.Context, api *engine, plan networkPlan, host *container.HostConfig, networking *network.NetworkingConfig) error {
	name, err := n.create(ctx, api, "server", plan.labels, client.NetworkCreateOptions{Driver: "bridge"})
	if err != nil {
		return err
	}
	join(host, networking, name, &network.EndpointSettings{})
	if plan.Gateway {
		host.ExtraHosts = append(host.ExtraHosts, hostGateway)
	}
	publish(host, plan.port)
	return nil
}

const hostGateway = egress.GatewayName + ":host-gateway"

// join makes a container part of the one network with the name.
func join(host *container.HostConfig, networking *network.NetworkingConfig, name string, as *network.EndpointSettings) {
	host.NetworkMode = container.NetworkMode(name)
	networking.EndpointsConfig = map[string]*network.EndpointSettings{name: as}
}

// publish has the engine pass connections on from a port of the loopback.
func publish(host *container.HostConfig, port int) {
	if port == 0 {
		return
	}
	if host.PortBindings == nil {
		host.PortBindings = network.PortMap{}
	}
	at := tcpPort(port)
	host.PortBindings[at] = append(host.PortBindings[at], network.PortBinding{HostIP: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
}

// tcpPort is a port that egress.CheckPorts has looked at.
func tcpPort(port int) network.Port {
	return network.MustParsePort(strconv.Itoa(port) + "/tcp")
}

// create makes a network and remembers it for close.
func (n *serverNetwork) create(ctx context.Context, api *engine, kind string, labels map[string]string, opts client.NetworkCreateOptions) (string, error) {
	name := "mcp-runner-" + kind + "-" + randomName()
	opts.Labels = labels
	n.mu.Lock()
	n.networks = append(n.networks, name) // also where the answer is lost
	n.mu.Unlock()
	ctx, cancel := toTheEnd(ctx)
	defer cancel()
	if _, err := api.NetworkCreate(ctx, name, opts); err != nil {
		return "", fmt.Errorf("network of the server: %w", err)
	}
	return name, nil
}

// toTheEnd is for requests that make something: one that is given up half way
// could still make it after it was looked for to be removed.
func toTheEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
}

// address is where on this machine the port of newNetwork is reached, as
// 127.0.0.1:PORT, once the container with the ID has started.
func (n *serverNetwork) address(ctx context.Context, api *engine, containerID string) (string, error) {
	if n.port == 0 {
		return "", errors.New("the server does not listen for HTTP")
	}
	if n.fixed {
		return "127.0.0.1:" + strconv.Itoa(n.port), nil
	}
	n.mu.Lock()
	if n.egress != "" {
		containerID = n.egress
	}
	n.mu.Unlock()
	found, err := api.ContainerInspect(ctx, containerID, client.ContainerInspectOptions{})
	if err != nil {
		return "", err
	}
	if found.Container.NetworkSettings != nil {
		for _, b := range found.Container.NetworkSettings.Ports[tcpPort(n.port)] {
			if b.HostPort != "" && b.HostIP.IsLoopback() {
				return netip.AddrPortFrom(b.HostIP, portNumber(b.HostPort)).String(), nil
			}
		}
	}
	return "", fmt.Errorf("port %d of the container is not published on this machine", n.port)
}

// portNumber is 0, at which nothing answers, for what is no port.
func portNumber(s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// close removes all that newNetwork made. It is called once the server's container
// is gone, or was never made, and may be called twice.
func (n *serverNetwork) close(ctx context.Context, api *engine) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	if n.log != nil {
		n.log.over.Store(true)
	}
	if n.egress != "" {
		_, err := api.ContainerRemove(ctx, n.egress, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !errdefs.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("egress container: %w", err))
		} else {
			n.egress = ""
		}
	}
	if n.log != nil {
		n.log.close()
		n.log = nil
	}
	var left []string
	for _, id := range n.networks {
		if _, err := api.NetworkRemove(ctx, id, client.NetworkRemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("network of the server: %w", err))
			left = append(left, id)
		}
	}
	n.networks = left
	return errors.Join(errs...)
}

// undo is close after an error, also where that is the end of ctx.
func (n *serverNetwork) undo(ctx context.Context, api *engine) error {
	ctx, cancel := toTheEnd(ctx)
	defer cancel()
	return n.close(ctx, api)
}

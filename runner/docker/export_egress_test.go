package docker

import (
	"context"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/runner"
)

// ServerNetwork is a server's network, for tests.
type ServerNetwork struct {
	n   *serverNetwork
	api *engine
}

// NetworkPlan is what MakeNetwork makes.
type NetworkPlan struct {
	runner.ContainerNetwork
	Labels map[string]string
	Port   int
	Binary string
	Hosts  []string
	Remote bool
}

// MakeNetwork is newNetwork with what tests choose.
func MakeNetwork(ctx context.Context, e *Engine, api *client.Client, plan NetworkPlan, host *container.HostConfig, networking *network.NetworkingConfig) (*ServerNetwork, error) {
	c := &engine{Client: api, local: !plan.Remote, os: "linux", arch: "amd64"}
	info, err := api.Info(ctx, client.InfoOptions{})
	if err == nil && info.Info.Architecture == "aarch64" {
		c.arch = "arm64"
	}
	n, err := e.makeNetwork(ctx, c, networkPlan{ContainerNetwork: plan.ContainerNetwork, labels: plan.Labels, port: plan.Port, binary: plan.Binary, hosts: plan.Hosts}, host, networking)
	if err != nil {
		return nil, err
	}
	return &ServerNetwork{n, c}, nil
}

func (s *ServerNetwork) Env() []string { return s.n.env }

func (s *ServerNetwork) Egress() string { return s.n.egress }

func (s *ServerNetwork) Address(ctx context.Context, id string) (string, error) {
	return s.n.address(ctx, s.api, id)
}

func (s *ServerNetwork) Close(ctx context.Context) error { return s.n.close(ctx, s.api) }

// EgressFile is the file that the egress container would run.
func EgressFile(file, arch string) (string, error) {
	f, err := openEgress(file, arch)
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

var OwnedAlone = ownedAlone

// HangUp ends the connection to the egress container, as the end of the process does.
func (s *ServerNetwork) HangUp() { s.n.log.close() }

// DropOldEgress removes the images of other programs.
func DropOldEgress(ctx context.Context, api *client.Client, id string) error {
	return dropOldEgress(ctx, &engine{Client: api}, id)
}

package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/cmd/thv/app/inspector"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	"github.com/stacklok/toolhive/pkg/labels"
	"github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
)

// inspectorName is what ToolHive calls the inspector's container.
const inspectorName = "inspector"

// askInspector asks about the container of the MCP Inspector, which ToolHive
// starts beside its servers. Its own gate knows nothing of it.
func askInspector(cmd *cobra.Command, _ []string) (func() error, error) {
	ui, err1 := cmd.Flags().GetInt("ui-port")
	proxy, err2 := cmd.Flags().GetInt("mcp-proxy-port")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return nil, create(cmd.Context(), "inspector", inspectorConfig(inspector.Image, ui, proxy))
}

// inspectorConfig is what runs, as a run config. proxy is 0 where nobody knows it.
func inspectorConfig(image string, ui, proxy int) *runner.RunConfig {
	cfg := &runner.RunConfig{
		Name: inspectorName, Image: image, ContainerName: inspectorName, BaseName: inspectorName,
		Transport: types.TransportTypeStreamableHTTP, ProxyMode: types.ProxyModeStreamableHTTP,
		Host: "127.0.0.1", Port: ui, TargetPort: ui,
		EnvVars:           map[string]string{"HOST": "0.0.0.0"},
		Secrets:           []string{"made-when-it-starts,target=MCP_PROXY_AUTH_TOKEN"},
		PermissionProfile: &permissions.Profile{},
	}
	if proxy != 0 {
		cfg.Publish = []string{fmt.Sprintf("127.0.0.1:%d:%d", proxy, proxy)}
	}
	return cfg
}

// inspectorOf is the run config of a container that is the inspector; nil of any
// other. A container says of itself what it is, and is judged with its own image.
func inspectorOf(c rt.ContainerInfo) *runner.RunConfig {
	ui, err := labels.GetPort(c.Labels)
	if err != nil || !labels.IsAuxiliaryWorkload(c.Labels) || labels.GetContainerName(c.Labels) != inspectorName {
		return nil
	}
	proxy := 0
	for _, port := range c.Ports {
		if port.HostPort != ui {
			proxy = port.HostPort
		}
	}
	return inspectorConfig(c.Image, ui, proxy)
}

package toolhive

import (
	"os"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/networking"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
)

// beside is what ToolHive starts beside the server of cfg to isolate its network,
// where the environment names an image for it; nil where it starts nothing, or its
// own. Nothing holds such a container: whoever names it could start any image as a
// part of a server that is allowed.
func beside(cfg *thv.RunConfig) *thv.RunConfig {
	if cfg == nil || !cfg.IsolateNetwork || !networking.IsBridgeMode(networkMode(cfg)) {
		return nil
	}
	if where := whereItRuns(cfg); where == kubernetes || where == elsewhere {
		return nil
	}
	variable := "TOOLHIVE_EGRESS_IMAGE"
	if os.Getenv("TOOLHIVE_NETWORK_PROXY") == "envoy" {
		variable = "TOOLHIVE_ENVOY_IMAGE"
	}
	image := os.Getenv(variable)
	if image == "" {
		return nil
	}
	name := cfg.Name + "-egress"
	return &thv.RunConfig{
		Name: name, ContainerName: name, BaseName: name, Group: cfg.Group, Image: image,
		Transport: types.TransportTypeStdio, Host: "127.0.0.1", PermissionProfile: &permissions.Profile{},
	}
}

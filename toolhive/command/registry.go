package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive/pkg/networking"
	"github.com/stacklok/toolhive/pkg/registry"
)

// askLogin asks about the registry of --registry, which ToolHive saves before it
// logs in. Whether ToolHive will take a URL for a file or for an API depends on
// what answers there: it is named as ToolHive's own set-registry names it.
func askLogin(cmd *cobra.Command, _ []string) (func() error, error) {
	to, err := cmd.Flags().GetString("registry")
	if err != nil || to == "" {
		return nil, err
	}
	private, err := cmd.Flags().GetBool("allow-private-ip")
	if err != nil {
		return nil, err
	}
	cfg := &registry.UpdateRegistryConfig{AllowPrivateIP: private, HasAuth: true}
	if networking.IsURL(to) {
		cfg.URL = to
	} else {
		cfg.LocalPath = to
	}
	if err := registry.ActivePolicyGate().CheckUpdateRegistry(cmd.Context(), cfg); err != nil {
		return nil, fmt.Errorf("registry blocked by policy: %w", err)
	}
	return nil, nil
}

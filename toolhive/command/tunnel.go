package command

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
)

// everyone is where a server listens that a tunnel makes reachable from anywhere.
const everyone = "0.0.0.0"

// askStdio asks about the workload that a bridge makes reachable anew.
func askStdio(cmd *cobra.Command, args []string) (func() error, error) {
	cfg, err := saved(cmd.Context(), args[0])
	if err != nil {
		return nil, err
	}
	return nil, create(cmd.Context(), "proxy", cfg)
}

// askTunnel asks about the target of a tunnel as a server that everyone reaches:
// a URL as a remote one, a workload as what ToolHive has saved of it.
func askTunnel(cmd *cobra.Command, args []string) (func() error, error) {
	cfg := &runner.RunConfig{
		Name: args[1], RemoteURL: args[0],
		Transport: types.TransportTypeStreamableHTTP, ProxyMode: types.ProxyModeStreamableHTTP,
	}
	if !isURL(args[0]) {
		var err error
		if cfg, err = saved(cmd.Context(), args[0]); err != nil {
			return nil, err
		}
	}
	cfg.Host = everyone
	return nil, create(cmd.Context(), "tunnel", cfg)
}

// isURL reports whether ToolHive takes a tunnel's target for a URL. Where it would
// take it for a workload the answer may be wrong only for what no workload can be
// called.
func isURL(target string) bool {
	u, err := url.Parse(target)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme != "" && u.Host != "")
}

package toolhive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/stacklok/toolhive/pkg/labels"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport"
	"github.com/stacklok/toolhive/pkg/transport/types"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// inputFor is what policies see of cfg: the same at every question that ToolHive
// asks about one server, and what ToolHive will do rather than what was written.
// It may hold secrets: [gate.Gate.Check] takes them out. reference is what the
// image was built from, as in npx://pkg@1, or "". cfg is only read. The error is
// [gate.ErrUndecided], without a secret in its text.
//
// What a registry says of a server is taken as given: a file of --from-config can
// say the same of any image, so it is never verified.
func inputFor(ctx context.Context, cfg *thv.RunConfig, reference string) (gate.Input, error) {
	in, err := makeInput(ctx, cfg, reference)
	if err != nil {
		return gate.Input{}, fmt.Errorf("%w: %s", gate.ErrUndecided, gate.RedactText(err.Error()))
	}
	return in, nil
}

func makeInput(ctx context.Context, cfg *thv.RunConfig, reference string) (gate.Input, error) {
	if err := ctx.Err(); err != nil {
		return gate.Input{}, err
	}
	where := whereItRuns(cfg)
	hidden, err := fileSecrets(cfg)
	if err != nil {
		return gate.Input{}, err
	}
	rc, err := runConfig(cfg, reference, where, hidden)
	if err != nil {
		return gate.Input{}, err
	}
	in, err := gate.Unredacted(rc)
	if err != nil {
		return gate.Input{}, err
	}
	for _, name := range hidden {
		in.Server.Environment = append(in.Server.Environment, gate.Variable{Name: name, Source: "secret"})
	}
	slices.SortStableFunc(in.Server.Environment, func(a, b gate.Variable) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
	})
	ports, err := publishedPorts(cfg, where)
	if err != nil {
		return gate.Input{}, err
	}
	in.Server.PublishedPorts = slices.Concat(ports, in.Server.PublishedPorts) // behind those of a pod template patch
	if err := permit(cfg, where, &in.Server.Permissions); err != nil {
		return gate.Input{}, err
	}
	chain, err := middlewareOf(cfg)
	if err != nil {
		return gate.Input{}, err
	}
	in.Server.Auth = chain.auth
	if in.Server.Packages, err = builtWith(cfg, rc); err != nil {
		return gate.Input{}, err
	}
	if cfg.RemoteURL != "" {
		in.Server.Remote.Authenticated = in.Server.Remote.Authenticated || chain.logsIn()
	}
	in.Config, err = configObject(cfg, rc, chain, &in.Server)
	return in, err
}

// place is what creates the server.
type place int

const (
	docker     place = iota // a container engine, also one that is not Docker
	kubernetes              // Kubernetes, which was asked for by name
	unsure                  // in a pod, where ToolHive takes an engine if it finds one
	elsewhere               // nothing is created: the server is a remote one
)

// runConfig is cfg as mcp-runner's own run config, which the gate normalises.
// What is enforced is not in it: see permit, publishedPorts and middlewareOf. Nor
// are the variables in hidden.
func runConfig(cfg *thv.RunConfig, reference string, where place, hidden []string) (*runner.RunConfig, error) {
	switch cfg.Transport {
	case types.TransportTypeStdio, types.TransportTypeSSE, types.TransportTypeStreamableHTTP:
	default:
		return nil, fmt.Errorf("transport %q: ToolHive runs stdio, sse and streamable-http only", cfg.Transport)
	}
	rc := &runner.RunConfig{
		SchemaVersion: thv.CurrentSchemaVersion,
		Image:         cfg.Image, CmdArgs: cfg.CmdArgs,
		Name: cfg.Name, ContainerName: cfg.ContainerName, BaseName: cfg.BaseName, Group: cfg.Group,
		Transport: string(cfg.Transport), ProxyMode: string(types.EffectiveProxyMode(cfg.Transport, cfg.ProxyMode)),
		Host: listens(cfg), Port: cfg.Port, AllowedOrigins: cfg.AllowedOrigins, TrustProxyHeaders: cfg.TrustProxyHeaders,
		RegistryAPIURL: cfg.RegistryAPIURL, RegistryURL: cfg.RegistryURL, RegistryServerName: cfg.RegistryServerName,
		Secrets: cfg.Secrets, ContainerLabels: containerLabels(cfg, where),
		K8sPodTemplatePatch: cfg.K8sPodTemplatePatch,
		Resolved:            &runner.Resolved{Container: &runner.ResolvedContainer{}},
	}
	if reference != "" {
		rc.Image = reference
	}
	var err error
	if rc.EnvVars, err = environment(cfg, runner.IsPackage(rc.Image)); err != nil {
		return nil, err
	}
	for _, name := range hidden {
		delete(rc.EnvVars, name)
	}
	if cfg.RuntimeConfig != nil {
		if rc.RuntimeConfig, err = json.Marshal(cfg.RuntimeConfig); err != nil {
			return nil, fmt.Errorf("runtime_config: %w", err)
		}
	}
	if where == elsewhere {
		// ToolHive writes the URL into both, and looks at no image where there is one.
		rc.Image, rc.RemoteURL, rc.Resolved = "", cfg.RemoteURL, nil
		if h := cfg.HeaderForward; h != nil {
			rc.HeaderForward = &runner.HeaderForward{AddPlaintextHeaders: h.AddPlaintextHeaders, AddHeadersFromSecret: h.AddHeadersFromSecret}
		}
		return rc, nil
	}
	if rc.Image == "" {
		return nil, errors.New("run config has neither image nor remote_url")
	}
	rc.Resolved.Mounts, err = mounts(cfg, where)
	return rc, err
}

// listens is the host of the proxy. With none, that of a stdio server listens on
// every address, and those of the other transports on one of this machine alone.
func listens(cfg *thv.RunConfig) string {
	switch {
	case cfg.Host != "":
		return cfg.Host
	case cfg.Transport == types.TransportTypeStdio:
		return "0.0.0.0"
	default:
		return transport.LocalhostIPv4
	}
}

// containerLabels are those that the person gave: ToolHive adds the label of its
// network isolation, and on Kubernetes two more, when it creates the container,
// and a later question would see them. The two are there from the first question.
func containerLabels(cfg *thv.RunConfig, where place) map[string]string {
	out := maps.Clone(cfg.ContainerLabels)
	delete(out, labels.LabelNetworkIsolation)
	if where == kubernetes || where == unsure {
		if out == nil {
			out = map[string]string{}
		}
		out["app"], out["toolhive"] = cfg.ContainerName, "true"
	}
	return out
}

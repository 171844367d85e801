package toolhive

import (
	"context"
	"errors"

	"github.com/stacklok/toolhive/pkg/registry"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

// RegistryGate is ToolHive's policy gate for registries.
type RegistryGate struct {
	// As in [Gate].
	registry.NoopPolicyGate

	policy *Policy
}

var _ registry.PolicyGate = (*RegistryGate)(nil)

// registryStep names in errors what looks for the file of a registry, which may be
// on a file system that hangs.
const registryStep = "reading the registry"

// CheckUpdateRegistry decides whether ToolHive may take servers from another
// registry. See [Gate.CheckCreateServer] for the error.
func (g *RegistryGate) CheckUpdateRegistry(ctx context.Context, cfg *registry.UpdateRegistryConfig) error {
	if cfg == nil {
		return g.refuse(ctx, gate.OperationUpdateRegistry)
	}
	return g.check(ctx, gate.OperationUpdateRegistry, gate.Registry{
		URL: cfg.URL, APIURL: cfg.APIURL, LocalPath: cfg.LocalPath, AllowPrivateIP: cfg.AllowPrivateIP, HasAuth: cfg.HasAuth,
	})
}

// CheckDeleteRegistry decides whether ToolHive may go back to its own registry.
func (g *RegistryGate) CheckDeleteRegistry(ctx context.Context, cfg *registry.DeleteRegistryConfig) error {
	if cfg == nil {
		return g.refuse(ctx, gate.OperationDeleteRegistry)
	}
	return g.check(ctx, gate.OperationDeleteRegistry, gate.Registry{Name: cfg.Name})
}

func (g *RegistryGate) check(ctx context.Context, operation string, given gate.Registry) error {
	limited, cancel := deadline.Context(ctx, g.policy.inputDeadline)
	defer cancel()
	in, err := deadline.Do(limited, &g.policy.inputs, registryStep, func(*deadline.Call) (gate.Input, error) {
		return g.policy.registry(operation, given)
	})
	if err != nil {
		in = gate.Input{Operation: operation} // all that the record can show
	}
	return g.policy.check(ctx, in, err)
}

func (g *RegistryGate) refuse(ctx context.Context, operation string) error {
	return g.policy.check(ctx, gate.Input{Operation: operation}, errors.New("the registry is nil"))
}

package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	"github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/secrets"
	"github.com/stacklok/toolhive/pkg/state"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

// savedConfigs is where ToolHive keeps the run configs of its workloads.
func savedConfigs() (state.Store, error) {
	if rt.IsKubernetesRuntime() {
		// ToolHive's store is always empty there: nothing would be found.
		return nil, errors.New("ToolHive saves no run configs in Kubernetes")
	}
	return state.NewRunConfigStore(state.DefaultAppName)
}

// saved returns the run config of a workload, see readSaved. The error is
// [gate.ErrUndecided].
func saved(ctx context.Context, name string) (*runner.RunConfig, error) {
	store, err := savedConfigs()
	if err != nil {
		return nil, fmt.Errorf("%w: workload %s: %w", gate.ErrUndecided, name, err)
	}
	if known, err := store.Exists(ctx, name); err == nil && !known {
		return nil, fmt.Errorf("%w: ToolHive has saved no workload %q: 'thv-gated list --all' names those that it has", gate.ErrUndecided, name)
	}
	cfg, err := readSaved(ctx, store, name)
	if err != nil {
		return nil, fmt.Errorf("%w: workload %s: %w", gate.ErrUndecided, name, err)
	}
	return cfg, nil
}

// readSaved returns the run config of a workload as ToolHive would start it. It
// writes nothing: ToolHive's own reading puts secrets that it finds in clear into
// its secret store, and the config back. The error holds nothing of the config.
//
// A file that does not open, such as a pipe, is an error after readDeadline.
func readSaved(ctx context.Context, store state.Store, name string) (*runner.RunConfig, error) {
	ctx, cancel := deadline.Context(ctx, readDeadline)
	defer cancel()
	var alone deadline.Watch // one file that does not open says nothing about the next
	return deadline.Do(ctx, &alone, "reading its run config", func(*deadline.Call) (*runner.RunConfig, error) {
		return decodeSaved(ctx, store, name)
	})
}

// readDeadline bounds the reading of one saved run config.
var readDeadline = 5 * time.Second

func decodeSaved(ctx context.Context, store state.Store, name string) (_ *runner.RunConfig, err error) {
	r, err := store.GetReader(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("its run config cannot be read: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var cfg runner.RunConfig
	if err := json.NewDecoder(r).Decode(&cfg); err != nil {
		return nil, fmt.Errorf("its run config cannot be read: %s", unreadable(err))
	}
	if auth := cfg.RemoteAuthConfig; auth != nil {
		keepOut(&auth.ClientSecret)
		keepOut(&auth.BearerToken)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(&cfg); err != nil {
		return nil, errors.New("its run config cannot be read: it is not what ToolHive writes")
	}
	// With no secret in clear this changes the config in memory only.
	read, err := runner.ReadJSON(&b)
	if err != nil {
		return nil, errors.New("its run config cannot be read: ToolHive would not start it")
	}
	return read, nil
}

// keepOut replaces a secret in clear by a reference, as ToolHive's migration does.
func keepOut(secret *string) {
	if *secret == "" {
		return
	}
	if _, err := secrets.ParseSecretParameter(*secret); err != nil {
		*secret = secrets.SecretParameter{Name: "redacted", Target: "redacted"}.ToCLIString()
	}
}

// unreadable says what is wrong with JSON, and nothing that stands in it.
func unreadable(err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("not JSON from byte %d on", syntax.Offset)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s has a value of the wrong type", cmp.Or(kind.Field, "all of it"))
	}
	return "not the JSON of a run config"
}

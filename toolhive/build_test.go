package toolhive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/config"
	"github.com/stacklok/toolhive/pkg/container/templates"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/toolhive"
)

// policyFor is a registered policy that denies servers called evil, of a user
// with an empty state directory.
func policyFor(t *testing.T) *toolhive.Policy {
	t.Helper()
	home(t) // a question reads ToolHive's settings
	dir := t.TempDir()
	const rules = "package mcp.policy.house.rules\n\ndeny contains \"evil is not for us\" if input.server.name == \"evil\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.rego"), []byte(rules), 0o600))
	env := map[string]string{"MCP_RUNNER_POLICY": dir, "XDG_STATE_HOME": t.TempDir(), "HOME": t.TempDir()}
	p := toolhive.FromEnvironment(toolhive.Options{LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }})
	before := thv.ActivePolicyGate()
	p.Register()
	t.Cleanup(func() {
		thv.RegisterPolicyGate(before)
		require.NoError(t, p.Close())
	})
	return p
}

// toBuild is a run config as ToolHive has it of an image that is yet to be built.
func toBuild(name string, change ...func(*thv.RunConfig)) *thv.RunConfig {
	cfg := &thv.RunConfig{Name: name, Image: goodImage, Transport: types.TransportTypeStdio, Host: "127.0.0.1", PermissionProfile: permissions.BuiltinNoneProfile()}
	for _, c := range change {
		c(cfg)
	}
	return cfg
}

func check(cfg *thv.RunConfig) func(context.Context) error {
	return func(ctx context.Context) error { return thv.ActivePolicyGate().CheckCreateServer(ctx, cfg) }
}

var good = toolhive.Build{Reference: "npx://good", Args: []string{"start"}}

const goodImage = "toolhivelocal/npx-good:20260102030405"

// Nothing but a verdict of this policy lets an image be built.
func TestAskBeforeBuildNeedsAVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		describe func(context.Context) error
		is       error
		want     string
	}{
		"denied":           {check(toBuild("evil")), nil, "evil is not for us"},
		"denied, unheard":  {func(ctx context.Context) error { _ = check(toBuild("evil"))(ctx); return nil }, nil, "server creation blocked by policy: house.rules: evil is not for us"},
		"not asked":        {func(context.Context) error { return nil }, gate.ErrUndecided, "ToolHive did not ask about npx://good"},
		"asked elsewhere":  {func(context.Context) error { return check(toBuild("good"))(context.Background()) }, gate.ErrUndecided, "did not ask"},
		"an error before":  {func(context.Context) error { return errors.New("no such profile") }, nil, "no such profile"},
		"without a config": {check(nil), gate.ErrUndecided, "run config is nil"},
	} {
		t.Run(name, func(t *testing.T) {
			p := policyFor(t)
			_, err := p.AskBeforeBuild(t.Context(), good, c.describe)
			require.ErrorContains(t, err, c.want)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			_, reference, err := toolhive.Whole(p, t.Context(), &thv.RunConfig{Image: goodImage})
			require.NoError(t, err)
			require.Empty(t, reference, "nothing of it is known")
		})
	}
	t.Run("another gate", func(t *testing.T) {
		p := policyFor(t)
		thv.RegisterPolicyGate(toolhive.New(nil).Servers())
		_, err := p.AskBeforeBuild(t.Context(), good, check(toBuild("good")))
		require.ErrorIs(t, err, gate.ErrUndecided)
		require.ErrorContains(t, err, "ToolHive asks another gate")
	})
}

// ToolHive never goes on from the question itself: it would pull an image.
func TestAskBeforeBuildStopsToolHive(t *testing.T) {
	p := policyFor(t)
	var stopped error
	cfg, err := p.AskBeforeBuild(t.Context(), good, func(ctx context.Context) error {
		stopped = check(toBuild("good", func(c *thv.RunConfig) { c.Port = 7 }))(ctx)
		return stopped
	})
	require.NoError(t, err)
	require.Error(t, stopped)
	require.Equal(t, 7, cfg.Port)
}

// The image that ToolHive builds after an allowed question is what was asked
// about, in this process and in the next.
func TestBuiltImageIsKnown(t *testing.T) {
	p := policyFor(t)
	runtime := &templates.RuntimeConfig{BuildWith: []string{"a<2"}}
	_, err := p.AskBeforeBuild(t.Context(), good, check(toBuild("good", func(c *thv.RunConfig) { c.RuntimeConfig = runtime })))
	require.NoError(t, err)

	cfg := &thv.RunConfig{Name: "good", Image: goodImage, CmdArgs: []string{"--flag"}}
	for _, image := range []string{"toolhivelocal/npx-other:20260102030405", "toolhivelocal/uvx-good:20260102030405", "toolhivelocal/npx-good:latest", "evil/x:1"} {
		other, reference, err := toolhive.Whole(p, t.Context(), &thv.RunConfig{Image: image})
		require.NoError(t, err)
		require.Empty(t, reference, image)
		require.Equal(t, &thv.RunConfig{Image: image}, other)
	}
	for range 2 { // in memory, then from the file
		whole, reference, err := toolhive.Whole(p, t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, "npx://good", reference)
		require.Equal(t, []string{"start", "--flag"}, whole.CmdArgs, "what the image starts with is seen too")
		require.Equal(t, runtime, whole.RuntimeConfig)
		require.Equal(t, []string{"--flag"}, cfg.CmdArgs, "ToolHive's config is not changed")
		require.Nil(t, cfg.RuntimeConfig)
	}
}

// What the person's settings put into every image is asked about, and remembered.
func TestSettingsOfABuild(t *testing.T) {
	p := policyFor(t)
	settings := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(settings, []byte("runtime_configs:\n  npx:\n    additional_packages: [curl]\n"), 0o600))
	config.RegisterProviderFactory(func() config.Provider { return config.NewPathProvider(settings) })
	t.Cleanup(func() { config.RegisterProviderFactory(nil) })
	want := &templates.RuntimeConfig{AdditionalPackages: []string{"curl"}}

	var asked *thv.RunConfig
	cfg := toBuild("good")
	allowed, err := p.AskBeforeBuild(t.Context(), good, func(ctx context.Context) error {
		var err error
		asked, _, err = toolhive.Whole(p, ctx, cfg)
		require.NoError(t, err)
		return check(cfg)(ctx)
	})
	require.NoError(t, err)
	require.Equal(t, want, asked.RuntimeConfig)
	require.Equal(t, want, allowed.RuntimeConfig)
	require.Nil(t, cfg.RuntimeConfig, "ToolHive's config is not changed")
	whole, _, err := toolhive.Whole(p, t.Context(), &thv.RunConfig{Image: goodImage})
	require.NoError(t, err)
	require.Equal(t, want, whole.RuntimeConfig)

	// Flags take the place of the settings.
	flags := &templates.RuntimeConfig{AdditionalPackages: []string{"git"}}
	allowed, err = p.AskBeforeBuild(t.Context(), good, check(toBuild("good", func(c *thv.RunConfig) { c.RuntimeConfig = flags })))
	require.NoError(t, err)
	require.Equal(t, flags, allowed.RuntimeConfig)
}

// What cannot be remembered would be another server at its restart.
func TestUnrememberedBuildIsDenied(t *testing.T) {
	policyFor(t) // restores the gate
	state := filepath.Join(t.TempDir(), "state")
	require.NoError(t, os.WriteFile(state, nil, 0o600))
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("MCP_RUNNER_DECISION_LOG", filepath.Join(t.TempDir(), "decisions.jsonl"))
	p := toolhive.FromEnvironment(toolhive.Options{})
	p.Register()
	_, err := p.AskBeforeBuild(t.Context(), good, check(toBuild("good")))
	require.NoError(t, err)
	err = check(toBuild("good"))(t.Context())
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, "cannot be remembered")
	require.NoError(t, p.Close())
}

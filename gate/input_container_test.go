package gate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// resolved is cfg as Resolve makes it where the engine has found image.
func resolvedContainer(t *testing.T, cfg *runner.RunConfig, image runner.ResolvedImage) *runner.RunConfig {
	t.Helper()
	cfg, err := runner.Resolve(t.Context(), cfg)
	require.NoError(t, err)
	cfg.Resolved.Container.Image = image
	return cfg
}

func TestInputOfAResolvedImage(t *testing.T) {
	found := runner.ResolvedImage{Digest: sha256Digest, ID: "sha256:" + strings.Repeat("cd", 32)}
	other := "sha256:" + strings.Repeat("ef", 32)
	for reference, want := range map[string]gate.Image{
		"ghcr.io/a/b:1":                 {Repository: "a/b", Tag: "1"},
		"ghcr.io/a/b":                   {Repository: "a/b", Tag: "latest"},
		"ghcr.io/a/b@" + sha256Digest:   {Repository: "a/b", Pinned: true},
		"ghcr.io/a/b:1@" + sha256Digest: {Repository: "a/b", Tag: "1", Pinned: true},
	} {
		want.Reference, want.Registry, want.Digest, want.ID = reference, "ghcr.io", found.Digest, found.ID
		require.Equal(t, want, inputFor(t, resolvedContainer(t, &runner.RunConfig{Image: reference}, found)).Server.Image)
	}
	pinned := "ghcr.io/a/b@" + other
	_, err := gate.InputFor(resolvedContainer(t, &runner.RunConfig{Image: pinned}, found))
	require.EqualError(t, err, "image "+pinned+": it was resolved to "+found.Digest+", which is not the digest that was asked for")

	// One that no registry has.
	local := inputFor(t, resolvedContainer(t, &runner.RunConfig{Image: "alpine"}, runner.ResolvedImage{ID: found.ID})).Server.Image
	require.Equal(t, gate.Image{Reference: "alpine", Registry: "docker.io", Repository: "library/alpine", Tag: "latest", ID: found.ID}, local)
	// Asked for by a digest, known by its ID alone: what was asked for stays.
	byID := inputFor(t, resolvedContainer(t, &runner.RunConfig{Image: pinned}, runner.ResolvedImage{ID: found.ID})).Server.Image
	require.Equal(t, other, byID.Digest)
	require.Equal(t, found.ID, byID.ID)
}

func TestInputOfContainerOptions(t *testing.T) {
	p := inputFor(t, resolvedContainer(t, &runner.RunConfig{Image: "alpine"}, runner.ResolvedImage{})).Server.Permissions
	require.Equal(t, gate.Limits{MemoryBytes: 1 << 30, CPUs: 2, PIDs: 512}, p.Limits)
	require.True(t, p.ReadOnlyRoot)
	require.Empty(t, p.User)

	cfg := &runner.RunConfig{Image: "alpine", Container: &runner.ContainerOptions{User: "app:1", WritableRoot: true, MemoryBytes: 8 << 20, CPUs: 0.5, PIDs: 7}}
	want := gate.Permissions{User: "app:1", Limits: gate.Limits{MemoryBytes: 8 << 20, CPUs: 0.5, PIDs: 7}}
	for _, cfg := range []*runner.RunConfig{cfg, resolvedContainer(t, cfg, runner.ResolvedImage{User: "root"})} {
		p := inputFor(t, cfg).Server.Permissions
		require.Equal(t, want, gate.Permissions{User: p.User, ReadOnlyRoot: p.ReadOnlyRoot, Limits: p.Limits})
	}
	// What was found out counts, not what the config says.
	cfg = resolvedContainer(t, cfg, runner.ResolvedImage{})
	cfg.Resolved.Container.User = "root"
	require.Equal(t, "root", inputFor(t, cfg).Server.Permissions.User)

	// A process and a package have none of it.
	for _, cfg := range []*runner.RunConfig{process("a"), {Image: "npx://a@1.0.0"}, {RemoteURL: "https://a.example"}} {
		cfg.Container = &runner.ContainerOptions{User: "root"}
		p := inputFor(t, cfg).Server.Permissions
		require.Empty(t, p.User)
		require.Zero(t, p.Limits)
		require.False(t, p.ReadOnlyRoot)
	}
}

// Policies see the network that a container will have, whatever the config calls
// it.
func TestInputOfAContainersNetwork(t *testing.T) {
	hosts := func(names ...string) *runner.OutboundPermissions {
		return &runner.OutboundPermissions{AllowHost: names}
	}
	all := &runner.OutboundPermissions{InsecureAllowAll: true, AllowHost: []string{"A.example"}}
	none := gate.Network{Mode: "none", Isolated: true}
	open := gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true}}
	listed := func(mode string, names ...string) gate.Network {
		return gate.Network{Mode: mode, Isolated: true, Outbound: gate.Outbound{Hosts: names}}
	}
	for name, tc := range map[string]struct {
		network *runner.NetworkPermissions
		want    gate.Network
	}{
		"nothing":                 {nil, none},
		"empty":                   {&runner.NetworkPermissions{}, none},
		"no outbound":             {&runner.NetworkPermissions{Outbound: hosts()}, none},
		"none":                    {&runner.NetworkPermissions{Mode: "none"}, none},
		"none in spite of a list": {&runner.NetworkPermissions{Mode: "none", Outbound: all}, none},
		"bridge":                  {&runner.NetworkPermissions{Mode: "bridge"}, open},
		"bridge without hosts":    {&runner.NetworkPermissions{Mode: "bridge", Outbound: hosts()}, none},
		"all": {&runner.NetworkPermissions{Outbound: all},
			gate.Network{Mode: "bridge", Outbound: gate.Outbound{AllowAll: true, Hosts: []string{"a.example"}}}},
		"listed":           {&runner.NetworkPermissions{Outbound: hosts("A.example.")}, listed("", "a.example")},
		"listed by bridge": {&runner.NetworkPermissions{Mode: "bridge", Outbound: hosts("a.example")}, listed("bridge", "a.example")},
		"host":             {&runner.NetworkPermissions{Mode: "host"}, gate.Network{Mode: "host", Outbound: gate.Outbound{AllowAll: true}}},
		"host with a list": {&runner.NetworkPermissions{Mode: "host", Outbound: hosts("a.example")},
			gate.Network{Mode: "host", Outbound: gate.Outbound{AllowAll: true, Hosts: []string{"a.example"}}}},
		"another": {&runner.NetworkPermissions{Mode: "container:x"}, gate.Network{Mode: "container:x", Outbound: gate.Outbound{AllowAll: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, isolate := range []bool{false, true} {
				cfg := &runner.RunConfig{Image: "alpine", IsolateNetwork: isolate}
				if tc.network != nil {
					cfg.PermissionProfile = &runner.PermissionProfile{Network: tc.network}
				}
				want := tc.want
				for _, list := range []*[]string{&want.Outbound.Hosts, &want.Inbound.Hosts} {
					if *list == nil {
						*list = []string{}
					}
				}
				want.Outbound.Ports = []int{}
				require.Equal(t, want, inputFor(t, cfg).Server.Permissions.Network, "not resolved")
				require.Equal(t, want, inputFor(t, resolvedContainer(t, cfg, runner.ResolvedImage{})).Server.Permissions.Network)
			}
		})
	}

	// A profile by name is that profile to the runtime, too.
	cfg := &runner.RunConfig{Image: "alpine", PermissionProfileNameOrPath: runner.ProfileNetwork}
	require.Equal(t, runner.NetworkBridge, resolvedContainer(t, cfg, runner.ResolvedImage{}).Resolved.Container.Network.Mode)
	cfg.PermissionProfileNameOrPath = runner.ProfileNone
	require.Equal(t, runner.NetworkNone, resolvedContainer(t, cfg, runner.ResolvedImage{}).Resolved.Container.Network.Mode)

	// The way to the host is one of the hosts.
	cfg = &runner.RunConfig{Image: "alpine", AllowDockerGateway: true, PermissionProfile: &runner.PermissionProfile{
		Network: &runner.NetworkPermissions{Outbound: hosts("a.example")}}}
	require.Equal(t, []string{"a.example", "host.docker.internal"}, inputFor(t, cfg).Server.Permissions.Network.Outbound.Hosts)
	cfg.PermissionProfile.Network.Outbound = hosts("host.docker.internal")
	require.Equal(t, []string{"host.docker.internal"}, inputFor(t, cfg).Server.Permissions.Network.Outbound.Hosts)
}

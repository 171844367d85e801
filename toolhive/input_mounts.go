package toolhive

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/networking"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// mounts are those that the container gets: of the permission profile, each read
// as ToolHive's client of the container engine reads it. What that skips mounts
// nothing and is not here: a declaration that it cannot parse, and a URI. The
// volumes of a run config are how its builder fills the profile; in a file of
// --from-config they may say anything, and mount nothing. What ToolHive puts
// over ignored files is its own and empty.
func mounts(cfg *thv.RunConfig, where place) ([]runner.Mount, error) {
	profile := cfg.PermissionProfile
	if profile == nil || where == kubernetes { // which looks at no profile
		return nil, nil
	}
	var found []runner.Mount
	for _, declared := range profile.Read {
		if m, ok := declaredMount(declared); ok {
			m.ReadOnly = true
			found = append(found, m)
		}
	}
	for _, declared := range profile.Write {
		m, ok := declaredMount(declared)
		if !ok {
			continue
		}
		// ToolHive makes the first mount at that target writable, whose source it
		// stays with.
		i := slices.IndexFunc(found, func(other runner.Mount) bool { return other.Target == m.Target })
		if i < 0 {
			found = append(found, m)
			continue
		}
		found[i].ReadOnly = false
	}
	var out []runner.Mount
	for _, m := range found {
		resolved, err := runner.ResolveMount(m)
		if err != nil {
			return nil, fmt.Errorf("permission_profile: %w", err)
		}
		if !slices.Contains(out, resolved) {
			out = append(out, resolved)
		}
	}
	return out, nil
}

// declaredMount is what ToolHive makes of a declaration: a relative path is one
// below the current directory, and ~ is a name like any other but on Windows.
func declaredMount(declared permissions.MountDeclaration) (runner.Mount, bool) {
	source, target, err := declared.Parse()
	if err != nil || strings.Contains(source, "://") {
		return runner.Mount{}, false
	}
	if !filepath.IsAbs(source) {
		if runtime.GOOS == "windows" && strings.HasPrefix(source, "~") {
			source = strings.Replace(source, "~", os.Getenv("USERPROFILE"), 1)
		}
		if source, err = filepath.Abs(source); err != nil {
			return runner.Mount{}, false
		}
	}
	return runner.Mount{Source: source, Target: target}, true
}

// publishedPorts are the ports that ToolHive asks the container engine to
// publish: those of publish at every address of the machine, and for a server
// that talks HTTP its own, so that it is reached past the proxy. On Kubernetes
// there are none: its services are reached in the cluster. A network that is
// isolated publishes nothing on some engines; they are listed all the same.
func publishedPorts(cfg *thv.RunConfig, where place) ([]gate.PublishedPort, error) {
	if where == kubernetes || where == elsewhere {
		return nil, nil
	}
	var ports []gate.PublishedPort
	for i, spec := range cfg.Publish {
		port, err := publishedPort(spec)
		if err != nil {
			return nil, fmt.Errorf("publish[%d]: %w", i, err)
		}
		ports = append(ports, port)
	}
	if cfg.Transport == types.TransportTypeStdio {
		return ports, nil
	}
	own := gate.PublishedPort{HostPort: cfg.TargetPort, ContainerPort: cfg.TargetPort}
	// No host is every address, and what is no address counts as every one.
	if address, err := netip.ParseAddr(cfg.Host); err == nil {
		own.HostIP = address.Unmap().String()
	}
	return append(ports, own), nil
}

// publishedPort reads HOST:CONTAINER as ToolHive does. For CONTAINER alone that
// looks for a free port, another one at each question: that is 0 here. An address
// before both stands only where thv-gated asks about the inspector: ToolHive
// itself refuses it.
func publishedPort(spec string) (gate.PublishedPort, error) {
	if ip, _, _ := strings.Cut(spec, ":"); strings.Contains(ip, ".") {
		m, err := runner.ParsePublish(spec)
		return gate.PublishedPort{HostIP: m.HostIP, HostPort: m.HostPort, ContainerPort: m.ContainerPort}, err
	}
	if !strings.Contains(spec, ":") {
		port, err := strconv.Atoi(spec)
		if err != nil {
			return gate.PublishedPort{}, fmt.Errorf("%q is neither a port nor HOST:CONTAINER", spec)
		}
		return gate.PublishedPort{ContainerPort: port}, nil
	}
	host, container, err := networking.ParsePortSpec(spec)
	if err != nil {
		return gate.PublishedPort{}, err
	}
	port, err := strconv.Atoi(host)
	return gate.PublishedPort{HostPort: port, ContainerPort: container}, err
}

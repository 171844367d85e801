package docker

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcp-runner/mcp-runner/runner"
)

// Supported returns an error where a container would not do all that cfg asks for.
// A policy may have allowed a server because of such a field, so none is ignored.
func (e *Engine) Supported(cfg *runner.RunConfig) error {
	if fields := unsupported(cfg); len(fields) > 0 {
		return fmt.Errorf("a container has no %s in this version: leave it out, or run the server where that is enforced",
			strings.Join(fields, ", no "))
	}
	for _, check := range []func(*runner.RunConfig) error{checkTransport, checkInbound, checkVolumes, checkLabels, checkNetwork} {
		if err := check(cfg); err != nil {
			return err
		}
	}
	return nil
}

// unsupported names the fields of cfg that nothing here enforces.
func unsupported(cfg *runner.RunConfig) []string {
	set := func(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }
	asked := []struct {
		field string
		set   bool
	}{
		{"oidc_config", set(cfg.OIDCConfig)},
		{"authz_config", set(cfg.AuthzConfig)},
		{"authz_config_path", cfg.AuthzConfigPath != ""},
		{"audit_config", set(cfg.AuditConfig)},
		{"audit_config_path", cfg.AuditConfigPath != ""},
		{"remote_auth_config", set(cfg.RemoteAuthConfig)},
		{"tools_filter", len(cfg.ToolsFilter) > 0},
		{"header_forward", cfg.HeaderForward != nil},
		{"k8s_pod_template_patch", cfg.K8sPodTemplatePatch != ""},
		{"runtime_config", set(cfg.RuntimeConfig)},
		{"trust_proxy_headers", cfg.TrustProxyHeaders},
		{"proxy_mode " + cfg.ProxyMode, !slices.Contains([]string{"", runner.TransportStreamableHTTP}, cfg.ProxyMode)},
		{
			"permission_profile_name_or_path without the profile itself",
			cfg.PermissionProfileNameOrPath != "" && cfg.PermissionProfile == nil,
		},
	}
	var fields []string
	for _, a := range asked {
		if a.set {
			fields = append(fields, a.field)
		}
	}
	return append(fields, unknownMembers(cfg)...)
}

// unknownMembers names what stands in the permission profile and in the options
// of the container and is not known here: it may be a limit.
func unknownMembers(cfg *runner.RunConfig) []string {
	extras := map[string]jsontext.Value{}
	if c := cfg.Container; c != nil {
		extras["container"] = c.Extra
	}
	if p := cfg.PermissionProfile; p != nil {
		extras["permission_profile"] = p.Extra
		if n := p.Network; n != nil {
			extras["permission_profile.network"] = n.Extra
			if n.Outbound != nil {
				extras["permission_profile.network.outbound"] = n.Outbound.Extra
			}
			if n.Inbound != nil {
				extras["permission_profile.network.inbound"] = n.Inbound.Extra
			}
		}
	}
	var fields []string
	for _, at := range slices.Sorted(maps.Keys(extras)) {
		if len(extras[at]) == 0 {
			continue
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal(extras[at], &members); err != nil {
			fields = append(fields, at+" that can be read") // nothing but an object is ever kept there
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			fields = append(fields, at+"."+name)
		}
	}
	return fields
}

func checkTransport(cfg *runner.RunConfig) error {
	switch cfg.Transport {
	case "", runner.TransportStdio:
	case runner.TransportSSE, runner.TransportStreamableHTTP:
		if cfg.TargetPort == 0 {
			return fmt.Errorf("transport %s needs the port on which the server listens in its container: add --target-port PORT (target_port)", cfg.Transport)
		}
	default:
		return fmt.Errorf("transport %q: a container talks over %s, %s or %s",
			cfg.Transport, runner.TransportStdio, runner.TransportStreamableHTTP, runner.TransportSSE)
	}
	if cfg.TargetHost != "" && cfg.TargetHost != "0.0.0.0" && cfg.TargetHost != "::" && !isLoopback(cfg.TargetHost) {
		return fmt.Errorf("target_host %q: a server is reached in its own container only: leave it out", cfg.TargetHost)
	}
	return nil
}

// checkInbound refuses others than this machine, which nobody would let in.
func checkInbound(cfg *runner.RunConfig) error {
	p := cfg.PermissionProfile
	if p == nil || p.Network == nil || p.Network.Inbound == nil {
		return nil
	}
	for _, host := range p.Network.Inbound.AllowHost {
		if !isLoopback(host) {
			return fmt.Errorf("permission_profile.network.inbound.allow_host: %q is not localhost, and others are not let in by this version: leave it out", host)
		}
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}

func checkVolumes(cfg *runner.RunConfig) error {
	for _, volume := range cfg.Volumes {
		m, err := runner.ParseVolume(volume)
		if err != nil {
			return err
		}
		if isURI(m.Source) {
			return fmt.Errorf("volume %q: a container mounts paths and named volumes, no URI", volume)
		}
	}
	if cfg.Resolved == nil {
		return nil
	}
	targets := map[string]bool{}
	for _, m := range cfg.Resolved.Mounts {
		switch {
		case isURI(m.Source):
			return fmt.Errorf("mount %q: a container mounts paths and named volumes, no URI", m.Source)
		case targets[m.Target]:
			return fmt.Errorf("mount %q: something else is mounted at %s too: leave one of them out", m.Source, m.Target)
		case m.Target == "/":
			return fmt.Errorf("mount %q: nothing can be mounted over the root of a container", m.Source)
		}
		targets[m.Target] = true
	}
	return nil
}

// isHostPath tells the source of a resolved mount from the name of a volume, which
// is never absolute.
func isHostPath(m runner.Mount) bool { return filepath.IsAbs(m.Resolved) && !isURI(m.Resolved) }

func isURI(source string) bool {
	return strings.Contains(source, "://") && !filepath.IsAbs(source) && !strings.HasPrefix(source, ".") && !strings.HasPrefix(source, "~")
}

func checkLabels(cfg *runner.RunConfig) error {
	for _, name := range slices.Sorted(maps.Keys(cfg.ContainerLabels)) {
		if name == "" || strings.HasPrefix(name, labelPrefix) {
			return fmt.Errorf("container_labels: %q: names that begin with %s are the runner's own", name, labelPrefix)
		}
	}
	return nil
}

// labelPrefix begins the name of every label of this package.
const labelPrefix = "io.github.mcp-runner."

func checkNetwork(cfg *runner.RunConfig) error {
	if cfg.Resolved == nil || cfg.Resolved.Container == nil {
		return nil
	}
	n := cfg.Resolved.Container.Network
	if err := n.Check(); err != nil {
		return err
	}
	if len(cfg.Publish) > 0 && n.Mode != runner.NetworkBridge {
		return errors.New("publish: only a container with network mode bridge has ports to publish: leave it out, or allow that network in the permission profile (--permission-profile network)")
	}
	return nil
}

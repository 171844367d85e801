package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Supported returns an error where the runtimes of this package would not do
// what cfg asks for: an image, which needs a container runtime
// (ErrNoContainerRuntime), or a protection that they do not enforce. A policy
// may have allowed a server because of such a field, so none is ignored. The
// runtimes check it themselves; a caller that sets servers up later asks
// beforehand.
func Supported(cfg *RunConfig) error {
	if cfg.Image != "" && !IsPackage(cfg.Image) {
		return fmt.Errorf("image %s: %w; start the server's package with a launcher instead, "+
			"for example: mcp-runner run -- npx -y PACKAGE, or: mcp-runner run -- uvx PACKAGE", cfg.Image, ErrNoContainerRuntime)
	}
	asked := []struct {
		field string
		set   bool
	}{
		{"oidc_config", isSet(cfg.OIDCConfig)},
		{"authz_config", isSet(cfg.AuthzConfig)},
		{"authz_config_path", cfg.AuthzConfigPath != ""},
		{"audit_config", isSet(cfg.AuditConfig)},
		{"audit_config_path", cfg.AuditConfigPath != ""},
		{"remote_auth_config", isSet(cfg.RemoteAuthConfig)},
		{"tools_filter", len(cfg.ToolsFilter) > 0},
		{"permission_profile", cfg.PermissionProfile != nil},
		{"permission_profile_name_or_path", cfg.PermissionProfileNameOrPath != ""},
		{"allow_docker_gateway", cfg.AllowDockerGateway},
		{"target_host", cfg.TargetHost != ""},
		{"target_port", cfg.TargetPort != 0},
		{"container", cfg.Container != nil},
		{"isolate_network", cfg.IsolateNetwork},
		{"volumes", len(cfg.Volumes) > 0},
		{"publish", len(cfg.Publish) > 0},
		{"k8s_pod_template_patch", cfg.K8sPodTemplatePatch != ""},
		{"runtime_config", isSet(cfg.RuntimeConfig)},
		{"trust_proxy_headers", cfg.TrustProxyHeaders},
		{"transport " + cfg.Transport, cfg.Transport != "" && !slices.Contains(ownTransports(cfg), cfg.Transport)},
		{"proxy_mode " + cfg.ProxyMode, !slices.Contains([]string{"", TransportStreamableHTTP}, cfg.ProxyMode)},
		{"header_forward", cfg.HeaderForward != nil && cfg.RemoteURL == ""},
		{"env_vars", len(cfg.EnvVars) > 0 && cfg.RemoteURL != ""},
		{"host_env", len(cfg.HostEnv) > 0 && cfg.RemoteURL != ""},
		{"secrets", len(cfg.Secrets) > 0 && cfg.RemoteURL != ""},
		{"cmd_args", len(cfg.CmdArgs) > 0 && cfg.RemoteURL != ""},
	}
	var fields []string
	for _, a := range asked {
		if a.set {
			fields = append(fields, a.field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	kind := "local process"
	if cfg.RemoteURL != "" {
		kind = "remote server"
	}
	return fmt.Errorf("a %s has no %s in this version: leave it out, or run the server where that is enforced",
		kind, strings.Join(fields, ", no "))
}

// ownTransports are how a server of this package's runtimes may talk.
func ownTransports(cfg *RunConfig) []string {
	if cfg.RemoteURL != "" {
		return []string{TransportStreamableHTTP, TransportSSE}
	}
	return []string{TransportStdio}
}

func isSet(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

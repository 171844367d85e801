package toolhive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/stacklok/toolhive/pkg/authserver"
	"github.com/stacklok/toolhive/pkg/networking"
	thv "github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// secretPlaces are where ToolHive's run config holds a secret, or before a later
// question is made to hold one: a * is every member. In each, the mark of a
// redaction stands for whatever was there. So a reference to a secret and its
// value are the same. What these leave, the gate reads by names and forms.
var secretPlaces = []string{
	"remote_auth_config/client_secret",
	"remote_auth_config/bearer_token",
	"remote_auth_config/headers/*/default",
	"remote_auth_config/env_vars/*/default",
	"oidc_config/ClientSecret",
	"token_exchange_config/client_secret",
	"embedded_auth_server_config/upstreams/*/oauth2_config/dcr_config/software_statement",
}

// secretMaps are where it holds secrets under names of the person's choice. Their
// values become empty, and not the mark: its place would have to be told, and a
// name can hold a secret too.
var secretMaps = []string{
	"remote_auth_config/oauth_params",
	"telemetry_config/headers",
	"header_forward/add_plaintext_headers",
	"embedded_auth_server_config/upstreams/*/oidc_config/additional_authorization_params",
	"embedded_auth_server_config/upstreams/*/oidc_config/userinfo_override/additional_headers",
	"embedded_auth_server_config/upstreams/*/oauth2_config/additional_authorization_params",
	"embedded_auth_server_config/upstreams/*/oauth2_config/userinfo/additional_headers",
}

// configObject is input.config: cfg as ToolHive writes it to a file, the same at
// every question. rc and c are what was made of it, and s is told what was
// redacted.
func configObject(cfg *thv.RunConfig, rc *runner.RunConfig, c chain, s *gate.Server) (map[string]any, error) {
	object, err := jsonObject(cfg)
	if err != nil {
		return nil, fmt.Errorf("run config: %w", err)
	}
	if len(cfg.MiddlewareConfigs) > 0 || len(c.types) > 0 {
		object["middleware_configs"] = typeList(c.types)
	}
	var additional []string
	for _, m := range cfg.AdditionalMiddlewareConfigs {
		additional = append(additional, m.Type)
	}
	set(object, "additional_middleware_configs", len(additional) > 0, typeList(additional))
	set(object, "env_vars", len(rc.EnvVars) > 0, stringMap(rc.EnvVars))
	set(object, "container_labels", len(rc.ContainerLabels) > 0, stringMap(rc.ContainerLabels))
	object["schema_version"], object["proxy_mode"] = rc.SchemaVersion, rc.ProxyMode
	if cfg.RemoteURL == "" { // else ToolHive has the URL there, or an image that nobody runs
		object["image"] = rc.Image
	}
	// ToolHive leaves a flag out that is false, and a rule that names it is
	// undefined then: `deny if input.config.isolate_network == false` would hold
	// for nobody.
	for name, value := range flags(cfg) {
		object[name] = value
	}
	object["isolate_network"] = cfg.IsolateNetwork && networking.IsBridgeMode(networkMode(cfg))
	forget(object)
	nameUpstream(cfg, object)
	for _, place := range secretPlaces {
		each(object, strings.Split(place, "/"), nil, func(parent map[string]any, name string, path []string) {
			if parent[name] == "" || parent[name] == nil {
				return
			}
			parent[name] = gate.Redacted
			s.Redactions = append(s.Redactions, gate.Redaction{Path: "/config/" + strings.Join(path, "/"), Reason: gate.ReasonName})
		})
	}
	for _, place := range secretMaps {
		each(object, strings.Split(place, "/"), nil, func(parent map[string]any, name string, _ []string) {
			if values, ok := parent[name].(map[string]any); ok {
				for key := range values {
					values[key] = ""
				}
			}
		})
	}
	return object, nil
}

// networkMode is the one that the permission profile asks for.
func networkMode(cfg *thv.RunConfig) string {
	if cfg.PermissionProfile == nil || cfg.PermissionProfile.Network == nil {
		return ""
	}
	return cfg.PermissionProfile.Network.Mode
}

// flags are the booleans of cfg by their names in JSON.
func flags(cfg *thv.RunConfig) map[string]bool {
	out := map[string]bool{}
	v := reflect.ValueOf(cfg).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.IsExported() && field.Type.Kind() == reflect.Bool && name != "" && name != "-" {
			out[name] = v.Field(i).Bool()
		}
	}
	return out
}

// forget takes out what ToolHive remembers of a login: it is written after the
// first start.
func forget(object map[string]any) {
	login, _ := object["remote_auth_config"].(map[string]any)
	for name := range login {
		if strings.HasPrefix(name, "cached_") {
			delete(login, name)
		}
	}
}

// nameUpstream names the provider whose tokens are swapped in, as ToolHive does
// when it fills the middleware.
func nameUpstream(cfg *thv.RunConfig, object map[string]any) {
	swap, ok := object["upstream_swap_config"].(map[string]any)
	server := cfg.EmbeddedAuthServerConfig
	if !ok || server == nil || len(server.Upstreams) == 0 || server.DisableUpstreamTokenInjection || cfg.UpstreamSwapConfig.ProviderName != "" {
		return
	}
	var names []string
	for _, u := range server.Upstreams {
		names = append(names, u.Name)
	}
	swap["provider_name"] = authserver.ResolveFirstUpstreamName(names)
}

func typeList(types []string) []any {
	out := []any{}
	for _, name := range types {
		out = append(out, map[string]any{"type": name})
	}
	return out
}

func stringMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for name, value := range m {
		out[name] = value
	}
	return out
}

// set sets a member, or takes it out.
func set(object map[string]any, name string, there bool, value any) {
	delete(object, name)
	if there {
		object[name] = value
	}
}

// each calls do for every member of value that the pattern names.
func each(value any, pattern, path []string, do func(parent map[string]any, name string, path []string)) {
	switch x := value.(type) {
	case map[string]any:
		name := pattern[0]
		member, there := x[name]
		if !there {
			return
		}
		path = append(path[:len(path):len(path)], name)
		if len(pattern) == 1 {
			do(x, name, path)
			return
		}
		each(member, pattern[1:], path, do)
	case []any:
		if pattern[0] != "*" || len(pattern) == 1 {
			return
		}
		for i, item := range x {
			each(item, pattern[1:], append(path[:len(path):len(path)], strconv.Itoa(i)), do)
		}
	}
}

// jsonObject is v as a JSON object, numbers exact.
func jsonObject(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	return object, nil
}

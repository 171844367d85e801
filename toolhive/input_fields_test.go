package toolhive

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

// fields say of every field of ToolHive's run config what the input has of it.
// Each is proved: the value is set, and the input changes at the place. A place
// below config alone is one that nothing normalises.
var fields = map[string]struct {
	value string // JSON, over a server in a container
	place string // a path in the input
	with  string // further members, as in {"remote_url": …}
}{
	"schema_version":                  {"", "", ""}, // see unread
	"mcpserver_generation":            {`7`, "config.mcpserver_generation", ""},
	"image":                           {`"ghcr.io/other/srv:2"`, "server.image.repository", ""},
	"remote_url":                      {`"https://other.example.com"`, "server.remote.host", ""},
	"registry_api_url":                {`"https://r.example.com"`, "server.provenance.registry_api_url", ""},
	"registry_url":                    {`"https://r.example.com"`, "server.provenance.registry_url", ""},
	"registry_server_name":            {`"io.acme/srv"`, "server.provenance.registry_server_name", ""},
	"remote_auth_config":              {`{"client_id":"c"}`, "server.remote.authenticated", remote},
	"cmd_args":                        {`["--x"]`, "server.command.args", ""},
	"name":                            {`"other"`, "server.name", ""},
	"container_name":                  {`"other"`, "config.container_name", ""},
	"base_name":                       {`"other"`, "config.base_name", ""},
	"transport":                       {`"sse"`, "server.transport", ""},
	"host":                            {`"0.0.0.0"`, "server.endpoint.host", ""},
	"port":                            {`81`, "server.endpoint.port", ""},
	"target_port":                     {`81`, "server.published_ports", `"transport":"sse"`},
	"target_host":                     {`"::"`, "server.environment", `"transport":"sse"`},
	"allowed_origins":                 {`["https://a.example"]`, "server.endpoint.allowed_origins", ""},
	"publish":                         {`["1:2"]`, "server.published_ports", ""},
	"permission_profile_name_or_path": {`"/p.json"`, "server.permissions.profile", `"permission_profile":{"name":""}`},
	"permission_profile":              {`{"name":"p","privileged":true}`, "server.permissions.privileged", ""},
	"env_vars":                        {`{"A":"1"}`, "server.environment", ""},
	"env_file_dir":                    {`"/env"`, "config.env_file_dir", ""},
	"debug":                           {`true`, "config.debug", ""},
	"volumes":                         {`["/a:/b"]`, "config.volumes", ""}, // mounts nothing
	"container_labels":                {`{"a":"b"}`, "server.labels", ""},
	"oidc_config":                     {`{"Issuer":"https://i.example"}`, "server.auth.oidc", ""},
	"token_exchange_config":           {`{"token_url":"https://t.example"}`, "server.remote.authenticated", remote},
	"upstream_swap_config":            {`{"header_strategy":"replace"}`, "config.upstream_swap_config", ""},
	"aws_sts_config":                  {`{"region":"r"}`, "server.remote.authenticated", remote},
	"authz_config":                    {`{"version":"1.0","type":"cedarv1","cedar":{"policies":["permit(principal, action, resource);"]}}`, "server.auth.authz", ""},
	"authz_config_path":               {`"/a"`, "config.authz_config_path", ""}, // without authz_config nobody reads it
	"audit_config":                    {`{"component":"x"}`, "server.auth.audit", ""},
	"audit_config_path":               {`"/a"`, "config.audit_config_path", ""},
	"telemetry_config":                {`{"endpoint":"o:1"}`, "config.telemetry_config.endpoint", ""},
	"rate_limit_config":               {`{"shared":{"maxTokens":5,"refillPeriod":"1m"}}`, "config.rate_limit_config", ""},
	"rate_limit_namespace":            {`"n"`, "config.rate_limit_namespace", ""},
	"secrets":                         {`["a,target=B"]`, "server.secrets", ""},
	"k8s_pod_template_patch":          {`"{\"spec\":{\"hostPID\":true}}"`, "server.kubernetes.host_pid", ""},
	"isolate_network":                 {`true`, "server.permissions.network.isolated", ""},
	"allow_docker_gateway":            {`true`, "server.permissions.network.outbound.hosts", `"isolate_network":true`},
	"trust_proxy_headers":             {`true`, "server.endpoint.trust_proxy_headers", ""},
	"strict_protocol_validation":      {`true`, "config.strict_protocol_validation", ""},
	"stateless":                       {`true`, "config.stateless", ""},
	"session_ttl":                     {`"1h"`, "config.session_ttl", ""},
	"max_request_body_size":           {`9`, "config.max_request_body_size", ""},
	"proxy_mode":                      {`"sse"`, "config.proxy_mode", ""},
	"thv_ca_bundle":                   {`"/ca"`, "config.thv_ca_bundle", ""},
	"jwks_auth_token_file":            {`"/t"`, "config.jwks_auth_token_file", ""},
	"group":                           {`"g"`, "server.group", ""},
	"tools_filter":                    {`["a"]`, "server.auth.tools", ""},
	"tools_override":                  {`{"a":{"name":"b"}}`, "config.tools_override", ""},
	"ignore_config":                   {`{"LoadGlobal":true}`, "config.ignore_config", ""},
	"middleware_configs":              {`[{"type":"auth","parameters":{"oidc_config":{}}}]`, "server.auth.oidc", ""},
	"additional_middleware_configs":   {`[{"type":"obo"}]`, "server.remote.authenticated", remote},
	"validating_webhooks":             {`[{"name":"v"}]`, "config.validating_webhooks", ""},
	"mutating_webhooks":               {`[{"name":"v"}]`, "config.mutating_webhooks", ""},
	"endpoint_prefix":                 {`"/p"`, "config.endpoint_prefix", ""},
	"runtime_config":                  {`{"builder_image":"b"}`, "server.source.opaque", `"image":"npx://a@1.0.0"`},
	"header_forward":                  {`{"add_headers_from_secret":{"X":"s"}}`, "server.remote.authenticated", remote},
	"embedded_auth_server_config":     {`{"issuer":"https://i.example"}`, "config.embedded_auth_server_config.issuer", ""},
	"scaling_config":                  {`{"backend_replicas":3}`, "config.scaling_config", ""},
}

const remote = `"remote_url":"https://mcp.example.com"`

// unread are the fields that the input has nothing of.
var unread = map[string]string{
	"schema_version": "ToolHive knows one, and writes it when it saves: config has that one from the first question on",
	"Deployer":       "the program's own client of the container engine",
	"buildContext":   "how the config was built; it is saved nowhere",
	"existingPort":   "of an update, while the config is built; it is saved nowhere",
}

func TestEveryFieldOfToolHive(t *testing.T) {
	onDocker(t)
	seen := map[string]bool{}
	ty := reflect.TypeFor[thv.RunConfig]()
	for i := range ty.NumField() {
		name, _, _ := strings.Cut(ty.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			name = ty.Field(i).Name
		}
		seen[name] = true
		if unread[name] != "" {
			continue
		}
		f, ok := fields[name]
		require.True(t, ok, "ToolHive's run config has a field that is new: what do policies see of %s?", name)
		with := strings.TrimPrefix(","+f.with, ",")
		if with != "" {
			with += ","
		}
		without := in(t, "{"+strings.TrimSuffix(with, ",")+"}")
		set := in(t, "{"+with+`"`+name+`":`+f.value+"}")
		require.NotEqual(t, at(t, without, f.place), at(t, set, f.place), "%s does not change %s", name, f.place)
		if !strings.HasPrefix(f.place, "config.") && name != "image" && name != "middleware_configs" {
			require.NotEqual(t, without.Config, set.Config, "config has nothing of %s", name)
		}
	}
	require.GreaterOrEqual(t, len(seen), 60)
	for name := range fields {
		require.True(t, seen[name], "ToolHive's run config has no %s", name)
	}
	for name := range unread {
		require.True(t, seen[name], "ToolHive's run config has no %s", name)
	}
}

// in is the input of a server in a container with further members.
func in(t *testing.T, members string) gate.Input {
	t.Helper()
	cfg := local(nil)
	cfg.PermissionProfile.Network.Outbound.InsecureAllowAll = false
	require.NoError(t, json.Unmarshal([]byte(members), cfg))
	return mapped(t, cfg)
}

// at is the value at a place of the input, nil where there is none.
func at(t *testing.T, in gate.Input, place string) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(toJSON(t, in)), &v))
	for name := range strings.SplitSeq(place, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// Every text below ToolHive's run config was looked at for secrets: this list
// changes where ToolHive adds one.
func TestEveryTextOfToolHive(t *testing.T) {
	var found []string
	walk("", reflect.TypeFor[thv.RunConfig](), map[reflect.Type]bool{}, func(place string) { found = append(found, place) })
	text := strings.Join(found, "\n") + "\n"
	file := filepath.Join("testdata", "texts.txt")
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "does the text hold a secret? then it is one of secretPlaces; UPDATE=1 writes the list")
	for _, place := range append(append([]string{}, secretPlaces...), secretMaps...) {
		require.True(t, strings.Contains(text, "\n"+place+"\n") || strings.Contains(text, "\n"+place+"/*\n"), "ToolHive has no %s", place)
	}
}

// walk calls found with the place of every text below ty, in words of secretPlaces.
func walk(place string, ty reflect.Type, above map[reflect.Type]bool, found func(string)) {
	switch ty.Kind() {
	case reflect.Pointer:
		walk(place, ty.Elem(), above, found)
	case reflect.Slice, reflect.Map:
		walk(place+"/*", ty.Elem(), above, found)
	case reflect.String, reflect.Interface, reflect.Uint8:
		found(strings.TrimPrefix(place, "/"))
	case reflect.Struct:
		if above[ty] || ty.PkgPath() == "time" {
			return
		}
		above[ty] = true
		defer delete(above, ty)
		for i := range ty.NumField() {
			f := ty.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case !f.IsExported() || name == "-":
				continue
			case name == "":
				name = f.Name
			}
			walk(place+"/"+name, f.Type, above, found)
		}
	}
}

package toolhive

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/authz"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/canaries"
)

// fill is a run config with a secret in every place that holds text, and still
// one that ToolHive reads. Those that only their place makes a secret stand where
// they would.
func fill(t *testing.T, c *canaries.Set, kind string) *thv.RunConfig {
	t.Helper()
	cfg := &thv.RunConfig{}
	fillValue(c, reflect.ValueOf(cfg).Elem())
	cfg.SchemaVersion, cfg.Transport, cfg.ProxyMode, cfg.Host, cfg.SessionTTL = "", types.TransportTypeStreamableHTTP, "", "127.0.0.1", "1h"
	cfg.Publish, cfg.MiddlewareConfigs, cfg.MCPServerGeneration = []string{"1:2"}, nil, 1
	cfg.Secrets = []string{c.Token() + ",target=" + c.Token(), "plain,target=PLAIN"}
	cfg.CmdArgs = []string{"--token", c.Word(), "--x=" + c.Token(), "-c", "FOO_SECRET=" + c.Word() + " run"}
	cfg.EnvVars = map[string]string{"API_TOKEN": c.Word(), "PLAIN": c.Token(), "DB": "postgres://u:" + c.Word() + "@h/db", c.Token(): "x"}
	cfg.ContainerLabels = map[string]string{"deploy-token": c.Word(), c.Token(): c.Token()}
	cfg.AllowedOrigins = []string{"https://u:" + c.Word() + "@origin.example.com"}
	cfg.RegistryURL, cfg.RegistryAPIURL = "https://u:"+c.Word()+"@registry.example.com", "https://registry.example.com/?token="+c.Word()
	cfg.K8sPodTemplatePatch = `{"metadata":{"annotations":{"x-auth-token":"` + c.Word() + `"}},"spec":{"containers":[{"name":"mcp","env":[{"name":"DB_PASSWORD","value":"` + c.Word() + `"}]}]}}`
	require.NoError(t, json.Unmarshal([]byte(`{"version":"1.0","type":"cedarv1","cedar":{"policies":["permit(principal, action, resource); // `+c.Token()+`"],"entities_json":"[]"}}`), emptyAuthz(cfg)))
	cfg.AdditionalMiddlewareConfigs = []types.MiddlewareConfig{{Type: c.Token(), Parameters: json.RawMessage(`{"x":"` + c.Word() + `"}`)}}
	cfg.OIDCConfig.ClientSecret, cfg.TokenExchangeConfig.ClientSecret = c.Word(), c.Word()
	cfg.TelemetryConfig.Headers = map[string]string{"x": c.Word(), c.Token(): c.Word()}
	cfg.ValidatingWebhooks[0].URL = "https://u:" + c.Word() + "@hooks.example.com/?token=" + c.Word()
	cfg.RuntimeConfig.RuntimeEnv = map[string]string{"NPM_TOKEN": c.Word()}
	upstream := &cfg.EmbeddedAuthServerConfig.Upstreams[0]
	upstream.OAuth2Config.DCRConfig.SoftwareStatement = c.Word()
	upstream.OAuth2Config.UserInfo.AdditionalHeaders = map[string]string{"x": c.Word(), c.Token(): c.Word()}
	upstream.OAuth2Config.AdditionalAuthorizationParams = map[string]string{"x": c.Word()}
	upstream.OIDCConfig.UserInfoOverride.AdditionalHeaders = map[string]string{"x": c.Word()}
	upstream.OIDCConfig.AdditionalAuthorizationParams = map[string]string{"x": c.Word()}
	cfg.EmbeddedAuthServerConfig.DisableUpstreamTokenInjection = false
	cfg.HeaderForward = &thv.HeaderForwardConfig{
		AddPlaintextHeaders:  map[string]string{"X-Note": c.Word(), "Authorization": "Bearer " + c.Word(), c.Token(): c.Word()},
		AddHeadersFromSecret: map[string]string{"X-Other": c.Token(), c.Token(): "name"},
	}
	login := cfg.RemoteAuthConfig
	login.ClientSecret, login.BearerToken = "client,target=client_secret", "bearer,target=bearer_token"
	login.Headers[0].Default, login.EnvVars[0].Default = c.Word(), c.Word()
	login.OAuthParams = map[string]string{"x": c.Word(), c.Token(): c.Word()}
	network := cfg.PermissionProfile.Network
	network.Mode, network.Outbound.InsecureAllowAll = "", false
	cfg.PermissionProfile.Read = []permissions.MountDeclaration{permissions.MountDeclaration("/s/" + c.Token() + ":/t/" + c.Token())}
	if kind == "remote" {
		cfg.Image, cfg.RemoteURL = "", "https://user:"+c.Word()+"@example.com/"+c.Token()+"?api_key="+c.Word()+"&x="+c.Token()+"#access_token="+c.Word()
		return cfg
	}
	cfg.RemoteURL, cfg.AWSStsConfig = "", nil
	cfg.Image = "registry.example.com/x/y:" + c.Token()
	return cfg
}

func emptyAuthz(cfg *thv.RunConfig) *authz.Config {
	cfg.AuthzConfig = &authz.Config{}
	return cfg.AuthzConfig
}

// fillValue puts a secret into every text below v, one member into every list.
func fillValue(c *canaries.Set, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(c, v.Elem())
	case reflect.String:
		v.SetString(c.Token())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"secret":"` + c.Word() + `"}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillValue(c, v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fillValue(c, value)
		v.SetMapIndex(reflect.ValueOf(c.Token()).Convert(v.Type().Key()), value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() || strings.HasSuffix(v.Type().PkgPath(), "/authorizers") {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillValue(c, v.Field(i))
			}
		}
	}
}

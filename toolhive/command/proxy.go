package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive/cmd/thv/app"
	"github.com/stacklok/toolhive/pkg/auth"
	"github.com/stacklok/toolhive/pkg/auth/remote"
	"github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
)

// proxyFlags are what is read of proxy besides its authentication.
var proxyFlags = []string{
	"host", "port", "target-uri", "allowed-origins", "max-request-body-size", "resource-url",
	"remote-forward-headers", "remote-forward-headers-secret",
}

// create asks ToolHive's gate about a server of cfg.
func create(ctx context.Context, what string, cfg *runner.RunConfig) error {
	if err := runner.ActivePolicyGate().CheckCreateServer(ctx, cfg); err != nil {
		return fmt.Errorf("%s blocked by policy: %w", what, err)
	}
	return nil
}

// askProxy asks about a proxy as about a remote server, which it is but for its
// name in ToolHive's list.
func askProxy(cmd *cobra.Command, args []string) (func() error, error) {
	cfg, err := proxied(cmd, args[0])
	if err != nil {
		return nil, err
	}
	return nil, create(cmd.Context(), "proxy", cfg)
}

// proxied is the remote server that a proxy of cmd's flags is.
func proxied(cmd *cobra.Command, name string) (*runner.RunConfig, error) {
	flags := cmd.Flags()
	host, err1 := flags.GetString("host")
	port, err2 := flags.GetInt("port")
	target, err3 := flags.GetString("target-uri")
	origins, err4 := flags.GetStringArray("allowed-origins")
	size, err5 := flags.GetInt64("max-request-body-size")
	resource, err6 := flags.GetString("resource-url")
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return nil, err
	}
	host, err := app.ValidateAndNormaliseHostFlag(host) // an address, as the proxy itself takes it
	if err != nil {
		return nil, err
	}
	out, err := read(cmd, remoteFlags)
	if err != nil {
		return nil, err
	}
	exchange, err := out.BuildTokenExchangeConfig()
	if err != nil {
		return nil, fmt.Errorf("token exchange: %w", err)
	}
	headers, err := forwarded(cmd)
	if err != nil {
		return nil, err
	}
	return &runner.RunConfig{
		Name: name, RemoteURL: target,
		Transport: types.TransportTypeStreamableHTTP, ProxyMode: types.ProxyModeStreamableHTTP,
		Host: host, Port: port, AllowedOrigins: origins, MaxRequestBodySize: size,
		OIDCConfig: incoming(cmd, resource), RemoteAuthConfig: outgoing(out),
		TokenExchangeConfig: exchange, HeaderForward: headers,
	}, nil
}

// incoming is what a client of the proxy must show, or nil.
func incoming(cmd *cobra.Command, resource string) *auth.TokenValidatorConfig {
	if !app.IsOIDCEnabled(cmd) {
		return nil
	}
	flag := func(name string) string { return app.GetStringFlagOrEmpty(cmd, name) }
	return &auth.TokenValidatorConfig{
		Issuer: flag("oidc-issuer"), Audience: flag("oidc-audience"), JWKSURL: flag("oidc-jwks-url"),
		IntrospectionURL: flag("oidc-introspection-url"), ClientID: flag("oidc-client-id"),
		ClientSecret: flag("oidc-client-secret"), ResourceURL: resource,
	}
}

// outgoing is what the proxy shows the server, or nil where ToolHive's proxy does
// not authenticate itself.
func outgoing(f *app.RemoteAuthFlags) *remote.Config {
	token := f.RemoteAuthBearerToken
	if token == "" && f.RemoteAuthBearerTokenFile == "" {
		token = os.Getenv(remote.BearerTokenEnvVarName)
	}
	if !f.EnableRemoteAuth && f.RemoteAuthClientID == "" && f.RemoteAuthBearerTokenFile == "" && token == "" {
		return nil
	}
	return &remote.Config{
		ClientID: f.RemoteAuthClientID, ClientSecret: f.RemoteAuthClientSecret, ClientSecretFile: f.RemoteAuthClientSecretFile,
		Scopes: f.RemoteAuthScopes, ScopeParamName: f.RemoteAuthScopeParamName,
		SkipBrowser: f.RemoteAuthSkipBrowser, Timeout: f.RemoteAuthTimeout, CallbackPort: f.RemoteAuthCallbackPort,
		Issuer: f.RemoteAuthIssuer, AuthorizeURL: f.RemoteAuthAuthorizeURL, TokenURL: f.RemoteAuthTokenURL,
		Resource: f.RemoteAuthResource, BearerToken: token, BearerTokenFile: f.RemoteAuthBearerTokenFile,
	}
}

// forwarded are the headers that the proxy adds. An error names no value.
func forwarded(cmd *cobra.Command) (*runner.HeaderForwardConfig, error) {
	plain, err := pairs(cmd, "remote-forward-headers")
	if err != nil {
		return nil, err
	}
	secret, err := pairs(cmd, "remote-forward-headers-secret")
	if err != nil {
		return nil, err
	}
	if len(plain)+len(secret) == 0 {
		return nil, nil
	}
	return &runner.HeaderForwardConfig{AddPlaintextHeaders: plain, AddHeadersFromSecret: secret}, nil
}

func pairs(cmd *cobra.Command, flag string) (map[string]string, error) {
	given, err := cmd.Flags().GetStringArray(flag)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, s := range given {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("flag --%s: it has no \"=\"", flag)
		}
		out[strings.TrimSpace(name)] = value
	}
	return out, nil
}

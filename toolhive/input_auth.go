package toolhive

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/stacklok/toolhive/pkg/audit"
	"github.com/stacklok/toolhive/pkg/auth"
	"github.com/stacklok/toolhive/pkg/auth/awssts"
	"github.com/stacklok/toolhive/pkg/auth/obo"
	"github.com/stacklok/toolhive/pkg/auth/upstreamswap"
	"github.com/stacklok/toolhive/pkg/authz"
	"github.com/stacklok/toolhive/pkg/bodylimit"
	"github.com/stacklok/toolhive/pkg/mcp"
	"github.com/stacklok/toolhive/pkg/oauthproto/tokenexchange"
	"github.com/stacklok/toolhive/pkg/ratelimit"
	"github.com/stacklok/toolhive/pkg/recovery"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/telemetry"
	"github.com/stacklok/toolhive/pkg/transport/middleware"
	"github.com/stacklok/toolhive/pkg/transport/middleware/origin"
	"github.com/stacklok/toolhive/pkg/usagemetrics"
	"github.com/stacklok/toolhive/pkg/webhook/mutating"
	"github.com/stacklok/toolhive/pkg/webhook/validating"

	"github.com/mcp-runner/mcp-runner/gate"
)

// chain is the middleware through which requests pass to the server.
type chain struct {
	// types are sorted, each once.
	types []string
	auth  gate.Auth
	// remote says that the run config has a login to the remote server.
	remote bool
}

// middlewareOf is the chain that is in force: the list of cfg where it holds
// anything, and only else what ToolHive makes of the other fields. So fields that
// the list leaves out protect nothing.
func middlewareOf(cfg *thv.RunConfig) (chain, error) {
	c := chain{types: typesOf(cfg), remote: hasLogin(cfg)}
	has := func(name string) bool { return slices.Contains(c.types, name) }
	c.auth.Authz, c.auth.Audit = has(authz.MiddlewareType), has(audit.MiddlewareType)
	if len(cfg.MiddlewareConfigs) == 0 {
		c.auth.OIDC = cfg.OIDCConfig != nil
		names := map[string]string{}
		for tool, o := range cfg.ToolsOverride {
			names[tool] = o.Name
		}
		c.auth.Tools = callable(cfg.ToolsFilter, names)
		return c, nil
	}
	filters := 0
	for i, m := range cfg.MiddlewareConfigs {
		var err error
		switch m.Type {
		case auth.MiddlewareType:
			var p auth.MiddlewareParams
			err = json.Unmarshal(m.Parameters, &p)
			// ToolHive writes the field over what the list says.
			c.auth.OIDC = c.auth.OIDC || p.OIDCConfig != nil || cfg.OIDCConfig != nil
		case mcp.ToolCallFilterMiddlewareType:
			// The filter of the list of tools (tool-filter) keeps nobody from a call.
			var p mcp.ToolFilterMiddlewareParams
			err = json.Unmarshal(m.Parameters, &p)
			names := map[string]string{}
			for tool, o := range p.ToolsOverride {
				names[tool] = o.Name
			}
			c.auth.Tools = callable(p.FilterTools, names)
			if filters++; filters > 1 { // each could rename what another lets through
				return chain{}, fmt.Errorf("middleware_configs[%d]: a second %q, and ToolHive never has more than one", i, m.Type)
			}
		}
		if err != nil { // which could quote a value
			return chain{}, fmt.Errorf("middleware_configs[%d]: the parameters of %q cannot be read", i, m.Type)
		}
	}
	return c, nil
}

// callable are the tools of the server that a filter lets through, none where there is
// no filter. ToolHive compares the name of a call with it and only then puts the
// tool in that has this name by an override: names, by tools.
func callable(filter []string, names map[string]string) []string {
	tools := slices.Clone(filter)
	for i, name := range filter {
		renamed := false
		for _, tool := range slices.Sorted(maps.Keys(names)) {
			switch {
			case names[tool] != name || name == "":
			case renamed: // two of one name: ToolHive takes either
				tools = append(tools, tool)
			default:
				tools[i], renamed = tool, true
			}
		}
	}
	slices.Sort(tools)
	return tools
}

// typesOf are the types of middleware that are in force, the same before ToolHive
// has filled the list and after. Usage metrics are left out: whether there are
// any is a setting of the person and not of the server.
func typesOf(cfg *thv.RunConfig) []string {
	var out []string
	for _, m := range cfg.MiddlewareConfigs {
		out = append(out, m.Type)
	}
	if len(out) == 0 {
		out = derivedTypes(cfg)
	}
	// What ToolHive adds to any list when it runs the server.
	out = append(out, bodylimit.MiddlewareType)
	if len(origin.ResolveAllowedOrigins(cfg.Host, cfg.Port, cfg.AllowedOrigins)) > 0 {
		out = append(out, origin.MiddlewareType)
	}
	if cfg.RemoteURL != "" && cfg.HeaderForward.HasHeaders() {
		out = append(out, middleware.HeaderForwardMiddlewareName)
	}
	out = slices.DeleteFunc(out, func(name string) bool { return name == usagemetrics.MiddlewareType })
	slices.Sort(out)
	return slices.Compact(out)
}

// derivedTypes are those of ToolHive's PopulateMiddlewareConfigs, which a test
// compares them with. That itself cannot be asked: it writes to its argument, and
// reads the settings of the person.
func derivedTypes(cfg *thv.RunConfig) []string {
	out := []string{auth.MiddlewareType, mcp.ParserMiddlewareType, recovery.MiddlewareType}
	add := func(there bool, names ...string) {
		if there {
			out = append(out, names...)
		}
	}
	add(cfg.AuditConfig != nil, audit.MiddlewareType)
	if server := cfg.EmbeddedAuthServerConfig; server != nil {
		strips := len(server.Upstreams) == 0 || server.DisableUpstreamTokenInjection
		add(strips, middleware.StripAuthMiddlewareName)
		add(!strips, upstreamswap.MiddlewareType)
	}
	add(cfg.TokenExchangeConfig != nil, tokenexchange.MiddlewareType)
	add(len(cfg.ToolsFilter)+len(cfg.ToolsOverride) > 0, mcp.ToolFilterMiddlewareType, mcp.ToolCallFilterMiddlewareType)
	add(cfg.TelemetryConfig != nil, telemetry.MiddlewareType)
	add(cfg.RateLimitConfig != nil, ratelimit.MiddlewareType)
	add(len(cfg.MutatingWebhooks) > 0, mutating.MiddlewareType)
	add(len(cfg.ValidatingWebhooks) > 0, validating.MiddlewareType)
	add(cfg.AuthzConfig != nil, authz.MiddlewareType)
	add(cfg.AWSStsConfig != nil, awssts.MiddlewareType)
	for _, m := range cfg.AdditionalMiddlewareConfigs {
		add(true, m.Type)
	}
	return out
}

// logsIn reports whether requests to a remote server carry credentials. Headers
// are judged by their names, which is the gate's part.
func (c chain) logsIn() bool {
	return c.remote || slices.ContainsFunc(c.types, func(name string) bool {
		switch name {
		case tokenexchange.MiddlewareType, awssts.MiddlewareType, upstreamswap.MiddlewareType, obo.MiddlewareType:
			return true
		}
		return false
	})
}

// hasLogin reports whether cfg says how to log in to a remote server. ToolHive
// has the object for nearly every one, and fills it with what it remembers.
func hasLogin(cfg *thv.RunConfig) bool {
	r := cfg.RemoteAuthConfig
	if r == nil {
		return false
	}
	for _, s := range []string{
		r.ClientID, r.ClientSecret, r.ClientSecretFile, r.BearerToken, r.BearerTokenFile, r.Issuer, r.AuthorizeURL, r.TokenURL,
	} {
		if s != "" {
			return true
		}
	}
	return false
}

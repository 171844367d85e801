package gate_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	secrets "github.com/mcp-runner/mcp-runner/internal/canaries"
	"github.com/mcp-runner/mcp-runner/runner"
)

// canaries are secrets for run configs.
type canaries struct{ secrets.Set }

// configs hold a secret in every position that a run config has.
func (c *canaries) configs() map[string]*runner.RunConfig {
	token, word := c.Token, c.Word
	remote := &runner.RunConfig{
		Name:      "srv " + token(),
		Group:     token(),
		RemoteURL: "https://user:" + word() + "@example.com/" + token() + "?api_key=" + word() + "&x=" + token() + "#access_token=" + word(),
		EnvVars: map[string]string{
			"API_TOKEN": word(), "PLAIN": "x " + token(), "DB": "postgres://u:" + word() + "@h/db", token(): "x", "JSON": `{"password":"` + word() + `"}`,
			"PEM": "-----BEGIN PRIVATE KEY-----\n" + word() + "\n-----END PRIVATE KEY-----", "LD_X": token(), "AUTHORIZATION": "Bearer " + word(),
			"BASIC": "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+word())), "QUOTED_PASSWORD": "\"" + word() + "\" <&> é",
		},
		ContainerLabels: map[string]string{"deploy-token": word(), "note": token(), token(): "y"},
		HeaderForward: &runner.HeaderForward{
			AddPlaintextHeaders:  map[string]string{"Authorization": "Bearer " + word(), "Cookie": "a=" + word(), "X-Api-Key": word(), "X-Note": token(), "Proxy-Authorization": word()},
			AddHeadersFromSecret: map[string]string{"X-Other": token()},
			Extra:                jsontext.Value(`{"session_token":"` + word() + `"}`),
		},
		OIDCConfig:       jsontext.Value(`{"client_secret":"` + word() + `","a":{"b":[{"bearerToken":"` + word() + `"}]},"password":` + c.Number() + `}`),
		RemoteAuthConfig: jsontext.Value(`{"client_secret":"` + word() + `","bearer_token":"` + word() + `","env_vars":[{"name":"X_SECRET","value":"` + word() + `"}]}`),
		AuditConfig:      jsontext.Value(`{"sink":"https://u:` + word() + `@log.example.com/"}`),
		AuthzConfig:      jsontext.Value(`{"note":"` + token() + `"}`),
		RuntimeConfig:    jsontext.Value(`{"credentials":{"user":"u","value":["` + word() + `"]}}`),
		Extra:            jsontext.Value(`{"future":{"apiKey":"` + word() + `","list":["--token","` + word() + `","--password=` + word() + `"]},"` + token() + `":1}`),
		K8sPodTemplatePatch: `{"metadata":{"annotations":{"x-auth-token":"` + word() + `"}},"spec":{"serviceAccountName":"` + token() + `","volumes":[{"hostPath":{"path":"/x/` + token() + `"}}],` +
			`"containers":[{"env":[{"name":"DB_PASSWORD","value":"` + word() + `"}],"args":["--secret","` + word() + `"]}]}}`,
		Secrets:            []string{token() + ",target=" + token()},
		HostEnv:            []string{token()},
		AllowedOrigins:     []string{"https://u:" + word() + "@origin.example.com"},
		ToolsFilter:        []string{token()},
		RegistryURL:        "https://u:" + word() + "@registry.example.com",
		RegistryAPIURL:     "https://registry.example.com/?token=" + word(),
		RegistryServerName: token(),
		CmdArgs:            []string{"--token", word(), "--x=" + token(), "-c", "FOO_SECRET=" + word() + " run", "-H", "Authorization: Bearer " + word()},
		PermissionProfile:  &runner.PermissionProfile{Name: token(), Extra: jsontext.Value(`{"token":"` + word() + `"}`), Network: &runner.NetworkPermissions{Mode: token()}},
		Resolved:           &runner.Resolved{Mounts: []runner.Mount{{Source: "/s/" + token(), Resolved: "/r/" + token(), Target: "/t/" + token()}}},
	}
	local := process("--db", "mysql://root:"+word()+"@db/x")
	local.Command = token()
	local.Resolved.Command.Argv0, local.Resolved.Command.Path = "/bin/"+token(), "/opt/"+token()
	local.Resolved.Command.Interpreter = &runner.Interpreter{Path: "/usr/" + token()}

	launched := func(path string, args ...string) *runner.RunConfig {
		cfg := process(args...)
		cfg.Command, cfg.Resolved.Command.Argv0 = path, "/usr/bin/"+path
		return cfg
	}
	known := word()
	docker := launched("docker", "run", "-i", "--rm", "-e", "DB_PASSWORD="+word(), "--env=API_TOKEN="+word(), "--env", "X="+token(), "-eB_SECRET="+word(),
		"-v", "/srv/"+token()+":/data", "--label", "deploy.token="+word(), "--name", token(), "--network", token(), "--user", token(), "registry.example.com/x/y:1",
		"--api-key", word(), "--url", "https://u:"+word()+"@h/x", "-H", "Authorization: Bearer "+word())
	// As Resolve does, but for mounts that need not be there.
	line := runner.LaunchLine(docker)
	docker.Resolved.Launch = &line
	for _, m := range line.Container.Mounts {
		docker.Resolved.Mounts = append(docker.Resolved.Mounts, runner.Mount{Source: m.Source, Resolved: m.Source, Target: m.Target})
	}
	shell := launched("sh", "-c", "export API_KEY="+word()+"; PGPASSWORD='"+word()+"' psql postgres://u:"+word()+"@h/d | curl -u ann:"+word()+
		" -H \"X-Api-Key: "+word()+"\" https://h/?token="+word()+" --token "+word()+" --password="+word()+" "+token())
	node := launched("npx", "-y", "--registry", "https://u:"+word()+"@npm.example.com/?auth="+word(), "server@1.2.3", "--token", word(), "--config", `{"auth":{"token":"`+word()+`"}}`)
	// One secret, found by a name, and what others make of it.
	copies := process(known, "x"+base64.StdEncoding.EncodeToString([]byte("u:"+known+"@h")), base64.URLEncoding.EncodeToString([]byte("us:"+known)),
		base64.StdEncoding.EncodeToString([]byte("use:"+known+"!!")), hex.EncodeToString([]byte(known)), "a="+url.QueryEscape(known), "https://h/"+url.PathEscape(known))
	copies.EnvVars = map[string]string{"THE_PASSWORD": known, "COPY": known, "AUTH_BASIC": base64.StdEncoding.EncodeToString([]byte("u:" + known))}
	copies.ContainerLabels = map[string]string{"note": "it is " + known}
	patched := named(token())
	patched.Image = "registry.example.com/x/" + strings.ToLower("y") + ":1"
	patched.PermissionProfile = &runner.PermissionProfile{Name: "p", Network: &runner.NetworkPermissions{
		Outbound: &runner.OutboundPermissions{AllowHost: []string{token() + ".example.com"}, Extra: jsontext.Value(`{"proxy_password":"` + word() + `"}`)},
		Inbound:  &runner.InboundPermissions{AllowHost: []string{token()}},
	}}
	patched.ContainerName, patched.BaseName, patched.ProxyMode, patched.TargetHost = token(), token(), token(), token()
	patched.Container = &runner.ContainerOptions{User: token(), Extra: jsontext.Value(`{"registry_password":"` + word() + `"}`)}
	patched.AuthzConfigPath, patched.AuditConfigPath = "/etc/"+token(), "https://u:"+word()+"@h/audit"
	return map[string]*runner.RunConfig{
		"remote": remote, "local": local, "docker": docker, "shell": shell, "npx": node, "copies": copies, "patched": patched,
	}
}

func TestCanaries(t *testing.T) {
	var c canaries
	said := map[string]string{}
	for name, cfg := range c.configs() {
		said[name] = toJSON(t, inputFor(t, cfg))
	}
	require.Greater(t, len(c.All), 100)
	c.RequireNone(t, said)
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// Whatever stands in a config, making an input of it does not panic, and what
// was found stays gone when the input is judged again.
func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"", "--token=x", "https://u:p@h/?token=a#", "://", "a://:@", "{\"password\":1}", "[[[", "Basic Og==", "x: y", "=", "-", "\xff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		cfg := process(a, b, a+b)
		cfg.EnvVars = map[string]string{"A": a, "B_TOKEN": b, a: b}
		if _, err := gate.InputFor(cfg); err != nil {
			return // invalid UTF-8
		}
		const token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
		cfg.CmdArgs = []string{a + " " + token + " " + b}
		in, err := gate.InputFor(cfg)
		require.NoError(t, err)
		require.NotContains(t, toJSON(t, in), token)
		in, err = gate.Prepare(in)
		require.NoError(t, err)
		require.NotEmpty(t, in.Server.Redactions)
	})
}

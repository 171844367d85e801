package gate_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

func TestCanaries(t *testing.T) {
	var canaries []string
	next := func(form string) string {
		c := fmt.Sprintf(form, fmt.Sprintf("Canary%02dQ", len(canaries)))
		canaries = append(canaries, c)
		return c
	}
	token := func() string { return next("ghp_%sabcdefghijklmnopqrstuvwxyz01") }
	word := func() string { return next("hunter2%s") }
	remote := &runner.RunConfig{
		Name:      "srv " + token(),
		Group:     token(),
		RemoteURL: "https://user:" + word() + "@example.com/" + token() + "?api_key=" + word() + "&x=" + token(),
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
		OIDCConfig:       jsontext.Value(`{"client_secret":"` + word() + `","a":{"b":[{"bearerToken":"` + word() + `"}]},"password":` + "987654321987" + `}`),
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
	canaries = append(canaries, "987654321987")
	require.Greater(t, len(canaries), 50)
	local := process("--db", "mysql://root:"+word()+"@db/x")
	local.Command = token()
	local.Resolved.Command.Argv0, local.Resolved.Command.Path = "/bin/"+token(), "/opt/"+token()
	local.Resolved.Command.Interpreter = &runner.Interpreter{Path: "/usr/" + token()}

	text := toJSON(t, inputFor(t, remote)) + toJSON(t, inputFor(t, local))
	for _, secret := range canaries {
		for _, form := range forms(secret) {
			require.False(t, strings.Contains(text, form), "%s: %s", secret, form)
		}
	}
}

// forms are the ways in which a secret could stand in a text.
func forms(secret string) []string {
	raw := []byte(secret)
	all := map[string]bool{
		secret: true, url.QueryEscape(secret): true, url.PathEscape(secret): true, hex.EncodeToString(raw): true,
		base64.RawStdEncoding.EncodeToString(raw): true, base64.RawURLEncoding.EncodeToString(raw): true,
	}
	if quoted, err := json.Marshal(secret); err == nil {
		all[strings.Trim(string(quoted), `"`)] = true
	}
	return slices.Sorted(maps.Keys(all))
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

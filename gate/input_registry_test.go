package gate_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

func TestRegistryInput(t *testing.T) {
	for name, tc := range map[string]struct{ given, want gate.Registry }{
		"none":    {},
		"name":    {gate.Registry{Name: "default"}, gate.Registry{Name: "default"}},
		"a file":  {gate.Registry{URL: "https://r.example/a.json"}, gate.Registry{URL: "https://r.example/a.json", Scheme: "https", Host: "r.example"}},
		"an API":  {gate.Registry{APIURL: "http://r.example"}, gate.Registry{APIURL: "http://r.example", Scheme: "http", Host: "r.example"}},
		"a slash": {gate.Registry{APIURL: "http://r.example/"}, gate.Registry{APIURL: "http://r.example/", Scheme: "http", Host: "r.example"}},
		"another spelling": {
			gate.Registry{URL: "HTTPS://R.Example.:443/%61#x", Scheme: "http", Host: "ok.example", AllowPrivateIP: true},
			gate.Registry{URL: "https://r.example/a", Scheme: "https", Host: "r.example", AllowPrivateIP: true},
		},
		"an address": {gate.Registry{APIURL: "http://[0:0::1]:80/x"}, gate.Registry{APIURL: "http://[::1]/x", Scheme: "http", Host: "::1"}},
		"userinfo": {
			gate.Registry{URL: "https://ok.example:hunter2@evil.example/a"},
			gate.Registry{URL: "https://evil.example/a", Scheme: "https", Host: "evil.example", HasAuth: true},
		},
		"an empty userinfo": {gate.Registry{URL: "https://@r.example/a"}, gate.Registry{URL: "https://r.example/a", Scheme: "https", Host: "r.example"}},
		"a secret parameter": {
			gate.Registry{URL: "https://r.example/a?token=hunter2&x=1"},
			gate.Registry{URL: "https://r.example/a?token=" + gate.Redacted + "&x=1", Scheme: "https", Host: "r.example"},
		},
		"a path as it is written": {
			gate.Registry{LocalPath: "file:///srv/../etc/r.json", Resolved: "/etc/real//r.json", HasAuth: true},
			gate.Registry{LocalPath: "/etc/r.json", Resolved: "/etc/real/r.json", HasAuth: true},
		},
	} {
		for _, operation := range []string{gate.OperationUpdateRegistry, gate.OperationDeleteRegistry} {
			t.Run(name+"/"+operation, func(t *testing.T) {
				in, err := gate.RegistryInput(operation, tc.given)
				require.NoError(t, err)
				require.Equal(t, tc.want, in.Registry)
				require.Equal(t, operation, in.Operation)
				again, err := gate.Prepare(in)
				require.NoError(t, err)
				require.Equal(t, in, again, "it is whole and redacted")
				require.Empty(t, in.Server.Kind)
			})
		}
	}
}

// The file that is read is found as those of mounts are.
func TestRegistryInputOfAFile(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "real.json"), nil, 0o600))
	require.NoError(t, os.Symlink("real.json", filepath.Join(dir, "link.json")))
	t.Chdir(dir)
	for given, want := range map[string][2]string{
		filepath.Join(dir, "real.json"):             {"real.json", "real.json"},
		filepath.Join(dir, "link.json"):             {"link.json", "real.json"},
		"link.json":                                 {"link.json", "real.json"},
		"file://link.json":                          {"link.json", "real.json"},
		"file://" + filepath.Join(dir, "link.json"): {"link.json", "real.json"},
		"sub/../link.json":                          {"link.json", "real.json"},
		"gone.json":                                 {"gone.json", "gone.json"},
	} {
		in, err := gate.RegistryInput(gate.OperationUpdateRegistry, gate.Registry{LocalPath: given})
		require.NoError(t, err, given)
		require.Equal(t, gate.Registry{LocalPath: filepath.Join(dir, want[0]), Resolved: filepath.Join(dir, want[1])}, in.Registry, given)
	}
}

// What a host may read otherwise than policies do is not judged.
func TestRegistryInputRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		given gate.Registry
		want  string
	}{
		"two":                   {gate.Registry{URL: "https://a.example", APIURL: "https://a.example"}, "more than one of url, api_url and local_path"},
		"a URL and a file":      {gate.Registry{URL: "https://a.example", LocalPath: "/x"}, "more than one of"},
		"an API and a file":     {gate.Registry{APIURL: "https://a.example", LocalPath: "/x"}, "more than one of"},
		"a file for a URL":      {gate.Registry{URL: "/etc/r.json"}, "url: want an http or https URL"},
		"file:// for a URL":     {gate.Registry{APIURL: "file:///etc/r.json"}, "api_url: want an http or https URL"},
		"no host":               {gate.Registry{URL: "https:///r.json"}, "url: no host"},
		"no URL":                {gate.Registry{URL: "https://hunter2:x\x7f@a.example"}, "url: not a valid URL"},
		"an odd address":        {gate.Registry{URL: "https://127.1/r.json"}, "unusual spelling"},
		"a URL for a file":      {gate.Registry{LocalPath: "HTTPS://evil.example/r.json"}, "local_path: is a URL, which belongs into url"},
		"a URL behind file":     {gate.Registry{LocalPath: "file://https://evil.example/r.json"}, "local_path: is a URL"},
		"nothing behind file":   {gate.Registry{LocalPath: "file://"}, "local_path: names no file"},
		"a home directory":      {gate.Registry{LocalPath: "~/r.json"}, "local_path: begins with ~"},
		"an impossible path":    {gate.Registry{LocalPath: "/x\x00ghp_abcdefghijklmnopqrstuvwxyz0123456789"}, "local_path: "},
		"a URL and resolved":    {gate.Registry{URL: "https://a.example", Resolved: "/x"}, "url: is given with resolved"},
		"resolved alone":        {gate.Registry{Resolved: "/x"}, "resolved without local_path"},
		"relative, as written":  {gate.Registry{LocalPath: "x", Resolved: "/x"}, "not both absolute"},
		"resolved, as written":  {gate.Registry{LocalPath: "/x", Resolved: "x"}, "not both absolute"},
		"the mark of redaction": {gate.Registry{Name: gate.Redacted}, "stands for secrets"},
	} {
		in, err := gate.RegistryInput(gate.OperationUpdateRegistry, tc.given)
		require.ErrorContains(t, err, tc.want, name)
		require.NotContains(t, err.Error(), "hunter2", name)
		require.NotContains(t, err.Error(), "ghp_", name)
		require.Zero(t, in, name)
	}
	for _, operation := range []string{"", gate.OperationCreateServer, "Update_Registry", "list"} {
		_, err := gate.RegistryInput(operation, gate.Registry{})
		require.EqualError(t, err, "operation: want update_registry or delete_registry")
	}
}

func TestRegistryCanaries(t *testing.T) {
	var c canaries
	said := map[string]string{}
	for name, given := range map[string]gate.Registry{
		"name": {Name: "default " + c.Token()},
		"url":  {URL: "https://user:" + c.Word() + "@r.example/" + c.Token() + "?api_key=" + c.Word() + "&x=" + c.Token() + "#access_token=" + c.Word()},
		"api":  {APIURL: "https://" + c.Word() + "@" + c.Token() + ".r.example/?" + c.Token() + "=1&sig=" + c.Word()},
		"file": {LocalPath: "/srv/" + c.Token() + "/registry.json"},
		"link": {LocalPath: "/srv/registry.json", Resolved: "/srv/" + c.Token() + "/registry.json"},
	} {
		in, err := gate.RegistryInput(gate.OperationUpdateRegistry, given)
		if err != nil {
			said[name] = err.Error()
			continue
		}
		said[name] = toJSON(t, in)
	}
	require.Greater(t, len(c.All), 10)
	c.RequireNone(t, said)
}

// The profiles of the library decide about registries, and say why not.
func TestDecideAboutRegistries(t *testing.T) {
	const clear = `registry.tls: MCP registry "http://r.example/r.json" is not reached over TLS`
	update, remove := gate.OperationUpdateRegistry, gate.OperationDeleteRegistry
	gates := map[string]*gate.Gate{}
	for _, name := range library.Names() {
		source, err := library.Source(name)
		require.NoError(t, err)
		store, err := rego.Open(t.Context(), rego.StoreConfig{
			LoadConfig: rego.LoadConfig{Name: "builtin", FS: source, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)}, Static: true,
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		gates[name] = newGate(t, store)
	}
	for name, tc := range map[string]struct {
		operation string
		given     gate.Registry
		profile   string
		want      string // "" where it is allowed
	}{
		"over TLS":                 {update, gate.Registry{URL: "https://r.example/r.json"}, "starter", ""},
		"in clear":                 {update, gate.Registry{URL: "http://r.example/r.json"}, "starter", clear},
		"in clear, and warned":     {update, gate.Registry{APIURL: "http://r.example/r.json", AllowPrivateIP: true}, "recommended", clear},
		"in clear, and recorded":   {update, gate.Registry{URL: "http://r.example/r.json"}, "audit-only", ""},
		"on this machine":          {update, gate.Registry{URL: "http://localhost:8080/r.json", AllowPrivateIP: true}, "recommended", ""},
		"private, and warned":      {update, gate.Registry{URL: "https://r.example/r.json", AllowPrivateIP: true}, "recommended", ""},
		"a secret":                 {update, gate.Registry{URL: "https://r.example/?token=hunter2"}, "starter", "secrets.clear: the URL of the registry holds a secret in clear: it is part of a URL"},
		"a file":                   {update, gate.Registry{LocalPath: "/srv/r.json", Resolved: "/srv/r.json"}, "starter", ""},
		"a file that is not meant": {update, gate.Registry{LocalPath: "/srv/r.json", Resolved: "/srv/r.json"}, "strict", `registry.source: the MCP registry would be the local file "/srv/r.json"`},
		"not approved":             {update, gate.Registry{URL: "https://r.example/r.json"}, "strict", `registry.source: MCP registry "https://r.example/r.json" is not on an approved host`},
		"back":                     {remove, gate.Registry{Name: "default"}, "recommended", ""},
		"back, where it stays":     {remove, gate.Registry{Name: "default"}, "strict", "registry.removal: delete_registry deletes the MCP registry that is configured"},
		"back by an update":        {update, gate.Registry{}, "strict", "registry.removal: update_registry names no registry, which deletes the MCP registry that is configured"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := gate.RegistryInput(tc.operation, tc.given)
			require.NoError(t, err)
			d, err := gates[tc.profile].Decide(t.Context(), in)
			require.NoError(t, err)
			require.Equal(t, tc.want == "", d.Allowed)
			err = gates[tc.profile].Check(t.Context(), in)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			var denied *gate.DeniedError
			require.ErrorAs(t, err, &denied)
			require.EqualError(t, err, tc.want)
		})
	}
}

// A host that gives a registry in no canonical form gets no verdict in its favour.
func TestRegistryThatNobodyHasRead(t *testing.T) {
	source, err := library.Source("starter")
	require.NoError(t, err)
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{Name: "builtin", FS: source, InputSchema: gate.InputSchema()}, Static: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	url := "https://r.example/r.json"
	d, err := newGate(t, store).Decide(t.Context(), gate.Input{Operation: gate.OperationUpdateRegistry, Registry: gate.Registry{URL: url}})
	require.NoError(t, err)
	require.False(t, d.Allowed)
	require.Equal(t, fmt.Sprintf("MCP registry %q is not reached over TLS", url), d.Violations[0].Msg)
}

package runner_test

import (
	stdjson "encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestParseRunConfigRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ data, want string }{
		"empty":                         {"", "1:1: unexpected end"},
		"white space":                   {" \n ", "2:2: unexpected end"},
		"cut off":                       {`{"image": "a"`, "1:14: unexpected end"},
		"cut off in a string":           {`{"image": "a`, "1:13: /image: unexpected end"},
		"not an object":                 {`[]`, "1:1: want an object, have a list"},
		"null":                          {`null`, "1:1: want an object, have null"},
		"trailing data":                 {"{}\n {}", "2:2: data after the run config"},
		"trailing garbage":              {"{}\n x", "2:2: data after the run config"},
		"comment":                       {"{\n// hello\n}", "2:1: invalid JSON: at start of value"},
		"trailing comma":                {`{"image": "a",}`, "1:14: invalid JSON"},
		"missing comma":                 {`{"image": "a" "name": "b"}`, "1:15: invalid JSON: after object value (expecting ',' or '}')"},
		"single quotes":                 {`{'image': "a"}`, "1:2: invalid JSON"},
		"key that is no string":         {`{1: "a"}`, "1:2: a key must be a string"},
		"byte order mark":               {"\ufeff{}", "1:1: byte order mark"},
		"invalid UTF-8":                 {"{\"name\":\n \"h\xff\"}", "2:4: invalid UTF-8"},
		"invalid UTF-8 in a key":        {"{\"n\xc3\": 1}", "1:4: invalid UTF-8"},
		"lone surrogate":                {`{"name": "\ud800"}`, "1:11: /name: invalid JSON: in string"},
		"control character":             {"{\"name\": \"a\nb\"}", "1:12: /name: invalid JSON: in string (expecting non-control character)"},
		"NUL byte":                      {"{\"name\": \"a\x00\"}", "1:12: NUL byte"},
		"escaped NUL byte":              {`{"cmd_args": ["a", "b\u0000"]}`, "1:20: /cmd_args/1: NUL byte"},
		"NUL byte in an unknown member": {`{"x": {"y": "\u0000"}}`, "1:13: /x/y: NUL byte"},
		"NUL byte in a key":             {`{"env_vars": {"A\u0000": "x"}}`, "1:15: /env_vars: NUL byte in a key"},
		"column counts characters":      {`{"name": "é", "name": ""}`, `1:15: duplicate key "name"`},
		"duplicate key":                 {"{\"image\": \"a\",\n  \"image\": \"b\"}", `2:3: duplicate key "image"`},
		"duplicate key, escaped":        {`{"image": "a", "im\u0061ge": "b"}`, `1:16: duplicate key "image"`},
		"duplicate variable":            {`{"env_vars": {"A": "1", "A": "2"}}`, `1:25: /env_vars: duplicate key "A"`},
		"duplicate key, unknown member": {`{"x": [{"y": 1, "y": 2}]}`, `1:17: /x/0: duplicate key "y"`},
		"case of a known key":           {`{"image": "a", "Image": "b"}`, `1:16: key "Image" differs from "image" only in case`},
		"case of a known key, alone":    {`{"IMAGE": "b"}`, `1:2: key "IMAGE" differs from "image" only in case`},
		"case of a known key, first":    {`{"Image": "b", "image": "a"}`, `1:2: key "Image" differs from "image" only in case`},
		"case beyond ASCII":             {`{"cmd_argſ": []}`, `differs from "cmd_args" only in case`},
		"case in the profile":           {`{"permission_profile": {"Privileged": true}}`, `1:25: /permission_profile: key "Privileged" differs`},
		"case in the network":           {`{"permission_profile": {"network": {"Mode": ""}}}`, `/permission_profile/network: key "Mode" differs`},
		"case in outbound":              {`{"permission_profile": {"network": {"outbound": {"Allow_Host": []}}}}`, `key "Allow_Host" differs`},
		"case in inbound":               {`{"permission_profile": {"network": {"inbound": {"Allow_Host": []}}}}`, `key "Allow_Host" differs`},
		"case in header_forward":        {`{"header_forward": {"Add_plaintext_headers": {}}}`, `key "Add_plaintext_headers" differs`},
		"case of headers":               {`{"header_forward": {"add_plaintext_headers": {"X-A": "", "x-a": ""}}}`, `key "x-a" differs from "X-A" only in case`},
		"case in an unknown member":     {`{"x": {"a": {"Key": 1, "key": 2}}}`, `1:24: /x/a: key "key" differs from "Key" only in case`},
		"case of unknown members":       {`{"foo": 1, "FOO": 2}`, `1:12: key "FOO" differs from "foo" only in case`},
		"case in oidc_config":           {`{"oidc_config": {"Issuer": "", "issuer": ""}}`, `/oidc_config: key "issuer" differs`},
		"string for a number":           {`{"port": "8080"}`, "1:10: /port: want a number, have a string"},
		"fraction":                      {`{"port": 80.5}`, "1:10: /port: want a whole number"},
		"exponent":                      {`{"port": 8e3}`, "1:10: /port: want a whole number"},
		"large fraction":                {`{"container": {"cpus": 1e999}}`, "1:24: "},
		"overflow":                      {`{"port": 99999999999999999999}`, "1:10: /port: want a whole number"},
		"number for a string":           {`{"image": 5}`, "1:11: /image: want a string, have a number"},
		"string for a list":             {`{"cmd_args": "-y"}`, "1:14: /cmd_args: want a list, have a string"},
		"number in a list":              {`{"cmd_args": ["a", 1]}`, "1:20: /cmd_args/1: want a string, have a number"},
		"null in a list":                {`{"cmd_args": [null]}`, "1:15: /cmd_args/0: want a string, have null"},
		"null in a map":                 {`{"env_vars": {"A": null}}`, "1:20: /env_vars/A: want a string, have null"},
		"number for a flag":             {`{"debug": 1}`, "1:11: /debug: want true or false, have a number"},
		"list for the profile":          {`{"permission_profile": []}`, "1:24: /permission_profile: want an object, have a list"},
		"text for oidc_config":          {`{"oidc_config": "x"}`, "1:17: /oidc_config: want an object, have a string"},
		"schema version":                {"{\n \"schema_version\": \"v2\"}", "2:20: /schema_version: this version of the runner reads only v0.1.0"},
		"too large":                     {`{"x": "` + strings.Repeat("x", 1<<20) + `"}`, "run config is larger than 1048576 bytes"},
		"too deep":                      {`{"x":` + strings.Repeat("[", 20000), "invalid JSON: exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := runner.ParseRunConfig([]byte(tt.data))
			require.Nil(t, c)
			require.ErrorContains(t, err, tt.want)

			require.Error(t, stdjson.Unmarshal([]byte(tt.data), &runner.RunConfig{}), "encoding/json is as strict")
		})
	}
}

func TestParseRunConfigAccepts(t *testing.T) {
	for name, tt := range map[string]struct {
		data string
		want runner.RunConfig
	}{
		"empty object":              {`{}`, runner.RunConfig{}},
		"no schema version":         {`{"schema_version": ""}`, runner.RunConfig{}},
		"null is absent":            {`{"image": null, "port": null, "permission_profile": null, "env_vars": null, "oidc_config": null}`, runner.RunConfig{}},
		"case of variables":         {`{"env_vars": {"http_proxy": "a", "HTTP_PROXY": "b"}}`, runner.RunConfig{EnvVars: map[string]string{"http_proxy": "a", "HTTP_PROXY": "b"}}},
		"case of labels":            {`{"container_labels": {"a": "1", "A": "2"}}`, runner.RunConfig{ContainerLabels: map[string]string{"a": "1", "A": "2"}}},
		"variable named as a field": {`{"env_vars": {"IMAGE": "a"}}`, runner.RunConfig{EnvVars: map[string]string{"IMAGE": "a"}}},
		"unknown members":           {`{"x": {"image": null, "Port": 1.50}}`, runner.RunConfig{Extra: []byte(`{"x":{"image":null,"Port":1.50}}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := runner.ParseRunConfig([]byte(tt.data))
			require.NoError(t, err)
			tt.want.SchemaVersion = runner.CurrentSchemaVersion
			require.Equal(t, &tt.want, c)
		})
	}
}

// A value may be a secret: no error shows any part of one.
func TestParseRunConfigErrorsQuoteNoValue(t *testing.T) {
	const secret = "Zq7"
	for _, data := range []string{
		`{"port": "Zq7"}`, `{"debug": "Zq7"}`, `{"schema_version": "Zq7"}`, `{"env_vars": "Zq7"}`,
		`{"env_vars": {"A": Zq7}}`, `{"env_vars": {"A": "Zq7\u0000"}}`, `{"env_vars": {"A": "Zq7" "Zq7"}}`,
		`{"env_vars": {"A": "Zq7\q"}}`, `{"env_vars": {"A": "\Zq7"}}`, `{"env_vars": {"A": "\ud800\uZq7"}}`,
		`{"cmd_args": [Zq7]}`, `{"a": "Zq7", "a": "Zq7"}`, `"Zq7"`, `Zq7`, `{} "Zq7"`, `{} Zq7`, "{\"a\": \"Zq7\xff\"}",
		`{"a": "Zq7`, `{"port": 1Zq7}`, `{"a": nZq7}`,
	} {
		_, err := runner.ParseRunConfig([]byte(data))
		require.Error(t, err, data)
		for _, part := range []string{secret, "Z", "q7"} {
			require.NotContains(t, err.Error(), part, data)
		}
	}
}

// What ToolHive exports loads, and goes out again with every member, known or not.
func TestLoadRunConfigToolHive(t *testing.T) {
	files, err := filepath.Glob("../testdata/runconfigs/thv-export-*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := runner.LoadRunConfig(file)
			require.NoError(t, err)
			require.NoError(t, c.Validate())

			want, err := os.ReadFile(file)
			require.NoError(t, err)
			got, err := c.MarshalJSON()
			require.NoError(t, err)
			require.Equal(t, present(t, want), present(t, got))

			std, err := stdjson.Marshal(c)
			require.NoError(t, err)
			require.JSONEq(t, string(got), string(std))
			std, err = stdjson.Marshal(*c)
			require.NoError(t, err)
			require.JSONEq(t, string(got), string(std))
		})
	}
}

func TestLoadRunConfigKeepsUnknownMembers(t *testing.T) {
	c, err := runner.LoadRunConfig("../testdata/runconfigs/thv-export-github.json")
	require.NoError(t, err)
	require.Contains(t, string(c.Extra), `"tools_override"`)
	require.JSONEq(t, `{"capabilities": {"drop": ["ALL"]}}`, string(c.PermissionProfile.Extra))
	require.JSONEq(t, `{"dns": {"search": []}}`, string(c.PermissionProfile.Network.Extra))
	require.JSONEq(t, `{"allow_transport": ["tcp"]}`, string(c.PermissionProfile.Network.Outbound.Extra))
	require.Equal(t, []int{443}, c.PermissionProfile.Network.Outbound.AllowPort)
	require.Equal(t, "--toolsets=issues,pull_requests && repos", c.CmdArgs[1])
}

// present is a run config as generic JSON, without what says "not set".
func present(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, stdjson.Unmarshal(data, &object))
	for key, value := range object {
		if value == nil || value == "" {
			delete(object, key)
		}
	}
	return object
}

func TestMarshalKeepsEmptyParts(t *testing.T) {
	const data = `{"schema_version":"v0.1.0","image":"a","cmd_args":[],"name":"","transport":"",` +
		`"permission_profile":{"read":[],"network":{"outbound":{},"inbound":{}}},"oidc_config":{}}`
	c, err := runner.ParseRunConfig([]byte(data))
	require.NoError(t, err)
	got, err := c.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, data, string(got))
}

func TestMarshalRefusesAmbiguousExtra(t *testing.T) {
	c := &runner.RunConfig{Image: "a", Extra: []byte(`{"image": "hidden"}`)}
	_, err := c.MarshalJSON()
	require.EqualError(t, err, `duplicate key "image"`)
}

func TestLoadRunConfigErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
		return path
	}
	broken, large := write("broken.json", "{\n\"image\": 1}"), write("large.json", strings.Repeat(" ", 1<<20)+"{}")

	_, err := runner.LoadRunConfig(broken)
	require.EqualError(t, err, "run config "+broken+":2:10: /image: want a string, have a number")
	_, err = runner.LoadRunConfig(large)
	require.EqualError(t, err, "run config: "+large+": larger than 1048576 bytes")
	_, err = runner.LoadRunConfig(dir)
	require.EqualError(t, err, "run config: "+dir+": not a regular file")
	_, err = runner.LoadRunConfig(filepath.Join(dir, "missing.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "missing.json")

	exact := write("exact.json", "{}"+strings.Repeat(" ", 1<<20-2))
	_, err = runner.LoadRunConfig(exact)
	require.NoError(t, err)
}

func TestLoadPermissionProfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "profile.json")
	for name, tt := range map[string]struct{ data, want string }{
		"case":       {`{"Read": []}`, ":1:2: key \"Read\" differs from \"read\" only in case"},
		"duplicate":  {`{"read": [], "read": []}`, `:1:14: duplicate key "read"`},
		"trailing":   {`{}{}`, ":1:3: data after the permission profile"},
		"null":       {`null`, ":1:1: want an object, have null"},
		"wrong type": {`{"network": {"outbound": {"allow_port": ["443"]}}}`, ":1:42: /network/outbound/allow_port/0: want a number"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, []byte(tt.data), 0o600))
			_, err := runner.LoadPermissionProfile(path)
			require.ErrorContains(t, err, "permission profile "+path+tt.want)
		})
	}

	require.NoError(t, os.WriteFile(path, []byte(`{"name": "x", "write": ["/a:/b"], "new": null}`), 0o600))
	p, err := runner.LoadPermissionProfile(path)
	require.NoError(t, err)
	require.Equal(t, &runner.PermissionProfile{Name: "x", Write: []string{"/a:/b"}, Extra: []byte(`{"new":null}`)}, p)

	for name, outbound := range map[string]bool{"none": false, "network": true} {
		p, err := runner.LoadPermissionProfile(name)
		require.NoError(t, err)
		require.Equal(t, name, p.Name)
		require.False(t, p.Privileged)
		require.Equal(t, outbound, p.Network.Outbound.InsecureAllowAll)
		require.Empty(t, p.Read)
		require.Empty(t, p.Write)
	}
	for _, missing := range []string{"", "None", filepath.Join(t.TempDir(), "none")} {
		_, err := runner.LoadPermissionProfile(missing)
		require.Error(t, err, missing)
	}
}

func TestEnvNames(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".env")
	require.NoError(t, os.WriteFile(path, []byte("\ufeffA=1\r\n# B=2\n export C = \"x\nD=inner\"\nA=3\n\tE: y\nF:y\n=z\nG H=1\nü=1\nexport\nI.J-K=\n"), 0o600))
	names, err := runner.ParseEnvNames(path)
	require.NoError(t, err)
	require.Equal(t, []string{"A", "C", "D", "E", "I.J-K"}, names)
	_, err = runner.ParseEnvNames(path + ".nowhere")
	require.ErrorContains(t, err, "env file: open ")
}

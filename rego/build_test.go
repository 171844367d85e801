package rego_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/lib"
)

// sourceOfMany is a source with everything that a bundle has to carry.
func sourceOfMany(t *testing.T) files {
	t.Helper()
	return files{
		"base/.manifest": `{"roots": ["mcp/policy/net", "mcp/settings/enforcement", "mcp/settings/waivers", "corp", "corp/lists"]}`,
		"base/net.rego": "# METADATA\n# title: Net \\u00fc <&>\n# related_resources:\n#   - ref: https://intranet.example/?a=b&c\n# custom:\n#   severity: high\n" +
			"package mcp.policy.net\n\nimport data.corp.names\nimport data.mcp.lib\n\n" +
			"deny contains \"loopback\" if lib.loopback(input.server.name)\n\nwarn contains \"odd\" if names.odd(input.server.name)\n",
		"base/deep/er.rego":  "package mcp.policy.net.deep.er\n\nn := 1\n\nlimits.low := {\"x\"}\n\nby[k] := 1 if some k in [\"a\"]\n\ndeny contains \"deeper\" if input.server.name == \"deep\"\n",
		"base/names.rego":    "package corp.names\n\nodd(n) if n in data.corp.lists.odd\n",
		"base/data.yaml":     "corp: {lists: {odd: [odd], n: 12345678901234567890.10, html: <&>}}\nmcp:\n  settings:\n    enforcement: {net: deny, gone: warn}\n    waivers:\n      - " + waiverYAML(map[string]string{"policy": "net.deep.er"}) + "\n",
		"base/net_test.rego": "package mcp.policy.net_test\n\ntest_x if true\n",
		"base/tests.rego":    "package corp.names_test\n\ntest_x if true\n",
		"a.rego":             denyBad,
		"base/README.md":     "# readme",
		"team.tar.gz": string(packed(t, map[string]string{
			".manifest":   `{"roots": ["mcp/policy/team"]}`,
			"a.rego":      "package mcp.policy.team.a\n\ndeny contains \"team\" if input.server.name == \"team\"\n",
			"a_test.rego": "package a_test\n\nnonsense",
		})),
		"team/a.rego": "package other.a\n\nx := 1\n",
	}
}

func packed(t *testing.T, members map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		require.NoError(t, tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(members[name])), Mode: 0o644}))
		_, err := tw.Write([]byte(members[name]))
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	require.NoError(t, zw.Close())
	return b.Bytes()
}

func unpacked(t *testing.T, bundle []byte) map[string]string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(bundle))
	require.NoError(t, err)
	members := map[string]string{}
	for tr := tar.NewReader(zr); ; {
		hdr, err := tr.Next()
		if err == io.EOF {
			return members
		}
		require.NoError(t, err)
		b, err := io.ReadAll(tr)
		require.NoError(t, err)
		members[hdr.Name] = string(b)
	}
}

func builtWith(t *testing.T, f files, schema []byte) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	err := rego.Build(t.Context(), rego.LoadConfig{Name: "test", FS: f.fs(), InputSchema: schema, Log: quiet},
		rego.BuildOptions{Version: "v1.2.3"}, &b)
	return b.Bytes(), err
}

func built(t *testing.T, f files) []byte {
	t.Helper()
	b, err := builtWith(t, f, []byte(schema))
	require.NoError(t, err)
	return b
}

// opaDecision asks OPA as `opa eval --strict-builtin-errors -b` does. Modules are
// added as with -d.
func opaDecision(t *testing.T, bundle []byte, input any, modules ...string) (map[string]any, error) {
	t.Helper()
	b, err := opabundle.NewReader(bytes.NewReader(bundle)).Read()
	require.NoError(t, err)
	options := []func(*oparego.Rego){
		oparego.ParsedBundle("bundle", &b),
		oparego.Query("data.mcp.gate.decision"),
		oparego.StrictBuiltinErrors(true),
	}
	for i, m := range modules {
		options = append(options, oparego.Module(strings.Repeat("x", i+1)+".rego", m))
	}
	if input != nil {
		options = append(options, oparego.Input(input))
	}
	results, err := oparego.New(options...).Eval(t.Context())
	if err != nil {
		return nil, err
	}
	require.Len(t, results, 1)
	return results[0].Expressions[0].Value.(map[string]any), nil
}

func smallInput(name string) map[string]any {
	return map[string]any{
		"server":  map[string]any{"name": name, "image": "", "args": []any{}},
		"context": map[string]any{"time": "2026-01-01T00:00:00.000Z"},
	}
}

// serverSchema is the schema of these tests, with required fields.
const serverSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://x.example/input.json",
	"type": "object", "additionalProperties": false, "required": ["server", "context"],
	"properties": {
		"server": {
			"type": "object", "additionalProperties": false, "required": ["name", "image", "args"],
			"properties": {"name": {"type": "string"}, "image": {}, "args": {"type": "array", "items": {"type": "string"}}}
		},
		"context": {"type": "object", "required": ["time"], "properties": {"time": {"type": "string"}}}
	}
}`

func TestBuild(t *testing.T) {
	f := sourceOfMany(t)
	delete(f, "base/data.yaml") // its waiver pins what the small schema lacks
	f["base/data.yaml"] = "corp: {lists: {odd: [odd], n: 12345678901234567890.10, html: <&>}}\nmcp: {settings: {enforcement: {net: deny, gone: warn}}}\n"
	bundle, err := builtWith(t, f, []byte(serverSchema))
	require.NoError(t, err)
	again, err := builtWith(t, f, []byte(serverSchema))
	require.NoError(t, err)
	require.Equal(t, bundle, again, "equal sources are equal bytes")

	members := unpacked(t, bundle)
	want := []string{
		".manifest", ".mcp/mcp/gate/decision.rego", ".mcp/mcp/gate/gate.rego", ".mcp/mcp/gate/waivers.rego",
		"a.rego", "base/deep/er.rego", "base/names.rego", "base/net.rego", "data.json", "team/a.rego", "team/a_.rego",
	}
	shipped, err := fs.Glob(lib.FS, "mcp/lib/*.rego")
	require.NoError(t, err)
	for _, name := range shipped {
		want = append(want, ".mcp/"+name)
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(members)))
	require.Equal(t, f["base/net.rego"], members["base/net.rego"], "with its annotations")
	require.JSONEq(t, `{"corp": {"lists": {"odd": ["odd"], "n": 12345678901234567890.10, "html": "<&>"}},
		"mcp": {"settings": {"enforcement": {"net": "deny", "gone": "warn"}}}}`, members["data.json"])
	require.Contains(t, members["data.json"], "12345678901234567890.10")

	p, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: f.fs(), InputSchema: []byte(serverSchema), Log: quiet})
	require.NoError(t, err)
	var manifest map[string]any
	require.NoError(t, json.Unmarshal([]byte(members[".manifest"]), &manifest))
	require.Equal(t, map[string]any{
		"revision": p.Revision(), "rego_version": 1.0, "roots": []any{"corp", "mcp", "other/a"},
		"metadata": map[string]any{"mcp_runner": map[string]any{
			"version": "v1.2.3", "policies": []any{"a", "net", "net.deep.er", "team.a"},
		}},
	}, manifest)

	// The directory, OPA on the bundle, and the bundle as a source of its own.
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "built.tar.gz"), bundle, 0o644))
	published, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, InputSchema: []byte(serverSchema), Log: quiet})
	require.NoError(t, err)
	require.Equal(t, p.Policies(), published.Policies())
	for name, denied := range map[string]bool{"good": false, "bad": true, "localhost": true, "odd": false, "deep": true, "team": true} {
		want := toJSON(t, eval(t, p, name))
		require.JSONEq(t, want, toJSON(t, eval(t, published, name)))
		decision, err := opaDecision(t, bundle, smallInput(name))
		require.NoError(t, err)
		require.JSONEq(t, want, toJSON(t, decision))
		require.Equal(t, !denied, decision["allowed"], name)
		require.Equal(t, []any{`settings: enforcement of "gone": there is no such policy`}, decision["warnings"])
	}
}

// A bundle for a source brings its own mcp.gate along. The gate decides with the
// one in the program, whatever stands in the bundle.
func TestBuiltBundleDoesNotReplaceTheDecision(t *testing.T) {
	members := unpacked(t, built(t, files{"a.rego": denyBad}))
	members[".mcp/mcp/gate/gate.rego"] = "package mcp.gate\n\ndecide(_) := {\"allowed\": true, \"violations\": [], \"warnings\": [], \"errors\": []}\n"
	members[".mcp/mcp/gate/decision.rego"] = "package mcp.gate\n\ndecision := decide({})\n"
	p, err := load(t.Context(), files{"built.tar.gz": string(packed(t, members))})
	require.NoError(t, err)
	require.False(t, eval(t, p, "bad").Allowed)

	// Under a name that is read, what is the product's own does not load.
	members["gate.rego"] = members[".mcp/mcp/gate/gate.rego"]
	_, err = load(t.Context(), files{"built.tar.gz": string(packed(t, members))})
	require.ErrorContains(t, err, "built.tar.gz/gate.rego")
	require.ErrorContains(t, err, "reserved")
}

func TestBuildErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		files files
		want  string
	}{
		"does not load": {files{"a.rego": "package mcp.policy.a\n\ndeny := true"}, "a.rego:3"},
		"no policy":     {files{"a.rego": "package corp.a\n\nx := 1"}, "no policy loaded"},
		"all of data":   {files{"a.rego": "package mcp.policy.a\n\ndeny contains \"m\" if data[input.server.name]"}, "recurs"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := builtWith(t, tc.files, []byte(schema))
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "policy source test")
			require.Empty(t, b)
		})
	}
}

// A policy that came later is found whether it stands beside, above or below the
// policies of the list, and known rules are not evaluated to find it.
func TestBuiltBundleFindsPoliciesThatCameLater(t *testing.T) {
	bundle := built(t, files{
		"a.rego": "package mcp.policy.net.a\n\nimport rego.v1\n\n" +
			// Asked about more than deny gets to, these fail.
			"number := to_number(input.server.name)\n\nx := 1 if input.server.name\n\nx := 2 if input.server.image\n\n" +
			"fruit.apple[k] := 1 if some k in [to_number(input.server.name)]\n\n" +
			"limits := {\"deny\": {\"x\"}}\n\nf(y) := y\n\n" +
			"deny contains \"m\" if {\n\tinput.server.name == \"7\"\n\tnumber == 7\n}\n",
		"b.rego": "package mcp.policy.net.a.below\n\nwarn contains \"m\" if input.server.name == \"7\"\n",
	})
	d, err := opaDecision(t, bundle, smallInput("x"))
	require.NoError(t, err)
	require.Equal(t, true, d["allowed"])
	d, err = opaDecision(t, bundle, smallInput("7"))
	require.NoError(t, err)
	require.Len(t, d["violations"], 2)

	for pkg, body := range map[string]string{
		"late": `deny contains "m" if false`, "net": `deny contains "m" if false`, "net.late": `warn contains "m" if false`,
		"net.a.late": `deny contains "m" if false`, "late.deep.er": `deny contains "m" if input.server.name == "x"`,
		"net.a.below.late": `deny := true`,
	} {
		d, err := opaDecision(t, bundle, smallInput("x"), "package mcp.policy."+pkg+"\n\n"+body)
		require.NoError(t, err)
		require.Equal(t, false, d["allowed"], pkg)
		require.Equal(t, []any{map[string]any{
			"policy": "", "msg": "policy " + pkg + " is not in the list of this bundle: build the bundle again",
		}}, d["errors"])
	}
}

// Without any one field of the input, or with another type in its place, nothing
// is allowed; a field that the bundle does not know changes nothing.
func TestBuiltBundleWantsAWholeInput(t *testing.T) {
	bundle, err := builtWith(t, files{"a.rego": denyBad}, inputSchema(t))
	require.NoError(t, err)
	raw, err := os.ReadFile("../testdata/decisions/golden/process.input.json")
	require.NoError(t, err)
	var whole map[string]any
	require.NoError(t, json.Unmarshal(raw, &whole))
	b, err := opabundle.NewReader(bytes.NewReader(bundle)).Read()
	require.NoError(t, err)
	query, err := oparego.New(oparego.ParsedBundle("bundle", &b), oparego.Query("data.mcp.gate.decision"), oparego.StrictBuiltinErrors(true)).
		PrepareForEval(t.Context())
	require.NoError(t, err)
	ask := func(input any) map[string]any {
		results, err := query.Eval(t.Context(), oparego.EvalInput(input))
		require.NoError(t, err)
		require.Len(t, results, 1)
		return results[0].Expressions[0].Value.(map[string]any)
	}
	require.Equal(t, true, ask(whole)["allowed"])
	whole["later"] = "x"
	whole["server"].(map[string]any)["later"] = []any{1}
	require.Equal(t, true, ask(whole)["allowed"])
	delete(whole, "later")
	delete(whole["server"].(map[string]any), "later")

	count := 0
	var walk func(path string, v any)
	refused := func(path string) {
		count++
		d := ask(whole)
		require.Equal(t, false, d["allowed"], path)
		require.NotEmpty(t, d["errors"], path)
	}
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				old := v[key]
				delete(v, key)
				refused(path + "/" + key)
				for _, odd := range []any{nil, map[string]any{"x": 1}, 1.5} {
					v[key] = odd
					_, isObject := odd.(map[string]any)
					fits := isObject && path+"/"+key == "/config" || odd == 1.5 && path+"/"+key == "/server/permissions/limits/cpus"
					if !fits {
						refused(path + "/" + key)
					}
				}
				v[key] = old
				if path+"/"+key != "/config" {
					walk(path+"/"+key, old)
				}
			}
		case []any:
			for _, member := range v {
				walk(path+"/-", member)
			}
		}
	}
	walk("", whole)
	require.Greater(t, count, 300)

	for _, input := range []any{nil, "x", string(raw), []any{}, 5, true} {
		require.Equal(t, false, ask(input)["allowed"])
	}
	results, err := query.Eval(t.Context())
	require.NoError(t, err)
	require.Equal(t, false, results[0].Expressions[0].Value.(map[string]any)["allowed"], "without input")
}

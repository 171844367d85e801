package rego_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

const (
	denyAll = "package mcp.policy.a\n\ndeny contains \"one\" if true\n\ndeny contains \"two\" if true\n"
	pin     = "image: {digest: \"sha256:00\"}"
)

// waiverYAML is a whole waiver but for what given says of it; "-" leaves a key out.
func waiverYAML(given map[string]string) string {
	keys := map[string]string{"policy": "a", "match": "{" + pin + "}", "reason": "r", "expires": "2026-06-01T00:00:00Z"}
	maps.Copy(keys, given)
	var fields []string
	for key, value := range keys {
		if value != "-" {
			fields = append(fields, key+": "+value)
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func waiversYAML(waivers ...string) string {
	return "mcp:\n  settings:\n    waivers:\n      - " + strings.Join(waivers, "\n      - ") + "\n"
}

// inputSchema is the schema of the product.
func loadWaivers(tb testing.TB, data string) (*rego.Policy, error) {
	tb.Helper()
	return rego.Load(tb.Context(), rego.LoadConfig{
		Name: "test", FS: files{"a.rego": denyAll, "data.yaml": data}.fs(), InputSchema: inputSchema(tb), Log: quiet,
	})
}

func evalServer(tb testing.TB, p *rego.Policy, server map[string]any) rego.Result {
	tb.Helper()
	r, err := p.Eval(tb.Context(), ast.MustInterfaceToValue(map[string]any{
		"server":  server,
		"context": map[string]any{"time": "2026-01-01T00:00:00.000Z"},
	}))
	require.NoError(tb, err)
	return r
}

var pinned = map[string]any{"name": "n", "image": map[string]any{"digest": "sha256:00"}}

func TestWaivers(t *testing.T) {
	p, err := loadWaivers(t, waiversYAML(
		waiverYAML(map[string]string{"msg": "one", "ticket": "SEC-1", "approver": "alice@corp.example"}),
		waiverYAML(map[string]string{"expires": "2025-06-01T00:00:00Z"}),
		waiverYAML(map[string]string{"policy": "b"}),
	))
	require.NoError(t, err)
	absent := `settings: waiver of "b": there is no such policy`
	require.Equal(t, []string{absent}, p.Warnings())
	require.Len(t, p.Settings().Waivers, 3)
	first := p.Settings().Waivers[0]
	require.Equal(t, rego.Waiver{
		Policy: "a", Match: map[string]any{"image": map[string]any{"digest": "sha256:00"}}, Msg: "one",
		Reason: "r", Ticket: "SEC-1", Approver: "alice@corp.example", Expires: "2026-06-01T00:00:00Z",
	}, first)
	ends, err := first.Instant()
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), ends.UTC())

	r := evalServer(t, p, pinned)
	require.False(t, r.Allowed)
	require.Empty(t, r.Errors)
	require.Equal(t, []string{absent, `the waiver of "a" expired at 2025-06-01T00:00:00Z`}, r.Warnings)
	require.Len(t, r.Violations, 2)
	require.JSONEq(t, toJSON(t, first), toJSON(t, r.Violations[0].Waiver), "as it is written")
	require.Equal(t, rego.LevelDeny, r.Violations[0].Level)
	require.Nil(t, r.Violations[1].Waiver)

	p, err = loadWaivers(t, waiversYAML(waiverYAML(nil)))
	require.NoError(t, err)
	require.True(t, evalServer(t, p, pinned).Allowed)
	require.False(t, evalServer(t, p, map[string]any{"name": "n", "image": map[string]any{"digest": ""}}).Allowed)
}

func TestWaiverErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		key, value, want string
	}{
		"no policy":              {"policy", "-", "waiver 1: policy is missing or empty"},
		"policy a list":          {"policy", "[a]", "waiver 1: policy is a list, want a string"},
		"policy a prefix":        {"policy", `"a.*"`, "is no name of a policy: a waiver names one policy exactly"},
		"policy of all":          {"policy", `"*"`, "is no name of a policy"},
		"policy as a package":    {"policy", "mcp.policy.a", `write "a"`},
		"no reason":              {"reason", `""`, "waiver 1 (a): reason is missing or empty"},
		"no expires":             {"expires", "-", "waiver 1 (a): expires is missing or empty"},
		"expires a date":         {"expires", "2026-06-01", "is no time with a zone"},
		"expires without zone":   {"expires", "2026-06-01T00:00:00", "is no time with a zone"},
		"expires on no day":      {"expires", "2026-02-29T00:00:00Z", "is no time with a zone"},
		"expires with a comma":   {"expires", `"2026-06-01T00:00:00,5Z"`, "is no time with a zone"},
		"expires in no zone":     {"expires", `"2026-06-01T00:00:00+00:60"`, "is no time with a zone"},
		"expires too precise":    {"expires", "2026-06-01T00:00:00.0000000001Z", "is no time with a zone"},
		"expires far away":       {"expires", "2262-01-01T00:00:00Z", "want a time before 2262"},
		"expires long ago":       {"expires", "1969-12-31T23:59:59Z", "want a time before 2262"},
		"expires a number":       {"expires", "20260601", "expires is a number"},
		"unknown key":            {"expire", "2026-06-01T00:00:00Z", `unknown key "expire": want policy, match`},
		"msg empty":              {"msg", `""`, "msg is missing or empty"},
		"msg a list":             {"msg", "[one]", "msg is a list"},
		"ticket a number":        {"ticket", "7", "ticket is a number"},
		"approver null":          {"approver", "null", "approver is null"},
		"no match":               {"match", "-", "match is missing"},
		"match a list":           {"match", "[x]", "match is a list, want an object"},
		"match null":             {"match", "null", "match is null"},
		"match empty":            {"match", "{}", "match is empty, which is every server"},
		"empty object":           {"match", "{" + pin + ", command: {}}", "match.command is an empty object"},
		"empty object in a list": {"match", "{" + pin + ", labels: [{}]}", "match.labels[0] is an empty object"},
		"no pin":                 {"match", "{name: n}", "match pins nothing"},
		"empty pin":              {"match", `{image: {digest: ""}}`, "match pins nothing"},
		"tag for a pin":          {"match", "{image: {repository: x, tag: v1}}", "match pins nothing"},
		"package of any version": {"match", "{package: {name: x}}", "match pins nothing"},
		"a version of nothing":   {"match", `{package: {name: "", version: 1.0.0}}`, "match pins nothing"},
		"package with a tag":     {"match", "{package: {name: x, version: latest}}", "a range or a tag"},
		"package with a range":   {"match", "{package: {name: x, version: ^1.2.3}}", "a range or a tag"},
		"redacted":               {"match", `{remote: {url: "https://a.example/?k=<redacted>"}}`, "match.remote.url holds <redacted>"},
		"redacted in a list":     {"match", `{` + pin + `, command: {args: ["--key=<redacted>"]}}`, "match.command.args[0] holds <redacted>"},
		"no such field":          {"match", "{" + pin + ", nam: n}", "match.nam: the input has no such field, want one of "},
		"no such field below":    {"match", "{image: {digest: x, registri: y}}", "match.image.registri: the input has no such field"},
		"another type":           {"match", "{" + pin + ", name: 5}", "match.name is a number, but the input has string there"},
		"no integer":             {"match", "{" + pin + ", remote: {port: 4.5}}", "match.remote.port is a number, but the input has integer"},
		"a string for an object": {"match", "{" + pin + ", command: x}", "match.command is a string, but the input has object"},
		"an object for a string": {"match", "{" + pin + ", name: {is: n}}", "match.name is an object, but the input has string"},
		"an object for a list":   {"match", "{" + pin + ", labels: {team: a}}", "match.labels is an object, but the input has array"},
		"a member of a list":     {"match", "{" + pin + ", command: {args: [5]}}", "match.command.args[0] is a number"},
		"a member in part":       {"match", "{" + pin + ", labels: [{name: team}]}", "match.labels[0] has no value: a list is compared whole"},
		"null":                   {"match", "{" + pin + ", name: null}", "match.name is null"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadWaivers(t, waiversYAML(waiverYAML(map[string]string{tc.key: tc.value})))
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "data.yaml:4: data.mcp.settings.waivers: waiver 1")
		})
	}
	for name, tc := range map[string]struct{ waivers, want string }{
		"null":     {"waivers:", "waivers: is null, want a list"},
		"a string": {"waivers: [a]", "waiver 1: is a string, want an object"},
		"twice":    {"waivers: [" + waiverYAML(nil) + ", " + waiverYAML(nil) + "]", "waiver 2 (a): is waiver 1 again"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadWaivers(t, "mcp:\n  settings:\n    "+tc.waivers+"\n")
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestWaiversThatLoad(t *testing.T) {
	for name, given := range map[string]map[string]string{
		"expired":               {"expires": "2020-06-01T00:00:00Z"},
		"another zone":          {"expires": "2026-06-01T00:00:00.5+02:00"},
		"the last":              {"expires": "2261-12-31T23:59:59.999999999-23:59"},
		"an integer":            {"match": "{remote: {url: x, port: 443}}"},
		"a boolean":             {"match": "{" + pin + ", permissions: {privileged: false}}"},
		"a list":                {"match": "{" + pin + ", labels: [{name: team, value: a}]}"},
		"an empty list":         {"match": "{" + pin + ", labels: []}"},
		"an empty string":       {"match": "{" + pin + `, group: ""}`},
		"a version":             {"match": "{package: {name: x, version: 1.0.0-rc.1+b}}"},
		"a commit":              {"match": "{package: {name: x, version: \"" + strings.Repeat("ab", 20) + "\"}}"},
		"a version beside more": {"match": "{command: {sha256: x}}"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := loadWaivers(t, waiversYAML(waiverYAML(given)))
			require.NoError(t, err)
			require.Empty(t, evalServer(t, p, pinned).Errors, "mcp.gate takes what loads")
		})
	}
}

// Three bundles of one source: the settings of the security team, the waivers of
// those who grant them, and a team's policy with its own params.
func TestSettingsOfThreeBundles(t *testing.T) {
	team := "package mcp.policy.team.names\n\n" +
		"deny contains \"name\" if not input.server.name in data.mcp.settings.params[\"team.names\"].names\n"
	f := files{
		"base/.manifest":    `{"roots": ["mcp/policy/a", "mcp/settings/enforcement"]}`,
		"base/a.rego":       denyAll,
		"base/data.yaml":    "mcp: {settings: {enforcement: {team.names: warn}}}",
		"waivers/.manifest": `{"roots": ["mcp/settings/waivers"]}`,
		"waivers/data.yaml": waiversYAML(waiverYAML(nil)),
		"team/.manifest":    `{"roots": ["mcp/policy/team", "mcp/settings/params/team.names"]}`,
		"team/names.rego":   team,
		"team/data.yaml":    "mcp: {settings: {params: {team.names: {names: [x]}}}}",
	}
	load := func(f files) (*rego.Policy, error) {
		return rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: f.fs(), InputSchema: inputSchema(t), Log: quiet})
	}
	check := func(f files) {
		p, err := load(f)
		require.NoError(t, err)
		r := evalServer(t, p, pinned)
		require.True(t, r.Allowed)
		require.Len(t, r.Violations, 3)
		require.Equal(t, rego.LevelWarn, r.Violations[2].Level)
	}
	check(f)

	// The same where the bundles do not say what is theirs.
	underived := maps.Clone(f)
	for name := range f {
		if strings.HasSuffix(name, ".manifest") {
			underived[name] = "{}"
		}
	}
	check(underived)

	// A team that writes a waiver of its own owns it in its manifest, or not at all.
	for _, manifest := range []string{`{}`, `{"roots": ["mcp/policy/team", "mcp/settings"]}`} {
		both := maps.Clone(f)
		both["team/.manifest"] = manifest
		both["team/data.yaml"] = "mcp: {settings: {waivers: [], params: {team.names: {names: [x]}}}}"
		_, err := load(both)
		require.ErrorContains(t, err, "overlap")
	}
	outside := maps.Clone(f)
	outside["team/data.yaml"] = "mcp: {settings: {waivers: [], params: {team.names: {names: [x]}}}}"
	_, err := load(outside)
	require.ErrorContains(t, err, "mcp.settings.waivers is outside the roots")
}

// Whatever stands in the settings, loading them ends; and what a waiver that
// loads covers, it does not cover once the program is another.
func FuzzWaiver(f *testing.F) {
	for _, w := range []map[string]string{
		{}, {"msg": "one"}, {"match": `{image: {digest: ""}}`}, {"match": "{package: {name: x, version: 1.0.0}}"},
		{"match": `{name: n, remote: {url: "https://a.example"}, command: {args: [a, b]}}`},
		{"match": `{command: {sha256: ab, interpreter: {path: /bin/sh}}}`}, {"match": "{}"}, {"expires": "2026-06-01"},
		{"match": `{image: {digest: {}}}`}, {"match": "&m {image: *m}"},
	} {
		f.Add([]byte(waiversYAML(waiverYAML(w))))
	}
	f.Add([]byte("mcp: {settings: {waivers: [[]]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := loadWaivers(t, string(data))
		if err != nil {
			return
		}
		for _, w := range p.Settings().Waivers {
			// The server that matches, and the same one with another program.
			raw, err := json.Marshal(w.Match)
			require.NoError(t, err)
			var server map[string]any
			require.NoError(t, json.Unmarshal(raw, &server))
			for _, pin := range [][2]string{{"image", "digest"}, {"command", "sha256"}, {"package", "version"}, {"remote", "url"}} {
				if part, ok := server[pin[0]].(map[string]any); ok {
					part[pin[1]] = ""
				}
			}
			r := evalServer(t, p, server)
			require.False(t, r.Allowed)
			require.Empty(t, r.Errors, "mcp.gate takes what loads")
			for _, v := range r.Violations {
				require.Nil(t, v.Waiver)
			}
		}
	})
}

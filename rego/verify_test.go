package rego_test

import (
	"crypto"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// signable is a bundle with one file of each kind.
func signable() files {
	return files{
		".manifest":       `{"roots": ["mcp/policy", "mcp/settings", "corp"], "metadata": {"sequence": 2}}`,
		"a.rego":          denyBad,
		"sub/b.rego":      "package mcp.policy.b\n\ndeny contains \"b\" if input.server.name == \"b\"\n",
		"data.yaml":       "mcp: {settings: {enforcement: {a: deny}}}\n",
		"corp/data.json":  `{"n": 1, "m": 2}`,
		"a_test.rego":     "package mcp.policy.a_test\n\ntest_x if true\n",
		"README.md":       "read me",
		"testdata/x.json": "{}",
		".hidden/y":       "y",
	}
}

// Every key and algorithm that OPA signs with, by its own signer.
func TestSignedBundle(t *testing.T) {
	plain := mustLoad(t, signable())
	for name, tc := range map[string]struct {
		key  crypto.Signer
		id   string
		keys string
	}{
		"RS256":                   {key: rsaKey()},
		"RS384":                   {key: rsaKey()},
		"RS512":                   {key: rsaKey()},
		"PS256":                   {key: rsaKey()},
		"PS384":                   {key: rsaKey()},
		"PS512":                   {key: rsaKey()},
		"ES256":                   {key: ecKey()},
		"ES384":                   {key: ec384Key()},
		"ES512":                   {key: ec521Key()},
		"EdDSA":                   {key: edKey()},
		"ES256 first of several":  {key: ecKey(), keys: pemOf(ecKey(), rsaKey(), strangerKey())},
		"ES256 last of several":   {key: ecKey(), keys: pemOf(rsaKey(), strangerKey(), ecKey())},
		"RS256 jwks":              {key: rsaKey(), keys: jwksOf(jwkOf(rsaKey(), nil))},
		"RS256 jwks alg":          {key: rsaKey(), keys: jwksOf(jwkOf(rsaKey(), map[string]any{"alg": "RS256"}))},
		"EdDSA jwks id":           {key: edKey(), id: "two", keys: jwksOf(jwkOf(ecKey(), map[string]any{"kid": "one"}), jwkOf(edKey(), map[string]any{"kid": "two"}))},
		"ES256 jwks id twice":     {key: ecKey(), id: "one", keys: jwksOf(jwkOf(strangerKey(), map[string]any{"kid": "one"}), jwkOf(ecKey(), map[string]any{"kid": "one"}))},
		"ES256 jwks id not named": {key: ecKey(), keys: jwksOf(jwkOf(ecKey(), map[string]any{"kid": "one"}))},
		"ES256 id of opa build":   {key: ecKey(), id: "default", keys: jwksOf(jwkOf(ecKey(), map[string]any{"kid": "one"}))},
		"ES256 key without id":    {key: ecKey(), id: "any"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.keys == "" {
				tc.keys = pemOf(tc.key)
			}
			algorithm, _, _ := strings.Cut(name, " ")
			var infos []opabundle.FileInfo
			require.NoError(t, json.Unmarshal(must(json.Marshal(entries(signable()))), &infos))
			token, err := opabundle.GenerateSignedToken(infos, opabundle.NewSigningConfig(privatePEM(tc.key), algorithm, ""), tc.id)
			require.NoError(t, err)
			f := signable()
			f[".signatures.json"] = signaturesOf(token)
			k := keys(t, tc.keys)
			p, err := loadSigned(t, f.fs(), k)
			require.NoError(t, err)
			require.Equal(t, plain.Revision(), p.Revision(), "a signature is no part of what is compiled")
			require.False(t, eval(t, p, "bad").Allowed)

			_, err = loadSigned(t, below("team", f).fs(), k)
			require.NoError(t, err, "in a directory")
			p, err = loadSigned(t, files{"x.tar.gz": archived(t, f)}.fs(), k)
			require.NoError(t, err, "in an archive")
			unsigned := mustLoad(t, files{"x.tar.gz": archived(t, signable())})
			require.Equal(t, unsigned.Revision(), p.Revision())
			mustLoad(t, f) // who has no keys asks for none
		})
	}
}

// What changes nothing that takes effect needs no new signature, and what OPA
// reads as the same value is what was signed.
func TestSignedBundleAccepts(t *testing.T) {
	for name, f := range map[string]files{
		"space in data.json":      replaced(signed(signable(), ecKey()), "corp/data.json", "{\"m\":2,\n \"n\":1}\n"),
		"comment in data.yaml":    replaced(signed(signable(), ecKey()), "data.yaml", "# one\nmcp:\n  settings:\n    enforcement: {\"a\": deny}\n"),
		"space in the manifest":   replaced(signed(signable(), ecKey()), ".manifest", `{"metadata":{"sequence":2},"roots":["mcp/policy","mcp/settings","corp"]}`),
		"document added":          replaced(signed(signable(), ecKey()), "NOTES.md", "x"),
		"hidden file added":       replaced(signed(signable(), ecKey()), ".x.rego", "package mcp.policy.x\n\nwarn contains \"x\"\n"),
		"testdata added":          replaced(signed(signable(), ecKey()), "testdata/z.rego", "x"),
		"test added":              replaced(signed(signable(), ecKey()), "b_test.rego", "package mcp.policy.b_test\n\ntest_x if true\n"),
		"signature deeper down":   replaced(signed(signable(), ecKey()), "sub/.signatures.json", "x"),
		"directory named":         claimed(signable(), nil, map[string]any{"files": entries(below("some/policy", signable()))}),
		"plugin of opa build":     replaced(signable(), ".signatures.json", `{"plugin": "_default", "signatures": ["`+token(nil, map[string]any{"files": entries(signable())}, ecKey())+`"]}`),
		"no plugin":               replaced(signable(), ".signatures.json", `{"plugin": "", "signatures": ["`+token(nil, map[string]any{"files": entries(signable())}, ecKey())+`"]}`),
		"no manifest":             signed(files{"a.rego": denyBad, "sub/data.json": "{}"}, ecKey()),
		"all in one directory":    signed(files{"sub/a.rego": denyBad, "sub/data.json": "{}"}, ecKey()),
		"scope empty":             claimed(signable(), nil, map[string]any{"scope": ""}),
		"not yet expired":         claimed(signable(), nil, map[string]any{"exp": time.Now().Unix() + 1000, "nbf": time.Now().Unix() - 1000, "iat": 1}),
		"numbers of YAML":         signed(files{"a.rego": denyBad, "data.yaml": "a: 1.0\nb: 0x1F\nc: 1e3\nd: -0.50\ne: 2026-12-31T00:00:00Z\nf: 0o17\ng: -0\nh: 18446744073709551615\ni: 1.5e-9\nj: .5\n"}, ecKey()),
		"large numbers of JSON":   signed(files{"a.rego": denyBad, "data.json": `{"a": 12345678901234567890123, "b": 1.10, "c": 1E400}`}, ecKey()),
		"empty data.yaml":         signed(files{"a.rego": denyBad, "data.yaml": "# nothing\n"}, ecKey()),
		"nulls and empty values":  signed(files{"a.rego": denyBad, "data.yaml": "a:\nb: {}\nc: []\nd: ''\n"}, ecKey()),
		"aliases":                 signed(files{"a.rego": denyBad, "data.yaml": "a: &a [1, x]\nb: *a\n"}, ecKey()),
		"loose files and archive": signedBeside(t),
		"inner bundle":            mergedFiles(signed(files{"a.rego": denyBad}, ecKey()), below("team", signed(teamBundle(), ecKey()))),
		"tests alone outside":     mergedFiles(files{"x_test.rego": "package x_test\n\ntest_x if true\n"}, below("team", signed(signable(), ecKey()))),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := loadSigned(t, f.fs(), keys(t, pemOf(ecKey())))
			require.NoError(t, err)
			require.False(t, eval(t, p, "bad").Allowed)
		})
	}
}

// Nothing of a signature is in a revision, not even that it stands where there
// is nothing else.
func TestSignatureIsNoPartOfTheRevision(t *testing.T) {
	packed := files{"x.tar.gz": archived(t, signed(teamBundle(), ecKey()))}
	p, err := loadSigned(t, mergedFiles(packed, signed(files{"README.md": "read me"}, ecKey())).fs(), keys(t, pemOf(ecKey())))
	require.NoError(t, err)
	require.Equal(t, mustLoad(t, packed).Revision(), p.Revision())
}

func teamBundle() files {
	return files{".manifest": `{"roots": ["mcp/policy/team"]}`, "t.rego": "package mcp.policy.team\n\ndeny contains \"t\" if input.server.name == \"t\"\n"}
}

func signedBeside(t *testing.T) files {
	return mergedFiles(signed(files{"a.rego": denyBad}, ecKey()), files{"team.tar.gz": archived(t, signed(teamBundle(), ecKey()))})
}

func replaced(f files, name, content string) files {
	f = maps.Clone(f)
	f[name] = content
	return f
}

func mergedFiles(all ...files) files {
	merged := files{}
	for _, f := range all {
		maps.Copy(merged, f)
	}
	return merged
}

// refuses holds that a source does not load with the key, and that the finding
// is of one of the rules of loading and holds nothing of a token.
func refuses(t *testing.T, f files, k *rego.Keys, want string) {
	t.Helper()
	_, err := loadSigned(t, f.fs(), k)
	require.ErrorContains(t, err, want)
	known := map[string]bool{}
	for _, r := range rego.Rules() {
		known[r.Name] = true
	}
	for _, found := range rego.Findings(err) {
		require.True(t, known[found.Rule], found.Rule)
		require.NotEqual(t, "unread", found.Rule, found.Msg)
	}
	for name, content := range f {
		if !strings.HasSuffix(name, ".signatures.json") {
			continue
		}
		for _, part := range strings.FieldsFunc(content, func(r rune) bool { return strings.ContainsRune(`".[]{}:, `, r) }) {
			if len(part) > 30 {
				require.NotContains(t, err.Error(), part[:30])
			}
		}
	}
}

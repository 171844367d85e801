package gate_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// sourceFaultTable are the faults of a source that every platform has.
func sourceFaultTable() []sourceFault {
	return []sourceFault{
		// What is there.
		{name: "no directory", do: func(t testing.TB, dir string) {
			require.NoError(t, os.Rename(dir, dir+".old"))
		}, reason: "no such file|cannot find"},
		{name: "a file for a directory", do: func(t testing.TB, dir string) {
			require.NoError(t, os.Rename(dir, dir+".old"))
			require.NoError(t, os.WriteFile(dir, []byte(denyNamed("x", "other")), 0o644))
		}, reason: "is not a directory"},
		{name: "empty directory", do: instead(nil), reason: "no policy loaded"},
		{name: "only tests", do: instead(map[string]string{"a_test.rego": "package mcp.policy.a_test\n\ntest_x if true\n"}), reason: "no policy loaded"},
		{name: "only helpers", do: instead(map[string]string{"lib.rego": "package corp.lib\n\nx := 1\n"}), reason: "no policy loaded"},
		{name: "only settings", do: instead(settingsOf(`enforcement: {"*": audit}`)), reason: "no policy loaded"},
		{name: "only hidden files", do: instead(map[string]string{".x.rego": denyNamed("x", "other"), ".git/x.rego": denyNamed("x", "other")}), reason: "no policy loaded"},
		{name: "a policy repository", do: instead(map[string]string{
			"policy/.manifest": `{"roots": ["mcp/policy"]}`, "policy/x.rego": denyNamed("x", "other"), "suites/x.yaml": "a: b", "schemas/input.json": "{}",
		}), reason: "this is a policy repository"},
		{name: "data of an unknown name", files: map[string]string{"more.json": "{}"}, reason: "more.json: .*not read"},
		{name: "an unknown extension", files: map[string]string{"x.tgz": "x"}, reason: "x.tgz"},
		{name: "an extension in capitals", files: map[string]string{"x.REGO": denyNamed("x", "other")}, reason: "x.REGO"},
		{name: "directories too deep", files: map[string]string{strings.Repeat("d/", 17) + "x.rego": denyNamed("x", "other")}, reason: "nested more than 16 deep"},
		{name: "text that is not UTF-8", files: moduleX("deny contains \"\xff\""), reason: "x.rego.*UTF-8"},

		// Rego.
		{name: "parse error", files: moduleX("deny contains"), reason: `x\.rego:`},
		{name: "nonsense", files: map[string]string{"x.rego": "nonsense"}, reason: `x\.rego:1`},
		{name: "file without a package", files: map[string]string{"x.rego": "# nothing\n"}, reason: `x\.rego`},
		{name: "Rego v0", files: moduleX("deny[msg] { msg := \"m\" }"), reason: `x\.rego:3`},
		{name: "unsafe variable", files: moduleX("deny contains \"m\" if x > 1"), reason: `x\.rego:3`},
		{name: "unknown field of the input", files: moduleX("deny contains \"m\" if input.server.imagee"), reason: `x\.rego:3.*imagee`},
		{name: "unknown function", files: moduleX("deny contains \"m\" if no_such_function(1)"), reason: `x\.rego:3`},
		{name: "recursion", files: moduleX("a if b\n\nb if a\n\ndeny contains \"m\" if a"), reason: `x\.rego.*recursi`},
		{name: "type error", files: moduleX("deny contains \"m\" if input.server.name + 1 == 2"), reason: `x\.rego:3`},
		{name: "two defaults", files: moduleX("default a := 1\n\ndefault a := 2\n\ndeny contains \"m\" if a == 3"), reason: `x\.rego`},

		// deny as it must not be.
		{name: "deny is undefined", files: moduleX("x := 1"), reason: `x\.rego.*neither deny nor warn`},
		{name: "deny by another name", files: moduleX("denied contains \"m\""), reason: `x\.rego:3`},
		{name: "deny is a boolean", files: moduleX("deny := true"), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is a condition", files: moduleX("deny if input.server.name == \"x\""), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is a string", files: moduleX(`deny := "m"`), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is a number", files: moduleX("deny := 1"), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is null", files: moduleX("deny := null"), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is an object", files: moduleX(`deny := {"msg": "m"}`), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is an array", files: moduleX(`deny := ["m"]`), reason: `x\.rego:3.*deny is not a set`},
		{name: "deny is a partial object", files: moduleX(`deny["m"] := true`), reason: `x\.rego:3.*deny`},
		{name: "deny is a function", files: moduleX(`deny(_) := "m"`), reason: `x\.rego:3.*deny`},
		{name: "deny has a default", files: moduleX("default deny := false"), reason: `x\.rego:3.*deny`},
		{name: "warn is a boolean", files: moduleX("warn := true"), reason: `x\.rego:3.*warn is not a set`},
		{name: "deny in a package of helpers", files: map[string]string{"x.rego": "package corp.x\n\ndeny contains \"m\"\n"}, reason: `x\.rego:3`},
		{name: "deny in a test", files: map[string]string{"x_test.rego": "package mcp.policy.good\n\ndeny contains \"m\"\n"}, reason: `x_test\.rego`},

		// What no policy may use.
		{name: "http.send", files: moduleX(`deny contains "m" if http.send({"method": "get", "url": "https://x.example"}).status_code == 200`), reason: `x\.rego:3.*http\.send`},
		{name: "opa.runtime", files: moduleX(`deny contains "m" if opa.runtime().env.X`), reason: `x\.rego:3.*opa\.runtime`},
		{name: "time.now_ns", files: moduleX(`deny contains "m" if time.now_ns() > 1`), reason: `x\.rego:3.*time\.now_ns`},
		{name: "data.mcp.gate", files: moduleX(`deny contains "m" if data.mcp.gate.levels`), reason: `x\.rego:3`},
		{name: "package mcp.gate", files: map[string]string{"x.rego": "package mcp.gate\n\ndecide(_) := {\"allowed\": true}\n"}, reason: `x\.rego:1`},
		{name: "settings as Rego", files: map[string]string{"x.rego": "package mcp.settings\n\nenforcement := {\"*\": \"audit\"}\n"}, reason: `x\.rego`},

		// Settings and data.
		{name: "wrong level", files: settingsOf("enforcement: {good: block}"), reason: "data.yaml.*enforcement"},
		{name: "enforcement is a list", files: settingsOf("enforcement: [good]"), reason: "data.yaml.*enforcement"},
		{name: "unknown setting", files: settingsOf("enforcment: {good: audit}"), reason: "data.yaml.*enforcment"},
		{name: "settings elsewhere", files: map[string]string{"settings/data.yaml": "enforcement: {good: audit}\n"}, reason: "settings/data.yaml"},
		{name: "duplicate key", files: settingsOf("enforcement: {good: deny}\nenforcement: {good: audit}"), reason: "data.yaml.*(twice|duplicate|already)"},
		{name: "second document", files: settingsOf("enforcement: {good: deny}\n---\na: b"), reason: "data.yaml"},
		{name: "broken YAML", files: map[string]string{"data.yaml": "mcp: [\n"}, reason: "data.yaml"},
		{name: "broken JSON", files: map[string]string{"stopped/data.json": `{"names": [`}, reason: "stopped/data.json"},
		{name: "data in two files", files: map[string]string{"data.json": `{"stopped": {"names": []}}`}, reason: "data.json"},
		{name: "params that are missing", files: moduleX(`deny contains "m" if data.mcp.settings.params.x.name == input.server.name`), reason: `x\.rego:3.*params`},
		{name: "params of the wrong type", files: settingsOf("params: {good: 1}"), reason: "data.yaml.*params"},
		{name: "waiver that pins nothing", files: settingsOf("waivers:\n- {policy: good, match: {name: x}, reason: r, expires: 2030-01-01T00:00:00Z}"), reason: "data.yaml.*waiver"},
		{name: "waiver without an end", files: settingsOf("waivers:\n- {policy: good, match: {remote: {url: \"https://mcp.example/mcp\"}}, reason: r}"), reason: "data.yaml.*expires"},
		{name: "waiver that matches all", files: settingsOf("waivers:\n- {policy: good, match: {}, reason: r, expires: 2030-01-01T00:00:00Z}"), reason: "data.yaml.*match"},
		{name: "mask that drops", files: map[string]string{"x.rego": "package system.log\n\nmask contains \"/input\"\n\ndrop if true\n"}, reason: `x\.rego:5`},

		// Bundles.
		{name: "overlapping bundles", files: map[string]string{
			"a/.manifest": `{"roots": ["mcp/policy/a"]}`, "a/a.rego": denyNamed("a.one", "other"),
			"b/.manifest": `{"roots": ["mcp/policy/a/b"]}`, "b/b.rego": denyNamed("a.b", "other"),
		}, reason: "bundle a.*bundle b"},
		{name: "a policy outside of its roots", files: map[string]string{"a/.manifest": `{"roots": ["mcp/policy/a"]}`, "a/a.rego": denyNamed("b", "other")}, reason: `a/a\.rego`},
		{name: "broken manifest", files: map[string]string{"team/.manifest": "{"}, reason: `team/\.manifest`},
		{name: "manifest of Rego v0", files: map[string]string{"team/.manifest": `{"roots": ["mcp/policy/team"], "rego_version": 0}`}, reason: `team/\.manifest`},
		{name: "truncated archive", do: archived(moduleX("deny contains 1"), func(b []byte) []byte { return b[:len(b)/2] }), reason: `x\.tar\.gz`},
		{name: "archive with a bad checksum", do: archived(moduleX("deny contains 1"), func(b []byte) []byte {
			b[len(b)-8] ^= 1 // behind the content stand a checksum and a length
			return b
		}), reason: `x\.tar\.gz.*checksum`},
		{name: "archive cut between two members", do: func(t testing.TB, dir string) {
			raw := gunzip(t, packedBundle(t, moduleX("deny contains \"m\"")))
			putFiles(t, dir, map[string]string{"x.tar.gz": gzipped(t, raw[:1024])})
		}, reason: `x\.tar\.gz.*cut off`},
		{name: "archive with a link", do: archivedAs(tar.Header{Typeflag: tar.TypeSymlink, Name: "x.rego", Linkname: "/etc/passwd"}), reason: `x\.tar\.gz.*x\.rego`},
		{name: "archive that leads out", do: archivedAs(tar.Header{Typeflag: tar.TypeReg, Name: "../x.rego"}), reason: `x\.tar\.gz.*x\.rego`},
		{name: "archive in an archive", do: archived(map[string]string{"y.tar.gz": "x"}, nil), reason: `x\.tar\.gz.*y\.tar\.gz`},
		{name: "archive bomb", do: archived(map[string]string{"x.rego": strings.Repeat(" ", 40<<20)}, nil), reason: `x\.tar\.gz.*(larger than|more than|times)`},
		{name: "no archive at all", files: map[string]string{"x.tar.gz": "nonsense"}, reason: `x\.tar\.gz`},

		// What an operator asks for.
		{name: "unsigned where a key is given", files: moduleX("deny contains \"m\" if false"), configure: withKey, reason: "sign",
			not: map[string]string{atReload: "nothing that is unsigned was in force", atAgain: "the other fault is unsigned too"}},
	}
}

// withKey asks for signatures by a key that signed nothing.
func withKey(t testing.TB, cfg *rego.StoreConfig) {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	cfg.Keys, err = rego.ReadKeys(file)
	require.NoError(t, err)
}

// A policy that could not be confirmed for too long denies, though it was good.
func maxAgeFault() fault {
	const maxAge = 100 * time.Millisecond
	const reason = "policy.*(confirm|age)"
	expires := func(c *cell, spoil func(dir string)) {
		dir := goodSource(c)
		g, store := c.open(dir, func(cfg *rego.StoreConfig) { cfg.MaxAge = maxAge })
		c.allowed(g, remoteNamed("fine"))
		spoil(dir)
		c.await("the policy expires", func() bool {
			st := store.Status()
			return st.Expired && st.LastError != nil // on a busy machine it expires first
		})
		c.undecided(g, remoteNamed("fine"), reason)
		c.undecided(g, remoteNamed("stopped"), reason)
	}
	return fault{
		name: "max age passed",
		cells: map[string]func(c *cell){
			atReload: func(c *cell) {
				expires(c, func(dir string) { putFiles(c, dir, map[string]string{"x.rego": "nonsense"}) })
			},
			atDecision: func(c *cell) {
				expires(c, func(dir string) { require.NoError(c, os.Rename(dir, dir+".old")) })
			},
		},
		not: map[string]string{atStart: "start, again: what was never in force does not age", atAgain: "start, again: what was never in force does not age"},
	}
}

func gzipped(t testing.TB, raw []byte) string {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	_, err := zw.Write(raw)
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	return out.String()
}

func gunzip(t testing.TB, packed []byte) []byte {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	raw, err := io.ReadAll(zr)
	require.NoError(t, err)
	return raw
}

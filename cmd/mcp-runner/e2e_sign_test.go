package main_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestStockOPASigns signs as docs say, with OPA's command, and holds that the
// gate takes what was signed and nothing else.
func TestStockOPASigns(t *testing.T) {
	opa := stockOPA(t)
	keys := t.TempDir()
	write := func(t *testing.T, name, content string) string {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
		return name
	}
	files := map[string]string{
		".manifest":      `{"roots": ["mcp/policy", "mcp/settings", "corp"], "metadata": {"sequence": 7}}`,
		"x.rego":         "package mcp.policy.x\n\ndeny contains \"never\" if input.server.name == data.corp.name\n",
		"x_test.rego":    "package mcp.policy.x_test\n\ntest_x if true\n",
		"data.yaml":      "mcp:\n  settings:\n    params:\n      x: {ratio: 1.0, day: 2026-01-02, big: 0x10}\n",
		"corp/data.json": `{"name": "\n", "list": [1, 2.50, null, "é<>&"]}`,
	}
	check := func(t *testing.T, want, key, dir string) {
		t.Helper()
		k, err := rego.ReadKeys(key)
		require.NoError(t, err)
		_, err = rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, InputSchema: gate.InputSchema(), Keys: k})
		if want == "" {
			require.NoError(t, err)
			return
		}
		require.ErrorContains(t, err, want)
	}
	for algorithm, generate := range map[string]func() (any, any){
		"RS256": func() (any, any) {
			k, err := rsa.GenerateKey(rand.Reader, 2048)
			require.NoError(t, err)
			return k, &k.PublicKey
		},
		"PS384": func() (any, any) {
			k, err := rsa.GenerateKey(rand.Reader, 2048)
			require.NoError(t, err)
			return k, &k.PublicKey
		},
		"ES256": func() (any, any) { return ecPair(t, elliptic.P256()) },
		"ES384": func() (any, any) { return ecPair(t, elliptic.P384()) },
		"ES512": func() (any, any) { return ecPair(t, elliptic.P521()) },
		"EdDSA": func() (any, any) {
			pub, k, err := ed25519.GenerateKey(rand.Reader)
			require.NoError(t, err)
			return k, pub
		},
	} {
		t.Run(algorithm, func(t *testing.T) {
			private, public := generate()
			der, err := x509.MarshalPKCS8PrivateKey(private)
			require.NoError(t, err)
			secret := write(t, filepath.Join(keys, algorithm+".key"), pemText("PRIVATE KEY", der))
			der, err = x509.MarshalPKIXPublicKey(public)
			require.NoError(t, err)
			pemFile := write(t, filepath.Join(keys, algorithm+".pem"), pemText("PUBLIC KEY", der))
			jwksFile := write(t, filepath.Join(keys, algorithm+".jwks"), jwks(t, public))
			other, err := x509.MarshalPKIXPublicKey(must2(ecPair(t, elliptic.P256())))
			require.NoError(t, err)
			otherFile := write(t, filepath.Join(keys, algorithm+".other"), pemText("PUBLIC KEY", other))

			work := t.TempDir()
			for name, content := range files {
				write(t, filepath.Join(work, "policy", name), content)
			}
			run := func(dir string, args ...string) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), opa, append(args, "--signing-key", secret, "--signing-alg", algorithm)...)
				cmd.Dir = filepath.Join(work, dir)
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, string(out))
			}
			archive := filepath.Join(work, "published", "policy.tar.gz")
			require.NoError(t, os.MkdirAll(filepath.Dir(archive), 0o755))
			run(".", "build", "-b", "policy", "-o", archive)
			for _, key := range []string{pemFile, jwksFile} {
				check(t, "", key, filepath.Dir(archive))
			}
			check(t, "none of the given keys", otherFile, filepath.Dir(archive))

			policy := filepath.Join(work, "policy")
			for name, sign := range map[string]func(){
				"inside":  func() { run("policy", "sign", "--bundle", ".") },
				"outside": func() { run(".", "sign", "--bundle", "policy", "-o", "policy") },
				"whole":   func() { run(".", "sign", "--bundle", policy, "-o", "policy") },
			} {
				require.NoError(t, os.RemoveAll(filepath.Join(policy, ".signatures.json")))
				check(t, "there is no signature", pemFile, policy)
				sign()
				for _, key := range []string{pemFile, jwksFile} {
					check(t, "", key, policy)
				}
				check(t, "none of the given keys", otherFile, policy)
				write(t, filepath.Join(policy, "x.rego"), files["x.rego"]+"#")
				check(t, "x.rego: the file is not as it was signed", pemFile, policy)
				write(t, filepath.Join(policy, "x.rego"), files["x.rego"])
				require.NoError(t, os.Rename(filepath.Join(policy, "x_test.rego"), filepath.Join(work, "away")))
				check(t, "x_test.rego: the file is signed and not there", pemFile, policy)
				require.NoError(t, os.Rename(filepath.Join(work, "away"), filepath.Join(policy, "x_test.rego")), name)
			}

			// A signature made over an older one, in the directory itself.
			run("policy", "sign", "--bundle", ".")
			check(t, "remove the old .signatures.json", pemFile, policy)
		})
	}
}

func ecPair(t *testing.T, curve elliptic.Curve) (private, public any) {
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return k, &k.PublicKey
}

func must2(_, public any) any { return public }

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func jwks(t *testing.T, public any) string {
	b64 := base64.RawURLEncoding.EncodeToString
	var key map[string]string
	switch k := public.(type) {
	case *rsa.PublicKey:
		key = map[string]string{"kty": "RSA", "n": b64(k.N.Bytes()), "e": "AQAB"}
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		require.NoError(t, err)
		half := (len(point) - 1) / 2
		key = map[string]string{"kty": "EC", "crv": k.Params().Name, "x": b64(point[1 : 1+half]), "y": b64(point[1+half:])}
	case ed25519.PublicKey:
		key = map[string]string{"kty": "OKP", "crv": "Ed25519", "x": b64(k)}
	}
	key["kid"], key["use"] = "release", "sig"
	b, err := json.Marshal(map[string]any{"keys": []any{key}})
	require.NoError(t, err)
	return string(b)
}

// signs KEY DIR signs the files of DIR with the key KEY.key, which it makes with
// KEY.pem where it is not there. The data is JSON.
func signs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signs KEY DIR")
	}
	key, dir := scriptKey(ts, args[0]), ts.MkAbs(args[1])
	files := []map[string]string{}
	ts.Check(filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == ".signatures.json" {
			return err
		}
		content, err := os.ReadFile(name)
		if err == nil && (e.Name() == ".manifest" || e.Name() == "data.json") {
			// OPA hashes the value, which this is the text of.
			var v any
			if err = json.Unmarshal(content, &v); err == nil {
				content, err = json.Marshal(v)
			}
		}
		rel, relErr := filepath.Rel(dir, name)
		sum := sha256.Sum256(content)
		files = append(files, map[string]string{"name": filepath.ToSlash(rel), "hash": hex.EncodeToString(sum[:]), "algorithm": "SHA-256"})
		return errors.Join(err, relErr)
	}))
	claims, err := json.Marshal(map[string]any{"files": files})
	ts.Check(err)
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(`{"alg":"EdDSA"}`)) + "." + b64(claims)
	token := signed + "." + b64(ed25519.Sign(key, []byte(signed)))
	ts.Check(os.WriteFile(filepath.Join(dir, ".signatures.json"), []byte(`{"signatures": ["`+token+`"]}`), 0o644))
}

func scriptKey(ts *testscript.TestScript, name string) ed25519.PrivateKey {
	content, err := os.ReadFile(ts.MkAbs(name + ".key"))
	if errors.Is(err, fs.ErrNotExist) {
		public, key, err := ed25519.GenerateKey(rand.Reader)
		ts.Check(err)
		der, err := x509.MarshalPKCS8PrivateKey(key)
		ts.Check(err)
		publicDER, err := x509.MarshalPKIXPublicKey(public)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name+".key"), []byte(pemText("PRIVATE KEY", der)), 0o600))
		ts.Check(os.WriteFile(ts.MkAbs(name+".pem"), []byte(pemText("PUBLIC KEY", publicDER)), 0o644))
		return key
	}
	ts.Check(err)
	block, _ := pem.Decode(content)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	ts.Check(err)
	return key.(ed25519.PrivateKey)
}

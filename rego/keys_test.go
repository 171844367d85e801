package rego_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

func TestReadKeys(t *testing.T) {
	rsaPublic := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(rsaKey().Public().(*rsa.PublicKey))})
	for name, text := range map[string]string{
		"rsa":            pemOf(rsaKey()),
		"rsa, pkcs 1":    string(rsaPublic),
		"ec":             pemOf(ecKey()),
		"several":        "the old one\n" + pemOf(ecKey()) + "the new one\n" + pemOf(edKey()),
		"crlf":           strings.ReplaceAll(pemOf(ecKey()), "\n", "\r\n"),
		"jwks":           jwksOf(jwkOf(rsaKey(), nil), jwkOf(ec384Key(), nil), jwkOf(ec521Key(), nil), jwkOf(edKey(), nil)),
		"jwks, details":  jwksOf(jwkOf(rsaKey(), map[string]any{"kid": "a", "use": "sig", "alg": "PS256", "key_ops": []string{"verify"}, "x": 1})),
		"jwks, two uses": "\n " + jwksOf(jwkOf(rsaKey(), map[string]any{"use": "enc"}), jwkOf(ecKey(), nil)),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "keys")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			k, err := rego.ReadKeys(file)
			require.NoError(t, err)
			require.NotNil(t, k)
		})
	}
}

func TestReadKeysRefuses(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	free := &rsa.PublicKey{N: rsaKey().Public().(*rsa.PublicKey).N, E: 1}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	secret := base64.RawURLEncoding.EncodeToString(big.NewInt(0).SetBytes([]byte("a very secret number of a key")).Bytes())
	with := func(s crypto.Signer, key string, v any) string { return jwksOf(jwkOf(s, map[string]any{key: v})) }

	for name, tc := range map[string]struct{ text, want string }{
		"empty":                  {"", "no public key"},
		"words":                  {"here is no key", "no public key"},
		"ssh":                    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ user@host", "no public key"},
		"der":                    {string(must(x509.MarshalPKIXPublicKey(ecKey().Public()))), "no public key"},
		"private":                {privatePEM(ecKey()), "private key"},
		"private, ec":            {block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ecKey().(*ecdsa.PrivateKey)))), "private key"},
		"private, rsa":           {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey().(*rsa.PrivateKey))), "private key"},
		"private, encrypted":     {block("ENCRYPTED PRIVATE KEY", []byte("x")), "private key"},
		"private after public":   {pemOf(ecKey()) + privatePEM(ecKey()), "key 2: this is a private key"},
		"certificate":            {block("CERTIFICATE", []byte("x")), "certificate"},
		"other block":            {block("EC PARAMETERS", []byte("x")) + pemOf(ecKey()), "not a PUBLIC KEY"},
		"no key in the block":    {block("PUBLIC KEY", []byte("x")), "not a public key"},
		"no rsa key in it":       {block("RSA PUBLIC KEY", []byte("x")), "not an RSA public key"},
		"damaged among others":   {pemOf(ecKey()) + strings.Replace(pemOf(edKey()), "END", "FIN", 1), "damaged"},
		"damaged first":          {strings.Replace(pemOf(edKey()), "END PUBLIC", "END PRIVATE", 1) + pemOf(ecKey()), "damaged"},
		"rsa of 1024 bits":       {pemOf(weak), "1024 bits is weak"},
		"rsa, exponent 1":        {block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(free))), "exponent"},
		"p-224":                  {pemOf(p224), "curves"},
		"jwks: rsa of 1024":      {jwksOf(jwkOf(weak, nil)), "weak"},
		"jwks: exponent 1":       {with(rsaKey(), "e", "AQ"), "exponent"},
		"jwks: exponent 2":       {with(rsaKey(), "e", "Ag"), "exponent"},
		"jwks: empty":            {`{"keys": []}`, "no public key"},
		"jwks: no keys":          {`{}`, "want a JWKS"},
		"jwks: one jwk":          {`{"kty": "EC"}`, "want a JWKS"},
		"jwks: keys no list":     {`{"keys": {}}`, "want a JWKS"},
		"jwks: key no object":    {`{"keys": ["x"]}`, "key 1 is a string"},
		"jwks: twice":            {`{"keys": [], "keys": []}`, "twice"},
		"jwks: cut off":          {`{"keys": [`, "not JSON"},
		"jwks: more after it":    {jwksOf(jwkOf(ecKey(), nil)) + "x", "not JSON"},
		"jwks: private":          {with(ecKey(), "d", secret), "private key"},
		"jwks: private rsa":      {with(rsaKey(), "p", secret), "private key"},
		"jwks: symmetric":        {`{"keys": [{"kty": "oct", "k": "` + secret + `"}]}`, "symmetric"},
		"jwks: symmetric, other": {`{"keys": [{"kty": "OCT", "k": "` + secret + `"}]}`, "symmetric"},
		"jwks: symmetric second": {`{"keys": [` + string(must(json.Marshal(jwkOf(ecKey(), nil)))) + `, {"kty": "oct"}]}`, "key 2: a symmetric key"},
		"jwks: other kind":       {`{"keys": [{"kty": "other"}]}`, "known kind"},
		"jwks: no parameters":    {`{"keys": [{"kty": "EC", "crv": "P-256"}]}`, "key 1"},
		"jwks: no point":         {with(ecKey(), "x", "AAAA"), "key 1"},
		"jwks: off the curve":    {with(ecKey(), "y", jwkOf(strangerKey(), nil)["y"]), "key 1"},
		"jwks: x25519":           {with(edKey(), "crv", "X25519"), "none of RSA, EC and Ed25519"},
		"jwks: HS256 for ec":     {with(ecKey(), "alg", "HS256"), "does not fit"},
		"jwks: RS256 for ec":     {with(ecKey(), "alg", "RS256"), "does not fit"},
		"jwks: none":             {with(rsaKey(), "alg", "none"), "does not fit"},
		"jwks: alg no string":    {with(rsaKey(), "alg", 1), "alg is a number"},
		"jwks: kid no string":    {with(rsaKey(), "kid", []string{"x"}), "kid is a list"},
		"jwks: for encryption":   {with(rsaKey(), "use", "enc"), "no public key"},
		"jwks: for signing":      {with(rsaKey(), "key_ops", []string{"sign"}), "no public key"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "keys")
			require.NoError(t, os.WriteFile(file, []byte(tc.text), 0o600))
			k, err := rego.ReadKeys(file)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "policy keys "+file)
			require.Nil(t, k)
			require.NotContains(t, err.Error(), secret)
			for _, line := range strings.Split(tc.text, "\n") {
				if len(line) > 40 && !strings.HasPrefix(line, "{") {
					require.NotContains(t, err.Error(), line[:20])
				}
			}
		})
	}
}

func TestReadKeysWithoutFile(t *testing.T) {
	for name, file := range map[string]string{
		"missing":   filepath.Join(t.TempDir(), "none"),
		"directory": t.TempDir(),
		"no name":   "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rego.ReadKeys(file)
			require.ErrorContains(t, err, "policy keys")
		})
	}
	large := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(large, []byte(strings.Repeat(pemOf(ecKey()), 10_000)), 0o600))
	_, err := rego.ReadKeys(large)
	require.ErrorContains(t, err, "larger than")
}

// Keys that are there and hold none verify nothing.
func TestNoKeysVerifyNothing(t *testing.T) {
	_, err := loadSigned(t, signed(files{"a.rego": denyBad}, ecKey()).fs(), &rego.Keys{})
	require.ErrorContains(t, err, "none of the given keys")
}

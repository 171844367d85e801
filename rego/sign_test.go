package rego_test

import (
	"archive/tar"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // of RS384 and the like
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// The keys of all tests, made once.
var (
	rsaKey   = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKey    = sync.OnceValue(func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	ec384Key = sync.OnceValue(func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	ec521Key = sync.OnceValue(func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)) })
	edKey    = sync.OnceValue(func() crypto.Signer {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return must(key, err)
	})
	strangerKey = sync.OnceValue(func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func pemOf(signers ...crypto.Signer) string {
	var text strings.Builder
	for _, s := range signers {
		der := must(x509.MarshalPKIXPublicKey(s.Public()))
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return text.String()
}

func privatePEM(s crypto.Signer) string {
	der := must(x509.MarshalPKCS8PrivateKey(s))
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// jwkOf is the public key as an object of a JWKS, with further members.
func jwkOf(s crypto.Signer, more map[string]any) map[string]any {
	b64 := base64.RawURLEncoding.EncodeToString
	obj := map[string]any{}
	switch k := s.Public().(type) {
	case *rsa.PublicKey:
		obj = map[string]any{"kty": "RSA", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	case *ecdsa.PublicKey:
		point := must(k.Bytes())
		size := (len(point) - 1) / 2
		obj = map[string]any{"kty": "EC", "crv": k.Params().Name, "x": b64(point[1 : 1+size]), "y": b64(point[1+size:])}
	case ed25519.PublicKey:
		obj = map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(k)}
	}
	maps.Copy(obj, more)
	return obj
}

func jwksOf(keys ...map[string]any) string {
	return string(must(json.Marshal(map[string]any{"keys": keys})))
}

func keys(t *testing.T, text string) *rego.Keys {
	t.Helper()
	k, err := rego.ParseKeys([]byte(text))
	require.NoError(t, err)
	return k
}

// entries are what `opa sign` says of files. Its own functions make them.
func entries(f files) []any {
	hasher := must(opabundle.NewSignatureHasher(opabundle.SHA256))
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if opabundle.IsSignaturesFile(name) {
			continue
		}
		var v any = []byte(f[name])
		if opabundle.IsStructuredDoc(name) {
			v = nil
			if err := util.Unmarshal([]byte(f[name]), &v); err != nil {
				panic(err)
			}
		}
		list = append(list, map[string]any{"name": name, "hash": hex.EncodeToString(must(hasher.HashFile(v))), "algorithm": "SHA-256"})
	}
	return list
}

// token is a JWT by ES256, unless the header says otherwise.
func token(header, claims map[string]any, key crypto.Signer) string {
	full := map[string]any{"alg": "ES256", "typ": "JWT"}
	maps.Copy(full, header)
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64(must(json.Marshal(full))) + "." + b64(must(json.Marshal(claims)))
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func hmacToken(alg string, claims map[string]any, secret []byte) string {
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(`{"alg":"`+alg+`"}`)) + "." + b64(must(json.Marshal(claims)))
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(signed))
	return signed + "." + b64(h.Sum(nil))
}

func signaturesOf(tokens ...string) string {
	return string(must(json.Marshal(map[string]any{"signatures": tokens})))
}

// signed is f with a signature by key.
func signed(f files, key crypto.Signer) files {
	f = maps.Clone(f)
	f[".signatures.json"] = signaturesOf(token(nil, map[string]any{"files": entries(f)}, key))
	return f
}

// claimed is f with a signature by the key of the tests over other claims.
func claimed(f files, header, claims map[string]any) files {
	f = maps.Clone(f)
	all := map[string]any{"files": entries(f)}
	maps.Copy(all, claims)
	f[".signatures.json"] = signaturesOf(token(header, all, ecKey()))
	return f
}

// below is f in a directory.
func below(dir string, f files) files {
	moved := files{}
	for name, content := range f {
		moved[dir+"/"+name] = content
	}
	return moved
}

// archived is f as an archive.
func archived(t *testing.T, f files) string {
	t.Helper()
	var headers []tar.Header
	var contents []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		headers = append(headers, tar.Header{Name: name})
		contents = append(contents, f[name])
	}
	return gzipOf(t, tarOf(t, headers, contents...))
}

func loadSigned(t *testing.T, fsys fs.FS, k *rego.Keys) (*rego.Policy, error) {
	t.Helper()
	return rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: fsys, InputSchema: []byte(schema), Log: quiet, Keys: k})
}

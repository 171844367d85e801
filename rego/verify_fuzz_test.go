package rego_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Whatever stands in the place of a signature, the bundle takes effect only
// where it is the one that was made for it.
func FuzzSignature(f *testing.F) {
	good := signed(signable(), ecKey())
	token := onlyTokenOf(good)
	for _, seed := range []string{
		"", "{}", good[".signatures.json"], signaturesOf(token, token), signaturesOf(token[:len(token)-2]), signaturesOf(token + "A"),
		`{"plugin": "x", "signatures": ["` + token + `"]}`, signaturesOf("eyJhbGciOiJub25lIn0.e30."), signaturesOf(".."), "[]", "\xff",
	} {
		f.Add([]byte(seed))
	}
	k, err := rego.ParseKeys([]byte(pemOf(ecKey())))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := loadSigned(t, replaced(good, ".signatures.json", string(raw)).fs(), k)
		if err == nil {
			require.Contains(t, string(raw), token)
			return
		}
		for _, found := range rego.Findings(err) {
			require.NotContains(t, found.Error(), "\n")
			require.NotContains(t, found.Error(), token[:20])
		}
	})
}

// A file of keys is read or refused, and an error never quotes a long word of it.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{
		"", "{}", pemOf(ecKey(), rsaKey(), edKey()), privatePEM(ecKey()), jwksOf(jwkOf(ecKey(), map[string]any{"kid": "a"}), jwkOf(rsaKey(), nil), jwkOf(edKey(), nil)),
		`{"keys": [{"kty": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"}]}`, "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
		`{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": ""}]}`, `{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := rego.ParseKeys(raw)
		require.Equal(t, err == nil, k != nil)
		if err == nil {
			return
		}
		for word := range strings.FieldsSeq(string(raw)) {
			if len(word) > 40 {
				require.NotContains(t, err.Error(), word)
			}
		}
	})
}

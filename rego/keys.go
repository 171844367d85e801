package rego

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws/jwsbb"
)

// Keys are public keys that verify the signatures of bundles. A Keys without
// any verifies nothing.
type Keys struct{ keys []publicKey }

// publicKey is a key with what it may verify. The algorithms follow from the
// key: what a signature says of itself chooses among them and adds none.
type publicKey struct {
	id         string // "" where the file gives none
	key        any    // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	algorithms []string
}

// ReadKeys reads a file of public keys: PEM with one or more, or a JWKS. All of
// them must be fit to verify a signature; a private or symmetric key is refused.
func ReadKeys(file string) (*Keys, error) {
	content, err := readKeyFile(file)
	if err != nil {
		return nil, fmt.Errorf("policy keys: %w", err)
	}
	k, err := ParseKeys(content)
	if err != nil {
		return nil, fmt.Errorf("policy keys %s: %w", file, err)
	}
	return k, nil
}

// ParseKeys is [ReadKeys] for the content of a file. No error of it holds any of
// the content but names.
func ParseKeys(content []byte) (*Keys, error) {
	parse := pemKeys
	if bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")) {
		parse = jwksKeys
	}
	keys, err := parse(content)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("the file holds no public key that verifies signatures: want PEM (BEGIN PUBLIC KEY) or a JWKS")
	}
	return &Keys{keys}, nil
}

// maxKeyFile bounds a file of keys.
const maxKeyFile = 1 << 20

func readKeyFile(name string) (_ []byte, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file (%s)", name, info.Mode().Type())
	}
	b, err := readSized(f, info.Size(), maxKeyFile)
	if err == nil && len(b) > maxKeyFile {
		err = fmt.Errorf("%s is larger than %s", name, sizeText(maxKeyFile))
	}
	return b, err
}

func pemKeys(content []byte) ([]publicKey, error) {
	var keys []publicKey
	rest := content
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		n := len(keys) + 1
		key, err := pemKey(block)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", n, err)
		}
		k, err := newPublicKey(key)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", n, err)
		}
		keys = append(keys, k)
	}
	// The decoder passes over what is damaged, and a key would be missing.
	if bytes.Count(content, []byte("-----BEGIN ")) != len(keys) {
		return nil, errors.New("one of the PEM blocks is damaged")
	}
	return keys, nil
}

func pemKey(block *pem.Block) (any, error) {
	switch {
	case block.Type == "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("not a public key of a known kind")
		}
		return key, nil
	case block.Type == "RSA PUBLIC KEY":
		key, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("not an RSA public key")
		}
		return key, nil
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errPrivateKey
	case block.Type == "CERTIFICATE":
		// Neither its dates nor who issued it would be looked at.
		return nil, errors.New("a certificate is not read: name its key (openssl x509 -in FILE -pubkey -noout)")
	default:
		return nil, errors.New("the PEM block is not a PUBLIC KEY")
	}
}

var errPrivateKey = errors.New("this is a private key, which belongs to who signs: name its public half (openssl pkey -in FILE -pubout)")

// newPublicKey says what a key verifies, and refuses a weak one.
func newPublicKey(key any) (publicKey, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < 2048 {
			return publicKey{}, fmt.Errorf("an RSA key of %d bits is weak: want 2048 or more", n)
		}
		if k.E < 3 || k.E%2 == 0 {
			return publicKey{}, errors.New("the RSA key has an exponent that anyone can sign for")
		}
		return publicKey{key: k, algorithms: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}}, nil
	case *ecdsa.PublicKey:
		algorithm := map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}[k.Curve]
		if algorithm == "" {
			return publicKey{}, errors.New("the EC key is on none of the curves P-256, P-384 and P-521")
		}
		return publicKey{key: k, algorithms: []string{algorithm}}, nil
	case ed25519.PublicKey:
		return publicKey{key: k, algorithms: []string{"EdDSA"}}, nil
	default:
		return publicKey{}, errors.New("the key is none of RSA, EC and Ed25519")
	}
}

func jwksKeys(content []byte) ([]publicKey, error) {
	// Strictly first: of a key that is there twice, readers take one.
	v, err := decodeJSON(content)
	if err != nil {
		return nil, errors.New("the file begins like a JWKS and is not JSON, or has a key twice")
	}
	list, ok := v.(map[string]any)["keys"].([]any)
	if !ok {
		return nil, errors.New(`want a JWKS: {"keys": […]}`)
	}
	var keys []publicKey
	for i, v := range list {
		obj, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("key %d is %s, want an object", i+1, typeName(v))
		}
		k, verifies, err := jwkKey(obj)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if verifies {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// jwkKey reads one key of a JWKS. It is false for one whose use is another.
func jwkKey(obj map[string]any) (publicKey, bool, error) {
	// Before anything else, so that no error can hold a secret.
	for _, secret := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "priv"} {
		if _, found := obj[secret]; found {
			return publicKey{}, false, errPrivateKey
		}
	}
	if _, found := obj["k"]; found || obj["kty"] == "oct" {
		return publicKey{}, false, errors.New("a symmetric key is refused: who can verify with it can sign with it")
	}
	var text [3]string
	for i, name := range []string{"kid", "alg", "use"} {
		v, found := obj[name]
		s, ok := v.(string)
		if found && !ok {
			return publicKey{}, false, fmt.Errorf("%s is %s, want a string", name, typeName(v))
		}
		text[i] = s
	}
	id, algorithm, use := text[0], text[1], text[2]
	ops, hasOps := obj["key_ops"].([]any)
	if use != "" && use != "sig" || hasOps && !slices.Contains(ops, any("verify")) {
		return publicKey{}, false, nil
	}
	b, err := json.Marshal(obj)
	if err != nil {
		return publicKey{}, false, err
	}
	parsed, err := jwk.ParseKey(b)
	if err != nil {
		return publicKey{}, false, errors.New("not a key of a known kind: want RSA, EC or OKP with all of their parameters")
	}
	var key any
	if err := jwk.Export(parsed, &key); err != nil {
		return publicKey{}, false, errors.New("the parameters make no key")
	}
	k, err := newPublicKey(key)
	if err != nil {
		return publicKey{}, false, err
	}
	k.id = id
	if algorithm != "" {
		if !slices.Contains(k.algorithms, algorithm) {
			return publicKey{}, false, fmt.Errorf("alg does not fit the key: want one of %s", strings.Join(k.algorithms, ", "))
		}
		k.algorithms = []string{algorithm}
	}
	return k, true, nil
}

// unnamedKey is the id that `opa build` gives to a key without one.
const unnamedKey = "default"

// verify says whether one of the keys made the signature of signed, which names
// an algorithm and, unless it is "", the id of a key. A key without an id of its
// own is tried whatever the id is.
func (k *Keys) verify(algorithm, id string, signed, signature []byte) bool {
	known := slices.ContainsFunc(k.keys, func(key publicKey) bool { return key.id == id })
	if id == unnamedKey && !known {
		id = ""
	}
	return slices.ContainsFunc(k.keys, func(key publicKey) bool {
		return (id == "" || key.id == "" || key.id == id) && slices.Contains(key.algorithms, algorithm) &&
			jwsbb.Verify(key.key, algorithm, signed, signature) == nil
	})
}

package rego

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
)

// signaturesName is the file at the root of a bundle in which OPA keeps its
// signature.
const signaturesName = ".signatures.json"

// signature is what a key signed: the files of one bundle.
type signature struct {
	files map[string]signedFile // by name below the bundle
	// lead is the directory that all names are below, where nothing says that it
	// is the root of the bundle; or "".
	lead string
	// expires is when it is good no longer; zero where it says nothing of that.
	expires time.Time
}

type signedFile struct {
	algorithm opabundle.HashingAlgorithm
	hash      []byte
}

// Not one of these quotes the file: nothing of it is known to be true, and a
// token in the wrong place is a secret.
var (
	errNotSignatures = errors.New("this is not a file of one signature as `opa sign` writes it")
	errManySigned    = errors.New("the file holds more than one signature, which no reader of OPA's takes")
	errPlugin        = errors.New("the signature wants a plugin to verify it, and there is none")
	errNotToken      = errors.New("the signature is not a JWT")
	errAlgorithm     = errors.New("the algorithm of the signature is none that a public key verifies")
	errNotByKeys     = errors.New("the signature was made by none of the given keys")
	errScope         = errors.New("the signature is for a scope, and not for this use")
	errNotFiles      = errors.New("what is signed is not a list of files with their hashes")
)

// read verifies the content of a signatures file and returns what it says.
// Where it does not verify, nothing is returned of it, and no error quotes it.
func (k *Keys) read(content []byte) (*signature, error) {
	token, err := onlyToken(content)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errNotToken
	}
	var decoded [3][]byte
	for i, p := range parts {
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(p); err != nil || p == "" {
			return nil, errNotToken
		}
	}
	header, ok := jsonObject(decoded[0])
	if !ok {
		return nil, errNotToken
	}
	algorithm, isText := header["alg"].(string)
	id, hasID := header["kid"]
	idText, idIsText := id.(string)
	_, critical := header["crit"] // names what a reader has to understand
	_, encoded := header["b64"]   // says that the payload is not what it is here
	if !isText || hasID && !idIsText || critical || encoded {
		return nil, errNotToken
	}
	if !slices.Contains(signatureAlgorithms, algorithm) {
		return nil, errAlgorithm
	}
	signed := token[:strings.LastIndexByte(token, '.')]
	if !k.verify(algorithm, idText, []byte(signed), decoded[2]) {
		return nil, errNotByKeys
	}
	return readPayload(decoded[1], time.Now())
}

var signatureAlgorithms = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// onlyToken returns the one token of a signatures file. OPA takes no more, and
// ignores keys that it does not know; here they are refused.
func onlyToken(content []byte) (string, error) {
	obj, ok := jsonObject(content)
	if !ok {
		return "", errNotSignatures
	}
	for key, v := range obj {
		switch key {
		case "signatures":
		case "plugin":
			if v != "" && v != "_default" {
				return "", errPlugin
			}
		default:
			return "", errNotSignatures
		}
	}
	list, ok := obj["signatures"].([]any)
	if !ok || len(list) == 0 {
		return "", errNotSignatures
	}
	if len(list) > 1 {
		return "", errManySigned
	}
	token, ok := list[0].(string)
	if !ok {
		return "", errNotSignatures
	}
	return token, nil
}

func jsonObject(b []byte) (map[string]any, bool) {
	v, err := decodeJSON(b)
	obj, ok := v.(map[string]any)
	return obj, err == nil && ok
}

// readPayload reads what was signed. It is the word of who holds the key, and
// its errors may quote it.
func readPayload(payload []byte, now time.Time) (*signature, error) {
	claims, ok := jsonObject(payload)
	if !ok {
		return nil, errNotFiles
	}
	if scope, found := claims["scope"]; found && scope != "" {
		return nil, errScope
	}
	expires, err := checkTimes(claims, now)
	if err != nil {
		return nil, err
	}
	list, ok := claims["files"].([]any)
	if !ok || len(list) == 0 {
		return nil, errNotFiles
	}
	all := map[string]signedFile{}
	for _, v := range list {
		name, f, err := readSigned(v)
		if err != nil {
			return nil, err
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("%s is signed twice", name)
		}
		all[name] = f
	}
	s := rooted(all)
	s.expires = expires
	return s, nil
}

// checkTimes holds a signature to the times between which it is good, where it
// names them, and returns when it expires. OPA does not look at them.
func checkTimes(claims map[string]any, now time.Time) (expires time.Time, err error) {
	for _, name := range []string{"exp", "nbf"} {
		v, found := claims[name]
		if !found {
			continue
		}
		n, ok := v.(json.Number)
		if !ok {
			return expires, fmt.Errorf("%s of the signature is %s, want a number", name, typeName(v))
		}
		seconds, err := n.Float64()
		if err != nil {
			return expires, fmt.Errorf("%s of the signature is out of range", name)
		}
		at := float64(now.UnixNano()) / float64(time.Second)
		switch {
		case name == "exp" && at >= seconds:
			return expires, errors.New("the signature has expired")
		case name == "nbf" && at < seconds:
			return expires, errors.New("the signature is not yet valid")
		case name == "exp" && seconds < maxExpiry:
			expires = time.Unix(0, int64(seconds*float64(time.Second)))
		}
	}
	return expires, nil
}

// maxExpiry is in the year 2255, in seconds: what is later is never.
const maxExpiry = 9e9

func readSigned(v any) (string, signedFile, error) {
	obj, ok := v.(map[string]any)
	if !ok {
		return "", signedFile{}, errNotFiles
	}
	name, isName := obj["name"].(string)
	hash, isHash := obj["hash"].(string)
	algorithm, isAlgorithm := obj["algorithm"].(string)
	if !isName || !isHash || !isAlgorithm {
		return "", signedFile{}, errNotFiles
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") {
		return "", signedFile{}, fmt.Errorf("%q is signed, which is no path below the bundle", name)
	}
	f := signedFile{algorithm: opabundle.HashingAlgorithm(algorithm)}
	switch f.algorithm {
	case opabundle.SHA256, opabundle.SHA384, opabundle.SHA512, opabundle.SHA512256:
	default:
		return "", signedFile{}, fmt.Errorf("%s is signed by the hash %q: want SHA-256, as `opa sign` writes it", name, algorithm)
	}
	var err error
	if f.hash, err = hex.DecodeString(hash); err != nil {
		return "", signedFile{}, errNotFiles
	}
	return name, f, nil
}

// rooted returns the signature of files by their names below the bundle. `opa
// sign --bundle DIR` writes DIR in front of each; that is left out where a
// manifest shows the root. It follows from what is signed alone, so that files
// cannot be moved.
func rooted(all map[string]signedFile) *signature {
	dirs := map[string]bool{}
	lead, first := "", true
	for name := range all {
		if path.Base(name) == ".manifest" {
			dirs[path.Dir(name)] = true
		}
		if dir := path.Dir(name); first {
			lead, first = dir, false
		} else {
			for lead != "." && dir != lead && !strings.HasPrefix(dir, lead+"/") {
				lead = path.Dir(lead)
			}
		}
	}
	root, found := "", false
	// The highest directory with a manifest among those above all files.
	for dir := lead; ; dir = path.Dir(dir) {
		if dirs[dir] {
			root, found = dir, true
		}
		if dir == "." {
			break
		}
	}
	s := &signature{files: all}
	switch {
	case !found && lead != ".":
		s.lead = lead
	case found && root != ".":
		s.files = make(map[string]signedFile, len(all))
		for name, f := range all {
			s.files[strings.TrimPrefix(name, root+"/")] = f
		}
	}
	return s
}

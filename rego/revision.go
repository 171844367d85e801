package rego

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// revisionFormat changes where equal files begin to mean something else.
const revisionFormat = "mcp-runner policy 1"

// revisionOf returns the SHA-256 of everything that a snapshot compiles to, in
// hex: names and contents, the Rego that ships with the program, the schema and the
// builtins that are added.
func revisionOf(snap *snapshot, cfg LoadConfig) string {
	h := sha256.New()
	part(h, []byte(revisionFormat), cfg.InputSchema)
	// Unknown names do not come so far: a source with them does not load.
	if b, err := allowBuiltins(cfg.AllowBuiltins); err == nil && len(b.names()) > 0 {
		part(h, []byte("builtins"), []byte(strings.Join(b.names(), " ")))
	}
	for _, f := range libFiles() {
		part(h, []byte(f.name), f.content)
	}
	for _, b := range snap.bundles {
		if len(b.files) == 0 && len(b.tests) > 0 {
			continue
		}
		part(h, []byte(b.name))
		for _, f := range b.files {
			part(h, []byte(f.rel), f.content)
		}
	}
	return hex.EncodeToString(slices.Clip(h.Sum(nil)))
}

// contentOf identifies all that a load looks at: what compiles, and the tests,
// which are held to being tests, and
// who could have written it.
func contentOf(snap *snapshot, revision string) string {
	h := sha256.New()
	part(h, []byte(revision))
	for _, warning := range snap.loose {
		part(h, []byte(warning))
	}
	for _, b := range snap.bundles {
		part(h, []byte(b.name))
		for _, f := range b.tests {
			part(h, []byte(f.rel), f.content)
		}
	}
	return hex.EncodeToString(slices.Clip(h.Sum(nil)))
}

// part adds a list of values so that no other list gives the same bytes.
func part(h hash.Hash, values ...[]byte) {
	fmt.Fprintf(h, "%d\n", len(values)) // a hash never fails
	for _, v := range values {
		fmt.Fprintf(h, "%d\n%s", len(v), v)
	}
}

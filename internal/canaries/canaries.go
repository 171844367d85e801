// Package canaries gives tests secrets of which each can be told from all
// others, and looks for them, in any form, in what was said.
package canaries

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Set are the secrets of one test. The zero value has none yet.
type Set struct{ All []string }

// Token is a secret by its own form, Word is one by its place only.
func (s *Set) Token() string { return s.next("ghp_%sabcdefghijklmnopqrstuvwxyz01") }
func (s *Set) Word() string  { return s.next("hunter2%s!x") }

// Number is a secret that is a JSON number.
func (s *Set) Number() string {
	n := fmt.Sprintf("98765432%04d7", len(s.All))
	s.All = append(s.All, n)
	return n
}

func (s *Set) next(form string) string {
	secret := fmt.Sprintf(form, fmt.Sprintf("Canary%03dQ", len(s.All)))
	s.All = append(s.All, secret)
	return secret
}

// RequireNone finds no secret in what was said, in any form.
func (s *Set) RequireNone(t *testing.T, said map[string]string) {
	t.Helper()
	for _, secret := range s.All {
		for _, form := range Forms(secret) {
			for where, text := range said {
				require.NotEmpty(t, text, where)
				if i := strings.Index(text, form); i >= 0 {
					require.Fail(t, "a secret is told", "%s: %s as %s in …%s…", where, secret, form, text[max(0, i-60):min(len(text), i+60)])
				}
			}
		}
	}
}

// Forms are the ways in which a secret could stand in a text: plain, escaped, in
// hex, and in base64 wherever it stands in what is encoded.
func Forms(secret string) []string {
	raw := []byte(secret)
	all := map[string]bool{
		secret: true, url.QueryEscape(secret): true, url.PathEscape(secret): true,
		hex.EncodeToString(raw): true, strings.ToUpper(hex.EncodeToString(raw)): true,
		strings.ReplaceAll(fmt.Sprintf("% x", raw), " ", ":"): true,
	}
	var percent, unicode strings.Builder
	for _, b := range raw {
		fmt.Fprintf(&percent, "%%%02X", b)
		fmt.Fprintf(&unicode, `\u%04x`, b)
	}
	all[percent.String()], all[strings.ToLower(percent.String())], all[unicode.String()] = true, true, true
	for _, form := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := form.EncodeToString(append(make([]byte, before), raw...))
			all[text[(before*8+5)/6:(before+len(raw))*8/6]] = true
		}
	}
	if quoted, err := json.Marshal(secret); err == nil {
		all[strings.Trim(string(quoted), `"`)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

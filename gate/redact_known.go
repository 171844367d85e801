package gate

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// minKnown is the length from which a secret that was found in one place is
// looked for in all others.
const minKnown = 6

// secrets are the values that were found, each with its first reason.
type secrets map[string]string

// secret is a value that was found, or an encoding of one.
type secret struct {
	value  string
	reason string
	// random marks a value that nobody can make equal to what a policy asks for.
	random bool
}

func (s *secrets) add(value, reason string) {
	value = strings.TrimSpace(value)
	if len(value) < minKnown || strings.Contains(value, Redacted) {
		return
	}
	if *s == nil {
		*s = secrets{}
	}
	if _, ok := (*s)[value]; !ok {
		(*s)[value] = reason
	}
}

// list returns the values and their encodings, the longest first.
func (s secrets) list() []secret {
	all := map[string]secret{}
	put := func(value, reason string, unguessed bool) {
		if _, ok := all[value]; !ok && len(value) >= minKnown {
			all[value] = secret{value: value, reason: reason, random: unguessed}
		}
	}
	for _, value := range slices.Sorted(maps.Keys(s)) {
		reason := s[value]
		unguessed := reason == ReasonToken || reason == ReasonEntropy || random(value)
		put(value, reason, unguessed)
		for _, decoded := range decodings(value) {
			put(decoded, reason, random(decoded))
		}
		if len(value) < 8 {
			continue
		}
		for _, encoded := range encodings(value) {
			if encoded != value {
				put(encoded, reason, true)
			}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b secret) int {
		return cmp.Or(cmp.Compare(len(b.value), len(a.value)), cmp.Compare(a.value, b.value))
	})
}

func decodings(value string) []string {
	var out []string
	if decoded, err := url.PathUnescape(value); err == nil && decoded != value {
		out = append(out, decoded)
	}
	if password, ok := basicPassword(value); ok {
		out = append(out, password)
	}
	return out
}

func encodings(value string) []string {
	raw := []byte(value)
	out := []string{
		url.QueryEscape(value), url.PathEscape(value), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	}
	if quoted, err := json.Marshal(value); err == nil {
		out = append(out, string(quoted[1:len(quoted)-1]))
	}
	return out
}

// spans marks k in s, where the scope lets it.
func (k secret) spans(s string, sc scope, spans []span) []span {
	if len(s) < len(k.value) || !k.random && (sc.fixed || sc.loader || !spreads(k.value)) {
		return spans
	}
	for from := 0; ; {
		i := strings.Index(s[from:], k.value)
		if i < 0 {
			return spans
		}
		start, end := from+i, from+i+len(k.value)
		from = end
		if (k.random || wholeWord(s, start, end)) && !covered(spans, start, end) {
			spans = append(spans, span{start, end, k.reason})
		}
	}
}

const wordEnds = " \t\r\n\"'`=,;:@&?|()<>{}[]"

func wholeWord(s string, start, end int) bool {
	return (start == 0 || strings.IndexByte(wordEnds, s[start-1]) >= 0) &&
		(end == len(s) || strings.IndexByte(wordEnds, s[end]) >= 0)
}

func covered(spans []span, start, end int) bool {
	return slices.ContainsFunc(spans, func(sp span) bool { return sp.start <= start && end <= sp.end })
}

package gate

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"sort"
	"strings"
)

// minKnown is the length from which a secret that was found in one place is
// looked for in all others.
const minKnown = 6

// secrets are the values that were found, each with how it was found first.
type secrets map[string]span

func (s *secrets) add(value string, sp span) {
	value = strings.TrimSpace(value)
	if len(value) < minKnown || strings.Contains(value, Redacted) {
		return
	}
	if *s == nil {
		*s = secrets{}
	}
	if old, ok := (*s)[value]; ok {
		sp.reason, sp.form = old.reason, old.form || sp.form
	}
	(*s)[value] = sp
}

// secret is a value that was found, or an encoding of one.
type secret struct {
	value  string
	reason string
	// unguessed marks a value that nobody can make equal to what a policy asks
	// for. It is replaced everywhere.
	unguessed bool
	// coded marks what is no word that a person would write: it is replaced in
	// the middle of words too.
	coded bool
}

// index finds values in texts. Its work on a text does not grow with the number
// of values, but for the logarithm.
type index struct {
	secrets []secret // sorted by value
	parent  []int    // the longest other value with which this one begins, or -1
	heads   map[string][2]int
}

// index returns the values and their encodings.
func (s secrets) index() *index {
	all := map[string]secret{}
	put := func(k secret) {
		if len(k.value) < minKnown {
			return
		}
		if old, ok := all[k.value]; ok {
			k.reason, k.unguessed, k.coded = old.reason, old.unguessed || k.unguessed, old.coded && k.coded
		}
		all[k.value] = k
	}
	for _, value := range slices.Sorted(maps.Keys(s)) {
		reason := s[value].reason
		unguessed := s[value].form || random(value)
		for _, decoded := range decodings(value) {
			if r := random(decoded); r || spreads(decoded) {
				put(secret{value: decoded, reason: reason, unguessed: r})
			}
		}
		if !unguessed && !spreads(value) {
			continue
		}
		put(secret{value: value, reason: reason, unguessed: unguessed})
		if len(value) < 8 {
			continue
		}
		// An encoding is as easy to guess as the value.
		for _, escaped := range escapings(value) {
			put(secret{value: escaped, reason: reason, unguessed: unguessed})
		}
		for _, encoded := range encodings(value) {
			put(secret{value: encoded, reason: reason, unguessed: unguessed, coded: true})
		}
	}
	x := &index{heads: map[string][2]int{}}
	var open []int // the values with which the current one begins
	for i, value := range slices.Sorted(maps.Keys(all)) {
		for len(open) > 0 && !strings.HasPrefix(value, x.secrets[open[len(open)-1]].value) {
			open = open[:len(open)-1]
		}
		parent := -1
		if len(open) > 0 {
			parent = open[len(open)-1]
		}
		open = append(open, i)
		x.secrets, x.parent = append(x.secrets, all[value]), append(x.parent, parent)
		head, ok := x.heads[value[:minKnown]]
		if !ok {
			head[0] = i
		}
		head[1] = i + 1
		x.heads[value[:minKnown]] = head
	}
	return x
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

func escapings(value string) []string {
	out := []string{url.QueryEscape(value), url.PathEscape(value)}
	if quoted, err := json.Marshal(value); err == nil {
		out = append(out, string(quoted[1:len(quoted)-1]))
	}
	return out
}

// encodings are the value in hex and in base64, also in the middle of what is
// encoded with it: there its characters are one of three rows, and those at its
// ends depend on its neighbours.
func encodings(value string) []string {
	raw := []byte(value)
	out := []string{hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw))}
	for _, form := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		out = append(out, form.EncodeToString(raw))
		for before := range 3 {
			text := form.EncodeToString(append(make([]byte, before), raw...))
			out = append(out, text[(before*8+5)/6:(before+len(raw))*8/6])
		}
	}
	return out
}

// spans marks the values in s, where the scope lets them.
func (x *index) spans(s string, sc scope, spans []span) []span {
	if x == nil {
		return spans
	}
	done := 0
	for start := 0; start+minKnown <= len(s); start++ {
		for i := x.longest(s[start:]); i >= 0; i = x.parent[i] {
			k := x.secrets[i]
			end := start + len(k.value)
			if end <= done {
				break // and so are the shorter ones
			}
			if k.unguessed || !sc.fixed && !sc.loader && (k.coded || wholeWord(s, start, end) || wholeSegment(s, start, end)) {
				spans = append(spans, span{start: start, end: end, reason: k.reason})
				done = end
				break
			}
		}
	}
	return spans
}

// longest is the longest value with which s begins, or -1. All others with which
// s begins are its parents.
func (x *index) longest(s string) int {
	head, ok := x.heads[s[:minKnown]]
	if !ok {
		return -1
	}
	// The last value that is not behind s in the order begins as s does, at
	// least as far as any value with which s begins.
	n := sort.Search(head[1]-head[0], func(i int) bool { return x.secrets[head[0]+i].value > s })
	if n == 0 {
		return -1
	}
	i := head[0] + n - 1
	if x.parent[i] < 0 && !strings.HasPrefix(s, x.secrets[i].value) {
		return -1
	}
	common := commonLength(x.secrets[i].value, s)
	for i >= 0 && len(x.secrets[i].value) > common {
		i = x.parent[i]
	}
	return i
}

func commonLength(a, b string) int {
	low, high := 0, min(len(a), len(b))
	for low < high { // comparing halves is much faster than comparing bytes
		middle := (low + high + 1) / 2
		if a[low:middle] == b[low:middle] {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

const wordEnds = " \t\r\n\"'`=,;:@&?|()<>{}[]"

func wholeWord(s string, start, end int) bool {
	return (start == 0 || strings.IndexByte(wordEnds, s[start-1]) >= 0) &&
		(end == len(s) || strings.IndexByte(wordEnds, s[end]) >= 0)
}

// wholeSegment reports whether a segment of the path of a URL stands between
// start and end. Its host is none: that stays to be seen.
func wholeSegment(s string, start, end int) bool {
	if start < 2 || s[start-1] != '/' || s[start-2] == '/' || end < len(s) && s[end] != '/' && strings.IndexByte(wordEnds, s[end]) < 0 {
		return false
	}
	before := s[max(0, start-maxSegments):start]
	return strings.Contains(before[strings.LastIndexAny(before, wordStarts)+1:], "://")
}

// maxSegments is how far before a segment its URL may begin.
const maxSegments = 1 << 10

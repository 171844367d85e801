package gate

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// span is a part of a string that is a secret.
type span struct {
	start, end int
	reason     string
	// form marks what has the form of a token as a whole, so that nobody can
	// make it equal to what a policy asks for.
	form bool
	// with stands in its place; "" means Redacted.
	with string
}

// text returns s without its secrets.
func (r *redactor) text(s string, sc scope) string {
	r.marked(s)
	return r.replace(s, r.spans(s, sc))
}

// spans marks the secrets of s. Each way to find them is linear in s.
func (r *redactor) spans(s string, sc scope) []span {
	if s == "" || r.stopped() {
		return nil
	}
	spans := r.named(s, sc)
	if len(spans) == 0 && !sc.fixed {
		spans = r.documentSpans(s, sc)
	}
	if len(spans) == 0 {
		spans = tokenSpans(s, spans)
		spans = urlSpans(s, spans)
		if sc.urlPath {
			spans = pathSpans(s, 0, len(s), spans)
		}
		if !sc.fixed && !r.stopped() {
			spans = assignmentSpans(s, sc, spans)
			if !sc.loader {
				spans = entropySpans(s, spans)
			}
		}
	}
	for _, sp := range spans {
		r.found.add(s[sp.start:sp.end], sp)
	}
	spans = r.known.spans(s, sc, spans)
	if sc.parts != 0 {
		spans = narrow(s, sc.parts, spans)
	}
	return spans
}

// narrow takes out of spans the parts of s that read as words.
func narrow(s string, separator byte, spans []span) []span {
	var out []span
	for _, sp := range spans {
		for from := sp.start; from < sp.end; {
			next := sp.end
			if n := strings.IndexByte(s[from:sp.end], separator); n >= 0 {
				next = from + n
			}
			if part := s[from:next]; part != "" && !wordPart.MatchString(part) {
				one := sp
				one.start, one.end = from, next
				out = append(out, one)
			}
			from = next + 1
		}
	}
	return out
}

// wordPart is the name of a domain or directory, shorter than a secret.
var wordPart = regexp.MustCompile(`^[.]?[A-Z]?[a-z0-9._-]{0,16}$`)

func (r *redactor) replace(s string, spans []span) string {
	if len(spans) == 0 {
		return s
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var b strings.Builder
	done := 0
	for _, sp := range spans {
		if sp.start < done { // part of one that was replaced
			done = max(done, sp.end)
			continue
		}
		b.WriteString(s[done:sp.start])
		b.WriteString(cmp.Or(sp.with, Redacted))
		r.note(sp.reason)
		done = sp.end
	}
	b.WriteString(s[done:])
	return b.String()
}

// authScheme splits the value of an Authorization header.
var authScheme = regexp.MustCompile(`(?is)^\s*(?:bearer|basic|token|digest|negotiate|apikey)\s+(\S.*?)\s*$`)

// named marks the whole value where its name says secret.
func (r *redactor) named(s string, sc scope) []span {
	reason := ReasonName
	switch {
	case sc.follows:
		reason = ReasonArgument
	case sc.below || sc.name != "" && secretName(sc.name) != secretNone:
	default:
		return nil
	}
	start, end := 0, len(s)
	if m := authScheme.FindStringSubmatchIndex(s); m != nil {
		start, end = m[2], m[3]
	}
	if plain(s[start:end]) {
		return nil
	}
	return []span{{start: start, end: end, reason: reason}}
}

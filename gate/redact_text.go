package gate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// span is a part of a string that is a secret.
type span struct {
	start, end int
	reason     string
}

// text returns s without its secrets.
func (r *redactor) text(s string, sc scope) string {
	if s == "" {
		return s
	}
	spans := r.named(s, sc)
	if len(spans) == 0 && !sc.fixed {
		if clean, ok := r.document(s); ok {
			return clean
		}
	}
	if len(spans) == 0 {
		spans = tokenSpans(s, spans)
		spans = urlSpans(s, spans)
		if !sc.fixed {
			spans = assignmentSpans(s, sc.list, spans)
			if !sc.loader {
				spans = entropySpans(s, spans)
			}
		}
	}
	for _, sp := range spans {
		r.found.add(s[sp.start:sp.end], sp.reason)
	}
	for _, k := range r.known {
		spans = k.spans(s, sc, spans)
	}
	return r.replace(s, spans)
}

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
			if sp.end > done {
				done = sp.end
			}
			continue
		}
		b.WriteString(s[done:sp.start])
		b.WriteString(Redacted)
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
	return []span{{start, end, reason}}
}

// number reports whether a number of JSON is a secret.
func (r *redactor) number(s string, sc scope) bool {
	if len(r.named(s, sc)) == 0 {
		return false
	}
	r.note(ReasonName)
	return true
}

// document reads s as a JSON object or list, where it is one and holds a secret.
func (r *redactor) document(s string) (string, bool) {
	trimmed := strings.TrimSpace(s)
	if len(trimmed) < 2 || trimmed[0] != '{' && trimmed[0] != '[' || r.inside > 8 {
		return "", false
	}
	decoder := json.NewDecoder(strings.NewReader(trimmed))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() {
		return "", false
	}
	r.inside++
	clean := r.json(value, scope{})
	r.inside--
	if reflect.DeepEqual(clean, value) {
		return "", false
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(clean); err != nil {
		return Redacted, true
	}
	return strings.TrimSuffix(out.String(), "\n"), true
}

const (
	nameForm  = `[A-Za-z_][A-Za-z0-9_.\-]*`
	valueForm = `"[^"]*"|'[^']*'|[^\s"';&|<>]+`
)

var (
	wholeArgument = regexp.MustCompile(`(?s)^-{0,2}/?(` + nameForm + `)[=](.+)$`)
	equals        = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.%$])(` + nameForm + `)=(` + valueForm + `)`)
	flagAndValue  = regexp.MustCompile(`(?:^|[\s"'])(--?` + nameForm + `)\s+(` + valueForm + `)`)
	// Header lines, YAML, and the /name:value of Windows.
	colonLine   = regexp.MustCompile(`(?m)(?:^[ \t\-]*|["'])(` + nameForm + `)["']?[ \t]*:[ \t]+["']?([^"'\n]+)`)
	colonValue  = regexp.MustCompile(`(?:^|\s)[/\-](` + nameForm + `):(` + valueForm + `)`)
	jsonMember  = regexp.MustCompile(`\\*"(` + nameForm + `)\\*"\s*:\s*\\*"([^"\\]+)`)
	nextSetting = regexp.MustCompile(`,\s*[A-Za-z_][A-Za-z0-9_.\- ]*=`)
)

// assignmentSpans marks the values of secret names inside a string: a command
// line, a connection string, a header, a piece of YAML.
func assignmentSpans(s string, list bool, spans []span) []span {
	if !strings.ContainsAny(s, "=: ") {
		return spans
	}
	reason := ReasonName
	if list {
		reason = ReasonArgument
	}
	add := func(start, end int) {
		text := s[start:end]
		if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
			start, end = start+1, end-1
		}
		end = start + len(strings.TrimRight(s[start:end], " \t\r\n"))
		if m := authScheme.FindStringSubmatchIndex(s[start:end]); m != nil {
			start, end = start+m[2], start+m[3]
		}
		if start < end && !plain(s[start:end]) {
			spans = append(spans, span{start, end, reason})
		}
	}
	// What is no secret may hold the next name: search on behind the name.
	match := func(re *regexp.Regexp, accept func(name, value string) bool, cut bool) {
		for from := 0; from < len(s); {
			m := re.FindStringSubmatchIndex(s[from:])
			if m == nil {
				return
			}
			start, end := from+m[4], from+m[5]
			if !accept(s[from+m[2]:from+m[3]], s[start:end]) {
				from += m[3]
				continue
			}
			if at := nextSetting.FindStringIndex(s[start:end]); cut && at != nil {
				end = start + at[0]
			}
			add(start, end)
			from = max(end, from+m[3])
		}
	}
	secret := func(name, _ string) bool { return secretName(name) != secretNone }
	if strings.Contains(s, "=") {
		if list {
			match(wholeArgument, secret, false)
		}
		match(equals, secret, true)
	}
	if strings.Contains(s, " ") && strings.Contains(s, "-") {
		match(flagAndValue, func(name, value string) bool { return secretFlag(name) && !strings.HasPrefix(value, "-") }, false)
	}
	if strings.Contains(s, ":") {
		match(colonLine, func(name, value string) bool {
			// "token: how it is used" is prose.
			one := !strings.ContainsAny(strings.TrimSpace(value), " \t") || authScheme.MatchString(value)
			return secretName(name) != secretNone && (one || headerName(name))
		}, false)
		match(colonValue, secret, false)
		match(jsonMember, secret, false)
	}
	return spans
}

func headerName(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie":
		return true
	}
	return false
}

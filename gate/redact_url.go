package gate

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	// schemelessLogin is the form of database addresses: user:password@tcp(host)/db.
	schemelessLogin = regexp.MustCompile("(?:^|[\\s\"'`=(])[\\w.%+-]+:(?:([^\\s@]+)@(?:tcp|unix)\\(|([^\\s@/]+)@[\\w.-]+(?::\\d+)?/)")
	segmentRun      = regexp.MustCompile(`[A-Za-z0-9+_-]{20,}={0,2}`)
	// queryWords are secret as the last word of a query parameter's name, and
	// nowhere else.
	queryWords = wordSet("key sig signature code sid pw pwd")
)

// urlSpans marks passwords and secret parameters of the URLs in s.
func urlSpans(s string, spans []span) []span {
	if !strings.ContainsAny(s, "@/") { // neither a login nor a URL
		return spans
	}
	if strings.Contains(s, "@") && !strings.Contains(s, "@sha256:") {
		for _, m := range schemelessLogin.FindAllStringSubmatchIndex(s, -1) {
			for g := 2; g < len(m); g += 2 {
				if m[g] >= 0 && !plain(s[m[g]:m[g+1]]) {
					spans = append(spans, span{start: m[g], end: m[g+1], reason: ReasonURL})
				}
			}
		}
	}
	// A word can hold many URLs, one in the other: its end is found once, and
	// its path and its query are read once.
	end, lastAt := -1, -1
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return spans
		}
		scheme := s[:from+i]
		start := from + i + len("://")
		from = start
		if start > end {
			end = len(s)
			if n := strings.IndexAny(s[start:], " \t\r\n\"'`<>"); n >= 0 {
				end = start + n
			}
			lastAt = start + strings.LastIndexByte(s[start:end], '@') // before start where there is none
			spans = querySpans(s, start, end, spans)
			if n := strings.IndexAny(s[start:end], "/?#"); n >= 0 && s[start+n] == '/' && !strings.HasSuffix(scheme, "file") {
				spans = pathSpans(s, start+n, end, spans)
			}
		}
		if sp, ok := login(s, scheme, start, end, lastAt); ok {
			spans = append(spans, sp)
			from = sp.end
		}
	}
}

// login marks the password in the user information of the URL whose authority
// begins at start. lastAt is the last @ before end.
func login(s, scheme string, start, end, lastAt int) (span, bool) {
	authority := end
	if n := strings.IndexAny(s[start:end], "/?#"); n >= 0 {
		authority = start + n
	}
	at := strings.LastIndexByte(s[start:authority], '@')
	if at < 0 {
		// A password may hold an unescaped slash: then what stands before it is
		// no port.
		colon := strings.IndexByte(s[start:authority], ':')
		if colon < 0 || lastAt < authority || s[start] == '[' || strings.Trim(s[start+colon+1:authority], "0123456789") == "" {
			return span{}, false
		}
		at = lastAt - start
	}
	user, password, both := strings.Cut(s[start:start+at], ":")
	switch {
	case both && !plain(password):
		return span{start: start + len(user) + 1, end: start + at, reason: ReasonURL}, true
	case !both && user != "git" && (strings.HasSuffix(scheme, "http") || strings.HasSuffix(scheme, "https")) && !plain(user):
		return span{start: start, end: start + at, reason: ReasonURL}, true // over HTTP a user alone is mostly a token
	}
	return span{}, false
}

// keyedSegments say that the UUID in the next segment of a path is a key.
var keyedSegments = wordSet("s key token secret hook hooks webhook webhooks")

// pathSpans marks the random segments of the path of a URL, and the values of
// secret names behind a semicolon. The path begins at start.
func pathSpans(s string, start, end int, spans []span) []span {
	if n := strings.IndexAny(s[start:end], "?#"); n >= 0 {
		end = start + n
	}
	segment := ""
	for from := start; from < end; {
		next := end
		if n := strings.IndexAny(s[from:end], "/;"); n >= 0 {
			next = from + n
		}
		text := s[from:next]
		switch {
		case from > start && s[from-1] == ';':
			spans = paramSpan(s, from, next, spans)
		case keyedSegments[strings.ToLower(segment)] && uuidForm.MatchString(text):
			segment = text
			spans = append(spans, span{start: from, end: next, reason: ReasonURL})
		default:
			segment = text
			for _, m := range segmentRun.FindAllStringIndex(text, -1) {
				if random(text[m[0]:m[1]]) && !digestAtHead.MatchString(text[m[0]:m[1]]) && !digestBefore.MatchString(text[max(0, m[0]-8):m[0]]) {
					spans = append(spans, span{start: from + m[0], end: from + m[1], reason: ReasonURL})
				}
			}
		}
		from = next + 1
	}
	return spans
}

// querySpans marks the values of secret names in a query or fragment.
func querySpans(s string, start, end int, spans []span) []span {
	i := strings.IndexAny(s[start:end], "?#")
	if i < 0 {
		return spans
	}
	from := start + i + 1
	for from < end {
		next := end
		if n := strings.IndexAny(s[from:end], "&;?#"); n >= 0 {
			next = from + n
		}
		spans = paramSpan(s, from, next, spans)
		from = next + 1
	}
	return spans
}

// paramSpan marks the value of name=value between from and next.
func paramSpan(s string, from, next int, spans []span) []span {
	name, value, _ := strings.Cut(s[from:next], "=")
	if name == "" || value == "" {
		return spans
	}
	start := from + len(name) + 1
	if decoded, err := url.QueryUnescape(name); err == nil {
		name = decoded
	}
	switch {
	case plain(value):
	case secretName(name) != secretNone || queryName(name):
		return append(spans, span{start: start, end: next, reason: ReasonURL})
	case random(value):
		return append(spans, span{start: start, end: next, reason: ReasonEntropy})
	}
	return spans
}

func queryName(name string) bool {
	words := nameWords(name)
	return len(words) > 0 && queryWords[words[len(words)-1]]
}

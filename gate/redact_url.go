package gate

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	// schemelessLogin is the form of database addresses: user:password@tcp(host)/db.
	schemelessLogin = regexp.MustCompile(`^[\w.%+-]+:([^\s@]+)@(?:tcp|unix)\(|^[\w.%+-]+:([^\s@/]+)@[\w.-]+(?::\d+)?/`)
	// queryWords are secret as the last word of a query parameter's name, and
	// nowhere else.
	queryWords = wordSet("key sig signature code sid pw pwd")
)

// urlSpans marks passwords and secret parameters of the URLs in s.
func urlSpans(s string, spans []span) []span {
	if !strings.ContainsAny(s, "@/") { // neither a login nor a URL
		return spans
	}
	if m := schemelessLogin.FindStringSubmatchIndex(s); m != nil && !strings.Contains(s, "@sha256:") {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 && !plain(s[m[g]:m[g+1]]) {
				spans = append(spans, span{m[g], m[g+1], ReasonURL})
			}
		}
	}
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return spans
		}
		start := from + i + len("://")
		scheme := s[:from+i]
		end := start + len(s[start:])
		if n := strings.IndexAny(s[start:], " \t\r\n\"'`<>"); n >= 0 {
			end = start + n
		}
		spans = loginSpans(s, scheme, start, end, spans)
		spans = querySpans(s, start, end, spans)
		from = start
	}
}

// loginSpans marks the password in the user information of the URL whose
// authority begins at start.
func loginSpans(s, scheme string, start, end int, spans []span) []span {
	authority := end
	if n := strings.IndexAny(s[start:end], "/?#"); n >= 0 {
		authority = start + n
	}
	at := strings.LastIndexByte(s[start:authority], '@')
	if at < 0 {
		// A password may hold an unescaped slash: then what stands before it is
		// no port.
		colon := strings.IndexByte(s[start:authority], ':')
		later := strings.LastIndexByte(s[start:end], '@')
		if colon < 0 || later < 0 || s[start] == '[' || strings.Trim(s[start+colon+1:authority], "0123456789") == "" {
			return spans
		}
		at = later
	}
	user, password, both := strings.Cut(s[start:start+at], ":")
	switch {
	case both && !plain(password):
		return append(spans, span{start + len(user) + 1, start + at, ReasonURL})
	case !both && user != "git" && (strings.HasSuffix(scheme, "http") || strings.HasSuffix(scheme, "https")) && !plain(user):
		return append(spans, span{start, start + at, ReasonURL}) // over HTTP a user alone is mostly a token
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
		if eq := strings.IndexByte(s[from:next], '='); eq > 0 {
			name, value := s[from:from+eq], s[from+eq+1:next]
			if decoded, err := url.QueryUnescape(name); err == nil {
				name = decoded
			}
			switch {
			case plain(value):
			case secretName(name) != secretNone || queryName(name):
				spans = append(spans, span{from + eq + 1, next, ReasonURL})
			case random(value):
				spans = append(spans, span{from + eq + 1, next, ReasonEntropy})
			}
		}
		from = next + 1
	}
	return spans
}

func queryName(name string) bool {
	words := nameWords(name)
	return len(words) > 0 && queryWords[words[len(words)-1]]
}

package gate

import (
	"encoding/base64"
	"math"
	"regexp"
	"strings"
)

// tokenForm is the form of a known kind of token. The part that is the secret is
// the whole match, or the group where there is one. The forms are not one
// expression, because there a long beginning of one form that comes to nothing
// would be read again behind each match of another.
type tokenForm struct {
	hints string // one of these words stands in each token
	form  *regexp.Regexp
}

func form(hints, expression string) tokenForm {
	return tokenForm{hints, regexp.MustCompile(expression)}
}

var tokenForms = []tokenForm{
	form("-----BEGIN", `(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$))`),
	form("eyJ", `\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}`),
	form("gho_ ghp_ ghr_ ghs_ ghu_", `\bgh[opusr]_[A-Za-z0-9_]{16,}`),
	form("github_pat_", `\bgithub_pat_[A-Za-z0-9_]{16,}`),
	form("gl", `\bgl(?:pat|ptt|dt|rt|soat|cbt|ft|agent)-[A-Za-z0-9_.-]{16,}`),
	form("xox", `\bxox[abeoprs]-[A-Za-z0-9-]{8,}`),
	form("xapp-", `\bxapp-[A-Za-z0-9-]{10,}`),
	form("AKIA ASIA", `\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`),
	form("AIza", `\bAIza[0-9A-Za-z_-]{30,}`),
	form("ya29.", `\bya29\.[0-9A-Za-z_.-]{10,}`),
	form("GOCSPX-", `\bGOCSPX-[0-9A-Za-z_-]{16,}`),
	form("npm_", `\bnpm_[A-Za-z0-9]{30,}`),
	form("pypi-", `\bpypi-Ag[A-Za-z0-9_-]{20,}`),
	form("hf_", `\bhf_[A-Za-z0-9]{20,}`),
	form("_v1_", `\bdo[opr]_v1_[a-f0-9]{32,}`),
	form("SG.", `\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`),
	form("sk_ rk_", `\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}`),
	form("whsec_", `\bwhsec_[A-Za-z0-9+/=]{16,}`),
	form("hvs. hvb. hvr.", `\bhv[sbr]\.[A-Za-z0-9_-]{20,}`),
	form("glsa_ glc_", `\bgl(?:sa|c)_[A-Za-z0-9_=]{20,}`),
	form("gsk r8 fig ntn lin_api shp dckr_pat dapi tfp pul xai tvly pplx tskey",
		`\b(?:gsk|r8|fig[du]|ntn|lin_api|shpat|shpss|dckr_pat|dapi|tfp|pul|xai|tvly|pplx|tskey)[_-][A-Za-z0-9_-]{24,}`),
	form("dapi", `\bdapi[a-f0-9]{32}\b`),
	form("ATATT3x", `\bATATT3x[A-Za-z0-9_=-]{20,}`),
	form("AGE-", `\bAGE-SECRET-KEY-1[0-9A-Z]{20,}`),
	form(":AA", `\b[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}`),
	form("hooks.slack.com", `\bhooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]+)`),
	form("discord", `\bdiscord(?:app)?\.com/api/webhooks/([A-Za-z0-9/_-]+)`),
}

var (
	// dashToken is one form that words can have too: it wants a digit.
	dashToken = regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{16,}`)
	authValue = regexp.MustCompile(`(?i)\b(bearer|basic)\s+([A-Za-z0-9._~+/-]{8,}=*)`)
)

// tokenSpans marks what has the form of a known kind of token.
func tokenSpans(s string, spans []span) []span {
	if len(s) < 12 {
		return spans
	}
	for _, f := range tokenForms {
		if !hinted(s, f.hints) {
			continue
		}
		for _, m := range f.form.FindAllStringSubmatchIndex(s, -1) {
			if len(m) > 2 { // the group is what follows an address, and can be anything
				spans = append(spans, span{start: m[2], end: m[3], reason: ReasonToken})
			} else {
				spans = append(spans, span{start: m[0], end: m[1], reason: ReasonToken, form: true})
			}
		}
	}
	if strings.Contains(s, "sk-") {
		for _, m := range dashToken.FindAllStringIndex(s, -1) {
			if strings.ContainsAny(s[m[0]:m[1]], "0123456789") {
				spans = append(spans, span{start: m[0], end: m[1], reason: ReasonToken, form: true})
			}
		}
	}
	if !strings.ContainsAny(s, " \t\n") {
		return spans
	}
	for _, m := range authValue.FindAllStringSubmatchIndex(s, -1) {
		value := s[m[4]:m[5]]
		basic := strings.EqualFold(s[m[2]:m[3]], "basic")
		if _, ok := basicPassword(value); basic && ok || !basic && !words(value) {
			spans = append(spans, span{start: m[4], end: m[5], reason: ReasonToken})
		}
	}
	return spans
}

func hinted(s, hints string) bool {
	for hint := range strings.SplitSeq(hints, " ") {
		if strings.Contains(s, hint) {
			return true
		}
	}
	return false
}

// basicPassword takes the password out of the value of a Basic authorization.
func basicPassword(value string) (string, bool) {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
	if err != nil {
		return "", false
	}
	_, password, ok := strings.Cut(string(decoded), ":")
	return password, ok
}

// words reports whether value reads as prose: letters of one case only.
func words(value string) bool {
	return strings.IndexFunc(value[1:], func(c rune) bool { return c < 'a' || c > 'z' }) < 0
}

var (
	run = regexp.MustCompile(`[A-Za-z0-9+/_-]{20,}={0,2}`)
	// digestBefore stands before what is a digest and no secret.
	digestBefore = regexp.MustCompile(`(?i)(?:sha1|sha224|sha256|sha384|sha512|md5|h1|blake3)[:=-]$`)
	digestAtHead = regexp.MustCompile(`(?i)^(?:sha1|sha224|sha256|sha384|sha512|md5|h1|blake3)[-]`)
	hexForm      = regexp.MustCompile(`^[0-9a-fA-F]+$`)
	uuidForm     = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
)

// entropySpans marks what is long and random, in words that are no URL, path or
// package name.
func entropySpans(s string, spans []span) []span {
	if len(s) < 20 {
		return spans
	}
	// Where the word begins, and whether it holds a URL, is carried from run to
	// run: a word can hold many runs.
	word, seen, inURL := 0, 0, false
	for _, m := range run.FindAllStringIndex(s, -1) {
		if i := strings.LastIndexAny(s[seen:m[0]], wordStarts); i >= 0 {
			word, inURL = seen+i+1, false
		}
		inURL = inURL || strings.Contains(s[max(word, seen):m[1]], "://")
		seen = m[0]
		text := s[m[0]:m[1]]
		if digestBefore.MatchString(s[max(0, m[0]-8):m[0]]) || digestAtHead.MatchString(text) ||
			inURL || s[word] == '@' || filePath.MatchString(s[word:min(word+4, len(s))]) {
			continue
		}
		if random(text) {
			spans = append(spans, span{start: m[0], end: m[1], reason: ReasonEntropy})
		}
	}
	return spans
}

// wordStarts stand before a word.
const wordStarts = " \t\n\"'=,;()"

// random reports whether s is long and reads as random: many changes between
// lower case, upper case and digits, and much entropy. Runs of one case are
// judged by their parts, because names have parts (a-name-7d9c5b8f6d-x2x4z).
func random(s string) bool {
	s = strings.TrimRight(s, "=")
	if len(s) < 20 || uuidForm.MatchString(s) {
		return false
	}
	if hexForm.MatchString(s) {
		switch len(s) {
		case 40, 56, 64, 96, 128: // the lengths of commits and digests
			return false
		}
		return len(s) >= 32 && strings.ContainsAny(s, "0123456789") && changes(s) >= 0.2 && entropy(s) >= 3
	}
	lower, upper, digit := strings.IndexFunc(s, isLower) >= 0, strings.IndexFunc(s, isUpper) >= 0, strings.IndexFunc(s, isDigit) >= 0
	if lower && upper && digit {
		return changes(s) >= 0.29 && entropy(s) >= 3.5 || len(s) == 40 && entropy(s) >= 4.5 // a secret key of AWS
	}
	for part := range strings.FieldsFuncSeq(s, func(c rune) bool { return strings.ContainsRune("+/_-", c) }) {
		if len(part) >= 24 && strings.IndexFunc(part, isDigit) >= 0 && changes(part) >= 0.25 && entropy(part) >= 3.5 && !hexDigest(part) {
			return true
		}
	}
	return false
}

func hexDigest(s string) bool { return hexForm.MatchString(s) && (len(s) == 40 || len(s) == 64) }

func isLower(c rune) bool { return 'a' <= c && c <= 'z' }
func isUpper(c rune) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c rune) bool { return '0' <= c && c <= '9' }

// changes is the share of neighbours in s that are of different classes. A
// capital before a small letter does not count: so do words begin.
func changes(s string) float64 {
	class := func(c byte) int {
		switch {
		case isLower(rune(c)):
			return 1
		case isUpper(rune(c)):
			return 2
		case isDigit(rune(c)):
			return 3
		}
		return 0
	}
	n := 0
	for i := 1; i < len(s); i++ {
		if a, b := class(s[i-1]), class(s[i]); a != b && a != 0 && b != 0 && (a != 2 || b != 1) {
			n++
		}
	}
	return float64(n) / float64(len(s)-1)
}

// entropy is Shannon's, in bits for each byte.
func entropy(s string) float64 {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	var sum float64
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

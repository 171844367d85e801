package wrap

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// quote is s as a token of the syntax, in the quotes in which like is written. In
// YAML plain words stay plain where like is one.
func quote(syntax clients.Syntax, s, like string) string {
	switch syntax {
	case clients.SyntaxTOML:
		if strings.HasPrefix(like, "'") && !strings.ContainsFunc(s, func(r rune) bool { return r == '\'' || r < ' ' || r == 0x7f }) {
			return "'" + s + "'"
		}
		return quoteTOML(s)
	case clients.SyntaxYAML:
		printable := !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) })
		switch {
		case strings.HasPrefix(like, "'") && printable:
			return "'" + strings.ReplaceAll(s, "'", "''") + "'"
		case strings.HasPrefix(like, `"`), !plainYAML(s):
			return quoteJSON(s)
		}
		return s
	}
	return quoteJSON(s)
}

// quoteJSON is also right in YAML.
func quoteJSON(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plainWord are the words that mean themselves in YAML, wherever they stand.
var plainWord = regexp.MustCompile(`^(?:[A-Za-z_/]|--?[A-Za-z])[A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=\\-]+)*$`)

// otherYAML are words that mean something else than their letters.
var otherYAML = regexp.MustCompile(`(?i)^(?:null|true|false|yes|no|on|off|y|n)$`)

func plainYAML(s string) bool { return plainWord.MatchString(s) && !otherYAML.MatchString(s) }

// quoteName is s as the name of a member, in the quotes of like.
func quoteName(syntax clients.Syntax, s, like string) string {
	if syntax == clients.SyntaxTOML && bareTOML.MatchString(s) && bareTOML.MatchString(like) {
		return s
	}
	return quote(syntax, s, like)
}

var bareTOML = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// movable reports whether a token means the same between the brackets of an
// array, or behind the dash of a YAML list, as it does behind its name.
func movable(syntax clients.Syntax, raw string, block bool) bool {
	if syntax != clients.SyntaxYAML {
		return true
	}
	if raw == "" || strings.ContainsAny(raw, "\n") || strings.ContainsAny(raw[:1], "|>&*!") || !utf8.ValidString(raw) {
		return false
	}
	quoted := raw[0] == '"' || raw[0] == '\''
	return quoted || block || !strings.ContainsAny(raw, ",[]{}") && !strings.HasSuffix(raw, ":")
}

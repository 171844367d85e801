package show

import (
	"encoding/json"
	"fmt"
	"strings"
)

// JSON is v as JSON for a person: < and > stand as they are, and what
// would steer a terminal is escaped.
func JSON(v any, indent string) (string, error) {
	var buf strings.Builder
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(buf.String(), "\n")
	harmful := func(r rune) bool { return r != '\n' && Steers(r) }
	if !strings.ContainsFunc(text, harmful) {
		return text, nil
	}
	var out strings.Builder
	for _, r := range text {
		if harmful(r) { // such a rune stands only inside a string
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String(), nil
}

// Block is text that may have more than one line, as a compiler's complaint has;
// each is indented like the first.
func Block(s string) string { return BlockBy(s, "          ") }

// BlockBy is [Block] with the indent of all lines but the first.
func BlockBy(s, indent string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(strings.TrimSpace(s), "\t", "    ")) {
		lines = append(lines, Clean(strings.TrimRight(line, "\r\n")))
	}
	return strings.Join(lines, "\n"+indent)
}

// Clean keeps what a policy or a config says from steering the terminal.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case Steers(r):
			return -1
		}
		return r
	}, s)
}

// Steers reports whether r is a control character, a line separator, or a mark
// that changes the direction or the width of text.
func Steers(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfeff ||
		r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x2069
}

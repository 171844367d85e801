package house_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

var (
	link       = regexp.MustCompile(`\]\(([^)\s]+)(?:\s+"[^"]*")?\)|^\s*\[[^\]]+\]:\s+(\S+)`)
	inlineCode = regexp.MustCompile("`+[^`]*`+")
	heading    = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// TestLinksLead follows every relative link of every document to a file, and to
// a heading where it names one.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	for name, text := range texts(t) {
		if strings.HasSuffix(name, ".md") {
			documents[name] = text
		}
	}
	require.NotEmpty(t, documents)
	seen := 0
	for name, text := range documents {
		for _, target := range links(text) {
			seen++
			if err := follow(t, documents, name, target); err != nil {
				t.Errorf("%s: link to %s: %v", name, target, err)
			}
		}
	}
	require.NotZero(t, seen)
}

func follow(t *testing.T, documents map[string]string, from, target string) error {
	t.Helper()
	file, fragment, _ := strings.Cut(target, "#")
	name := from
	if file != "" {
		name = path.Join(path.Dir(from), file)
		if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	if fragment == "" {
		return nil
	}
	text, ok := documents[name]
	if !ok {
		return fmt.Errorf("%s is not a document with headings", name)
	}
	if !anchors(text)[fragment] {
		return fmt.Errorf("%s has no heading #%s", name, fragment)
	}
	return nil
}

// prose returns the lines of a document that are not in a fenced block.
func prose(text string) []string {
	var lines []string
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:3]
		default:
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
	}
	return lines
}

// links returns the relative links of a document.
func links(text string) []string {
	var found []string
	for _, line := range prose(text) {
		line = inlineCode.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len(s)) })
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			target := m[1] + m[2]
			if !strings.Contains(target, "://") && !strings.HasPrefix(target, "mailto:") {
				found = append(found, target)
			}
		}
	}
	return found
}

// anchors returns the names that GitHub gives to the headings of a document.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, line := range prose(text) {
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		base := slug(linkText.ReplaceAllString(m[1], "$1"))
		name := base
		for i := 1; names[name]; i++ {
			name = fmt.Sprintf("%s-%d", base, i)
		}
		names[name] = true
	}
	return names
}

func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '-':
			return '-'
		case r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}

func TestAnchorsAreThoseOfGitHub(t *testing.T) {
	t.Parallel()
	text := "# 2. Sources, settings, waivers\n```sh\n# a comment\n```\n## `--no-builtin`, [why](x.md)\n## Twice\n## Twice\n"
	require.Equal(t, map[string]bool{
		"2-sources-settings-waivers": true,
		"--no-builtin-why":           true,
		"twice":                      true,
		"twice-1":                    true,
	}, anchors(text))
	require.Equal(t, []string{"a.md#b", "c.png"}, links("[x](a.md#b) `[y](no.md)` ![z](c.png \"title\") [w](https://example.com)\n"))
}

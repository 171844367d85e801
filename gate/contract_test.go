package gate_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of docs/contract.md, section 3, names the fields of the schema: all
// of them, and no other.
func TestContractNamesEveryFieldOfTheInput(t *testing.T) {
	doc, err := os.ReadFile("../docs/contract.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(doc), "\n## 3. The input\n")
	require.True(t, ok)
	section, _, ok = strings.Cut(section, "\n## ")
	require.True(t, ok)

	named := map[string]bool{}
	for line := range strings.SplitSeq(section, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 3 && strings.Contains(cells[1], "`") {
			for _, field := range contractFields(cells[1]) {
				named[field] = true
			}
		}
	}
	// "The same for every further package".
	require.True(t, named["server.packages[]"])
	delete(named, "server.packages[]")
	for _, name := range []string{"ecosystem", "name", "version", "pinned"} {
		named["server.packages[]."+name] = true
	}

	have := map[string]bool{"config": true}
	walkSchema(t, func(path []string, s map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		for name, property := range properties {
			field := strings.ReplaceAll(strings.Join(append(slices.Clone(path), name), "."), ".*", "[]")
			p := property.(map[string]any)
			items, _ := p["items"].(map[string]any)
			switch {
			case p["type"] == "object" || items["type"] == "object":
			case p["type"] == "array":
				have[field+"[]"] = true
			default:
				have[field] = true
			}
		}
	})
	require.Equal(t, slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(named)))
}

// contractFields expands a cell of the table: `server.a`, `.b[]{c,d{e}}`. A name
// that begins with a dot continues the object of the one before it.
func contractFields(cell string) []string {
	var fields []string
	parent := ""
	for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
		text := match[1]
		if strings.HasPrefix(text, ".") {
			text = parent + text
		}
		name, _, _ := strings.Cut(text, "{")
		parent = name[:max(0, strings.LastIndexByte(name, '.'))]
		fields = append(fields, expandBraces(text)...)
	}
	return fields
}

// expandBraces turns a{b,c{d}} into a.b and a.c.d.
func expandBraces(text string) []string {
	name, rest, ok := strings.Cut(text, "{")
	if !ok {
		return []string{text}
	}
	var fields []string
	depth, start := 0, 0
	rest = strings.TrimSuffix(rest, "}")
	for i := range len(rest) + 1 {
		switch {
		case i == len(rest) || depth == 0 && rest[i] == ',':
			for _, inner := range expandBraces(rest[start:i]) {
				fields = append(fields, name+"."+inner)
			}
			start = i + 1
		case rest[i] == '{':
			depth++
		case rest[i] == '}':
			depth--
		}
	}
	return fields
}

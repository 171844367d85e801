package tree_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 101) + strings.Repeat("]", 101)
	for _, c := range []struct{ syntax, text, want string }{
		{"json", "{\n  \"a\" 1}", "2:7: want a colon after the name"},
		{"json", "{\n  a: 1}", "2:3: has a string, a number or a word that JSON does not have"},
		{"json", "{1: 1}", "1:2: want a name in double quotes"},
		{"json", `{"a": 1 "b": 2}`, "1:9: want a comma or a closing brace after the value"},
		{"json", `[1 2]`, "1:4: want a comma or a closing bracket after the value"},
		{"json", `{} {}`, "1:4: has more text after its end"},
		{"json", "{\"a\": \"x\ny\"}", "1:7: has a string, a number or a word that JSON does not have"},
		{"json", "\ufeff{x", "1:5: has a string, a number or a word that JSON does not have"},
		{"json", "\ufeff{\nx", "2:1: has a string, a number or a word that JSON does not have"},
		{"json", `{"a": "`, "1:8: ends too early: a bracket, a string or a comment is not closed"},
		{"json", "/* a", "1:1: ends too early: a bracket, a string or a comment is not closed"},
		{"json", "{\"a\": ,}", "1:7: want a value: a string in double quotes, a number, true, false, null, an object or a list"},
		{"json", "\"\xff\"", "1:2: is not UTF-8"},
		{"json", "\xff\xfe{\x00", "1:1: is UTF-16: save it as UTF-8"},
		{"json", deep, "1:101: is nested deeper than 100 levels"},
		{"toml", "a = 1\na = 2", "2:1: the name is defined twice"},
		{"toml", "[a]\n[a]", "2:2: the name is defined twice"},
		{"toml", "a.b = 1\n[a]", "2:2: the name is defined twice"},
		{"toml", "[a.b]\n[a]\nb.c = 1", "3:1: the name is defined twice"},
		{"toml", "a = {b = 1}\na.c = 1", "2:1: the name is defined twice"},
		{"toml", "a = [1]\n[[a]]", "2:3: the name is defined twice"},
		{"toml", "[[a]]\n[a]", "2:2: the name is defined twice"},
		{"toml", "a = {b = 1, b = 2}", "1:13: the name is defined twice"},
		{"toml", "a = {b = 1, b.c = 2}", "1:13: the name is defined twice"},
		{"toml", "a = 1__0", "1:6: has a number or a date that TOML does not have"},
		{"toml", "a = 2020-99-99", "1:5: has a number or a date that TOML does not have"},
		{"toml", "a = [1", "1:6: ends too early: a bracket is not closed"},
		{"toml", "a 1", "1:3: want = after the name"},
		{"toml", "a = 1 b", "1:7: want the end of the line"},
		{"toml", "a = ", "1:4: ends too early"},
		{"toml", "[a", "1:2: want ] after the name of the table"},
		{"toml", "\ufeff= 1", "1:4: want a name"},
		{"toml", "a = " + deep, "1:105: is nested deeper than 100 levels"},
		{"toml", strings.Repeat("a.", 101) + "a = 1", "1:201: is nested deeper than 100 levels"},
		{"yaml", "a: b: c", "1:1: has a colon where none can be: put the text in quotes"},
		{"yaml", "a: [b", "1:1: want a comma or a closing bracket"},
		{"yaml", "a: {b", "1:1: want a comma or a closing brace"},
		{"yaml", "a:\n\tb: c", "2:1: has a character that begins no value"},
		{"yaml", "a: b\n---\nc: d", "2:1: has a second document: a client reads one"},
		{"yaml", "a: *b", "1:1: has an alias of an anchor that is not there"},
		{"yaml", "a: &a [*a]", "1:8: has an alias that stands for too much"},
		{"yaml", "? [a]\n: b", "1:3: has a name that is not text"},
		{"yaml", "a:\n  <<: b", "2:7: merges something that is not an object"},
		{"yaml", deep, "1:101: is nested deeper than 100 levels"},
		{"yaml", "a: 'b", "1:1: ends too early: a quote is not closed"},
		{"yaml", "a: \"\\q\"", "1:1: has an escape that YAML does not have"},
	} {
		_, err := parsers[c.syntax].parse([]byte(c.text))
		require.EqualError(t, err, c.want, "%s: %q", c.syntax, c.text)
	}
}

func TestGetTakesTheLast(t *testing.T) {
	t.Parallel()
	d, err := tree.JSON([]byte(`{"a": {"b": 1}, "a": {"b": 2, "b": 3}}`))
	require.NoError(t, err)
	require.Equal(t, "3", d.Root.Get("a", "b").Text)
	require.Nil(t, d.Root.Get("a", "b", "c"))
	require.Nil(t, d.Root.Get("x", "y"))
	require.Same(t, d.Root, d.Root.Get())
}

// A table of TOML whose parts stand apart is one object, and says so.
func TestTablesOfTOMLAreMerged(t *testing.T) {
	t.Parallel()
	const text = "[s.a]\nx = 1\n[s.a.env]\nA = '1'\n[other]\ny = 1\n[s.b]\nz = 1\n"
	d, err := tree.TOML([]byte(text))
	require.NoError(t, err)
	span := func(n *tree.Node) string { return text[n.Start:n.End] }
	require.Equal(t, "[s.a]\nx = 1\n[s.a.env]\nA = '1'", span(d.Root.Get("s", "a")))
	require.False(t, d.Root.Get("s", "a").Spread)
	require.True(t, d.Root.Get("s").Spread)
	require.Equal(t, "[s.a.env]\nA = '1'", span(d.Root.Get("s", "a", "env")))
	require.True(t, d.Root.Get("s", "b").Block)
	require.Equal(t, "[s.b]\nz = 1", span(d.Root.Get("s", "b")))
}

func TestAliasesOfYAML(t *testing.T) {
	t.Parallel()
	const text = "base: &base {command: npx, args: [-y]}\nx: *base\ny:\n  <<: [*base, {cwd: /}]\n  args: []\n"
	d, err := tree.YAML([]byte(text))
	require.NoError(t, err)
	x := d.Root.Get("x")
	require.Equal(t, "*base", text[x.Start:x.End])
	require.Equal(t, "npx", x.Get("command").Text)
	require.Equal(t, "*base", text[x.Get("command").Start:x.Get("command").End])
	y := d.Root.Get("y")
	require.Equal(t, "npx", y.Get("command").Text)
	require.Equal(t, "/", y.Get("cwd").Text)
	require.Len(t, y.Members, 3)
	require.Empty(t, y.Get("args").Elements, "its own members count more than those that are merged")
}

// The time for a text grows with its length, whatever it is made of.
func TestLargeTexts(t *testing.T) {
	t.Parallel()
	const size = 1 << 18
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	count := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct{ syntax, text string }{
		{"json", fill("[")}, {"json", "{" + fill(`"a":{"b":[1,"x"]},`) + "}"}, {"json", fill("//x\n")}, {"json", fill("/")}, {"json", fill("/**/")},
		{"json", fill("\"")}, {"json", "[" + fill("\n/") + "]"},
		{"toml", "a=" + fill("[")}, {"toml", fill("a.")}, {"toml", count("[s.s%d]\nc='x'\n")}, {"toml", "x={" + count("s%d.a=1,") + "}"},
		{"toml", count("[[a]]\nb.c%d=1\n")}, {"toml", count("s%d.a=1\n")},
		{"yaml", fill("[")}, {"yaml", fill("- ")}, {"yaml", "[" + fill("{ä: b},") + "]"}, {"yaml", fill("- a: b\n  c: d\n")}, {"yaml", fill("# x\n")},
		{"yaml", fill("- &a x\n- *a\n")}, {"yaml", fill("word\n")}, {"yaml", "a: |\n" + fill(" x\n")}, {"yaml", "a:" + fill("\n    ") + "b"},
		{"yaml", fill("\"x\": 'a''b'\n")}, {"yaml", fill("&")}, {"yaml", "a: '" + fill("\n\n") + "'"}, {"yaml", fill("{")},
	} {
		start := time.Now()
		_, err := parsers[c.syntax].parse([]byte(c.text))
		// A quarter of a MiB takes some tens of milliseconds; the square of it took minutes.
		require.Less(t, time.Since(start), 10*time.Second, "%s: %.30q: %v", c.syntax, c.text, err)
	}
}

package tree_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// parsers are the three of this package, and what reads one value of each again.
var parsers = map[string]struct {
	parse func([]byte) (*tree.Document, error)
	again func(text string) (string, error)
	seeds []string
}{
	"json": {tree.JSON, jsonText, []string{
		`{"mcpServers": {"a": {"command": "npx", "args": ["-y", "x@1"], "env": {"A": "1"}}}}`,
		"\ufeff{\r\n  // a comment\r\n  \"a\": [1, true, null, \"\\u00e9\\n\",], /* more */ }\r\n",
		`{"a": {}, "a": [[], {}], "": ""}`, "", " // nothing", `[1.5e3,-0]`, "\"\\ud800\"", "{} //",
	}},
	"toml": {tree.TOML, tomlText, []string{
		"[mcp_servers.a]\ncommand = \"npx\"\nargs = [\"-y\", # first\n  'x@1',\n]\n\n[mcp_servers.a.env]\nA = \"1\"\n",
		"[mcp_servers]\na = { command = \"x\", env.B = '2', args = [[], {}] }\nb.command = \"y\"\nb.args = []\n[[list]]\nn = 1\n[[list]]\nn = 1979-05-27T07:32:00Z\n[list.sub]\nm = \"\"\"\na\nb\"\"\"\n",
		"\ufeff[a.b]\r\nx=1\r\n[c]\r\n[a.d]\r\ny=inf\r\n[ a . 'e' ]  # e\r\n\"q\\u0061\" = '''\nz'''", "", "# nothing", "a.b = 1\na.c = 2\nd = 1\na.e = 3",
	}},
	"yaml": {tree.YAML, yamlText, []string{
		"mcpServers:\n  - name: a\n    command: npx\n    args: [\"-y\", 'it''s', x@1]\n    env:\n      A: \"1\"\n",
		"a: |\n  text\n   more\n\nb: >-\n  folded\n  text\nc: |+\n  keep\n\nd: |2\n    two\ne: \"q\\n\\\n  r\"\nf: plain\n  goes on\ng:\nh: {i: j, k, l: [m: n]}\n",
		"base: &base {command: npx, args: [-y]}\nx:\n  <<: *base\n  args: *none\n",
		"base: &base\n  command: npx\nx:\n  <<: *base\n  env: !!map\n    A: !!str 1\ny: *base\n",
		"\ufeff# c\r\n- a\r\n- - b\r\n  - c: d\r\n    e: f\r\n-\r\n- ? g\r\n  : h\r\n", "", "# nothing", "true", "- é: ü\n  ö: [ä, ß]\n",
		"a: &x [*x]", "a: 'x\n\n  y'\nb: ''\nc: \"\"", "k: a\u2028b\nl: 1", "- |\n x\n-\n - |1-\n   y\n", "---\na: 1\n...\n", "a: b\n---\nc: d",
	}},
}

func TestSpansHoldTheValues(t *testing.T) {
	t.Parallel()
	for name, p := range parsers {
		for _, seed := range p.seeds {
			t.Run(name+"/"+strconv.Quote(seed), func(t *testing.T) {
				t.Parallel()
				checkParse(t, name, []byte(seed))
			})
		}
	}
}

func FuzzJSON(f *testing.F) { fuzz(f, "json") }
func FuzzTOML(f *testing.F) { fuzz(f, "toml") }
func FuzzYAML(f *testing.F) { fuzz(f, "yaml") }

func fuzz(f *testing.F, name string) {
	for _, seed := range parsers[name].seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkParse(t, name, data) })
}

// checkParse reads data and requires that every span is in its place and that
// the text there says what the node does.
func checkParse(t *testing.T, name string, data []byte) {
	t.Helper()
	d, err := parsers[name].parse(data)
	if name == "toml" && len(data) < 1000 && !strings.HasPrefix(string(data), "\ufeff") {
		var decoded map[string]any
		require.Equal(t, toml.Unmarshal(data, &decoded) == nil, err == nil, "%q: %v", data, err)
	}
	if err != nil {
		var fault *tree.SyntaxError
		require.ErrorAs(t, err, &fault)
		require.Positive(t, fault.Line, fault)
		require.Positive(t, fault.Column, fault)
		require.NotEmpty(t, fault.Msg)
		return
	}
	require.Equal(t, string(data), string(d.Data))
	checkNode(t, name, d, d.Root)
}

func checkNode(t *testing.T, name string, d *tree.Document, n *tree.Node) {
	t.Helper()
	require.LessOrEqual(t, 0, n.Start)
	require.LessOrEqual(t, n.Start, n.End)
	require.LessOrEqual(t, n.End, len(d.Data))
	text := string(d.Data[n.Start:n.End])
	line, column := d.Place(n.Start)
	require.Equal(t, 1+strings.Count(string(d.Data[:n.Start]), "\n"), line)
	require.Equal(t, n.Start-strings.LastIndex(string(d.Data[:n.Start]), "\n"), column)
	alias := name == "yaml" && strings.HasPrefix(text, "*")
	inside := func(start, end int) {
		if n.Spread || alias {
			return
		}
		require.LessOrEqual(t, n.Start, start, "%q", text)
		require.LessOrEqual(t, start, end)
		require.LessOrEqual(t, end, n.End, "%q", text)
	}
	switch n.Kind {
	case tree.String:
		if !alias && text != "" && text != n.Text && !strings.Contains(strings.SplitN(text, "\n", 2)[0], "|") {
			again, err := parsers[name].again(text)
			require.NoError(t, err, "%q", text)
			require.Equal(t, n.Text, again, "%q", text)
		}
	case tree.Array:
		for _, element := range n.Elements {
			inside(element.Start, element.End)
			checkNode(t, name, d, element)
		}
	case tree.Object:
		for _, m := range n.Members {
			inside(m.NameStart, m.NameEnd)
			if !m.Value.Spread {
				inside(m.Value.Start, m.Value.End)
			}
			require.Same(t, n.Get(m.Name), lastOf(n, m.Name))
			checkNode(t, name, d, m.Value)
		}
	}
	if !n.Block && !alias && n.Kind >= tree.Array && n.Start > 0 && name != "yaml" {
		require.Contains(t, "[{", text[:1])
		require.Contains(t, "]}", text[len(text)-1:])
	}
}

func lastOf(n *tree.Node, name string) *tree.Node {
	var last *tree.Node
	for _, m := range n.Members {
		if m.Name == name {
			last = m.Value
		}
	}
	return last
}

func jsonText(text string) (s string, err error) { return s, json.Unmarshal([]byte(text), &s) }

func tomlText(text string) (string, error) {
	var v struct{ V any }
	err := toml.Unmarshal([]byte("V = "+text), &v)
	if s, ok := v.V.(string); ok {
		return s, err
	}
	return text, err // a date
}

// yamlText reads a scalar by itself, and where that is another thing, between
// brackets: colons and dashes mean less there.
func yamlText(text string) (string, error) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err == nil && len(n.Content) == 1 && n.Content[0].Kind == yaml.ScalarNode {
		return n.Content[0].Value, nil
	}
	var list yaml.Node
	if err := yaml.Unmarshal([]byte("["+text+"]"), &list); err != nil || len(list.Content[0].Content) != 1 {
		return "", fmt.Errorf("not one value: %w", err)
	}
	return list.Content[0].Content[0].Value, nil
}

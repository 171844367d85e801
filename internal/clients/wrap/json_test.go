package wrap_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
	"github.com/mcp-runner/mcp-runner/internal/soak"
)

const own = "/opt/mcp-runner"

// jsonFormat is that of clients with mcpServers.
var jsonFormat = wrap.Format{
	Client: clients.Client{ID: "test"}, Syntax: clients.SyntaxJSON,
	Read: func(data []byte) (*tree.Document, []wrap.Entry, error) {
		doc, err := tree.JSON(data)
		if err != nil {
			return nil, nil, err
		}
		var entries []wrap.Entry
		list := doc.Root.Get("mcpServers")
		if list == nil {
			return doc, nil, nil
		}
		for _, m := range list.Members {
			entries = append(entries, wrap.Entry{Entry: clients.Entry{
				Name: m.Name, Node: m.Value, Launch: m.Value, Container: list, Path: []string{"mcpServers"},
				NameStart: m.NameStart, NameEnd: m.NameEnd,
				Fields: clients.Fields{
					Command: "command", Args: "args", Env: "env", EnvFile: "envFile", HostEnv: "env_vars",
					Type: "type", URL: []string{"url", "serverUrl"}, Headers: []string{"headers"},
				},
			}})
		}
		return doc, entries, nil
	},
}

func wrapText(t *testing.T, f wrap.Format, text string) wrap.Result {
	t.Helper()
	r, err := wrap.Wrap(f, []byte(text), wrap.Options{Runner: own})
	require.NoError(t, err)
	return r
}

func TestWrapJSON(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"one line": {
			`{"mcpServers": {"a": {"command": "npx", "args": ["-y", "x"], "env": {"K": "v"}}}}`,
			`{"mcpServers": {"a": {"command": "/opt/mcp-runner", "args": ["run", "--stdio", "--name", "a", "-e", "K", "--", "npx", "-y", "x"], "env": {"K": "v"}}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.after, string(wrapText(t, jsonFormat, c.before).Data))
		})
	}
}

func TestGeneratedJSON(t *testing.T) {
	for seed := range uint64(soak.Times(4000)) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 1))}
		roundTrip(t, jsonFormat, seed, g.config())
	}
}

func roundTrip(t *testing.T, f wrap.Format, seed uint64, before string) {
	t.Helper()
	w, err := wrap.Wrap(f, []byte(before), wrap.Options{Runner: own, Flags: []string{"--policy", "/p"}})
	require.NoError(t, err, "seed %d\n%s", seed, before)
	backup, err := wrap.Backup(f, []byte(before), nil, own)
	require.NoError(t, err)
	require.Equal(t, before, string(backup))
	for _, c := range w.Changes {
		require.Equal(t, wrap.Wrapped, c.Action, "seed %d: %s: %s\n%s", seed, c.Server, c.Note, before)
	}
	again, err := wrap.Wrap(f, w.Data, wrap.Options{Runner: own})
	require.NoError(t, err)
	require.Equal(t, string(w.Data), string(again.Data), "seed %d", seed)
	back, err := wrap.Unwrap(f, w.Data, wrap.UnwrapOptions{Before: []byte(before)})
	require.NoError(t, err)
	require.Equal(t, before, string(back.Data), "seed %d\n%s\n%v", seed, w.Data, back.Changes)
	laterEdits(t, f, seed, before, string(w.Data))
	unknownBackup(t, f, seed, before, w.Data)
}

// edited are changes that a person or a client makes after wrap.
var edited = strings.NewReplacer("1e3", "2", "[comment]", "(c)", `"-y"`, `"--yes"`, "h.example", "g.example", "${input:x}", "${input:long}", "10.5", "7", "# c", "# d, e")

// laterEdits holds that what was changed after wrap stays.
func laterEdits(t *testing.T, f wrap.Format, seed uint64, before, wrapped string) {
	t.Helper()
	r, err := wrap.Unwrap(f, []byte(edited.Replace(wrapped)), wrap.UnwrapOptions{Before: []byte(before)})
	require.NoError(t, err)
	require.Equal(t, edited.Replace(before), string(r.Data), "seed %d", seed)
}

// unknownBackup holds that without a backup nothing stays wrapped, and what is
// written then can be wrapped again.
func unknownBackup(t *testing.T, f wrap.Format, seed uint64, before string, wrapped []byte) {
	t.Helper()
	r, err := wrap.Unwrap(f, wrapped, wrap.UnwrapOptions{})
	require.NoError(t, err)
	for _, c := range r.Changes {
		require.Equal(t, wrap.Unwrapped, c.Action, "seed %d: %s", seed, c.Note)
	}
	require.NotContains(t, string(r.Data), own, "seed %d", seed)
	again, err := wrap.Wrap(f, r.Data, wrap.Options{Runner: own, Flags: []string{"--policy", "/p"}})
	require.NoError(t, err)
	require.NoError(t, wrap.Check(f, again.Data, r.Data, own), "seed %d\n%s", seed, before)
}

// generator writes configurations in every style.
type generator struct {
	r    *rand.Rand
	nl   string
	unit string
}

func (g *generator) one(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) chance(n int) bool { return g.r.IntN(n) == 0 }

func (g *generator) space() string {
	switch g.r.IntN(14) {
	case 0:
		return " /* c */ "
	case 1:
		return " // line, [comment] \"x\"" + g.nl
	case 2:
		return g.nl + g.nl + "\t"
	case 3:
		return ""
	}
	return " "
}

func (g *generator) text() string {
	return g.one(`"npx"`, `"-y"`, `"--"`, `"é/ü"`, `"a\u0062\"c"`, `"\\\\srv\\x"`, `"${input:x}"`, `"日本"`, `"run"`, `""`, `"a, b"`, `"/x //y"`)
}

func (g *generator) list(depth, n int, of func() string) string {
	return g.group(depth, "[", "]", n, of)
}

func (g *generator) group(depth int, open, shut string, n int, of func() string) string {
	style := g.r.IntN(4)
	pad := strings.Repeat(g.unit, depth+1)
	var b strings.Builder
	b.WriteString(open)
	for i := range n {
		switch style {
		case 0:
			b.WriteString(g.nl + pad)
		case 1:
			if i > 0 {
				b.WriteString(" ")
			}
		case 2:
			b.WriteString(g.space())
		}
		b.WriteString(of())
		if style == 2 && g.chance(3) {
			b.WriteString(g.space())
		}
		if i < n-1 || g.chance(6) {
			b.WriteString(",")
		}
	}
	if style == 0 || g.chance(8) {
		b.WriteString(g.nl + strings.Repeat(g.unit, depth))
	} else if g.chance(5) {
		b.WriteString(g.space())
	}
	b.WriteString(shut)
	return b.String()
}

func (g *generator) member(name, value string) string {
	return `"` + name + `"` + g.one(":", ": ", " : ", ":\t") + value
}

func (g *generator) server(depth int) string {
	var members []string
	if g.chance(3) {
		members = append(members, g.member(g.one("url", "serverUrl"), g.one(`"https://h.example/mcp"`, `"https:\/\/h.example/x?y=z"`)))
		if g.chance(2) {
			members = append(members, g.member("type", g.one(`"http"`, `"streamable-http"`, `"h\u0074tp"`)))
		}
		if !g.chance(3) {
			names := []string{"Authorization", "X-Key", "X_Key", "x\\u002da"}
			i := -1
			members = append(members, g.member("headers", g.group(depth+1, "{", "}", g.r.IntN(4), func() string {
				i++
				return g.member(names[i], g.one(`"Bearer é"`, `"${input:t}"`, `"a\/b"`))
			})))
		}
	} else {
		members = append(members, g.member("command", g.one(`"npx"`, `"/bin/x y"`, `"C:\\n.exe"`, `"${env:HOME}/x"`, `"n\u0070x"`, `"docker"`)))
		if !g.chance(4) {
			members = append(members, g.member("args", g.list(depth+1, g.r.IntN(4), g.text)))
		}
		if g.chance(2) {
			i := 0
			members = append(members, g.member("env", g.group(depth+1, "{", "}", g.r.IntN(3), func() string {
				i++
				return g.member(fmt.Sprintf("K%d", i), g.text())
			})))
		}
		if g.chance(5) {
			members = append(members, g.member("envFile", `"${workspaceFolder}/.env"`))
		}
		if g.chance(3) {
			members = append(members, g.member("type", `"stdio"`))
		}
	}
	if g.chance(2) {
		members = append(members, g.member("disabled", "true"), g.member("n", "1e3"))
	}
	g.r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	i := -1
	return g.group(depth, "{", "}", len(members), func() string { i++; return members[i] })
}

func (g *generator) config() string {
	g.nl, g.unit = g.one("\n", "\r\n"), g.one("  ", "\t", "    ", "")
	i := 0
	servers := g.group(1, "{", "}", g.r.IntN(4), func() string {
		i++
		return g.member(g.one("a", "ü", "b c", `q\"`)+fmt.Sprint(i), g.server(2))
	})
	parts := []string{g.member("mcpServers", servers), g.member("other", g.list(1, 2, g.text))}
	g.r.Shuffle(2, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	i = -1
	body := g.group(0, "{", "}", 2, func() string { i++; return parts[i] })
	return g.one("", "\ufeff", "// head"+g.nl) + body + g.one("", g.nl, g.nl+g.nl+"// end")
}

// formatOf is the format of the file at path.
func formatOf(t *testing.T, path, text string) wrap.Format {
	t.Helper()
	f, err := wrap.FormatOf(path, []byte(text))
	require.NoError(t, err)
	return f
}

package wrap_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

func TestGeneratedTOML(t *testing.T) {
	f := formatOf(t, "/home/u/.codex/config.toml", "[mcp_servers]\n")
	for seed := range uint64(soak.Times(2000)) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 2))}
		roundTrip(t, f, seed, g.toml())
	}
}

func (g *generator) tomlText() string {
	return g.one(`"npx"`, `'-y'`, `'''x "y"'''`, `"é \u00e9"`, `'C:\x'`, `"a # b"`, `"""m"""`, `'a, b'`, `"--"`)
}

func (g *generator) tomlList(n int) string {
	lines := g.chance(2)
	var b strings.Builder
	b.WriteString("[")
	for i := range n {
		switch {
		case lines:
			b.WriteString(g.nl + g.unit)
		case i > 0 || g.chance(3):
			b.WriteString(" ")
		}
		b.WriteString(g.tomlText())
		if i < n-1 || g.chance(4) {
			b.WriteString(",")
		}
		if lines && g.chance(3) {
			b.WriteString(" # note, [x] \"y\"")
		}
	}
	if lines {
		b.WriteString(g.nl)
	} else if g.chance(4) {
		b.WriteString(" ")
	}
	return b.String() + "]"
}

func (g *generator) tomlSet(name, value string) string {
	if g.chance(6) {
		name = `"` + name + `"`
	}
	return name + g.one(" = ", "=", "  =\t", " =") + value
}

func (g *generator) tomlServer(name string) string {
	var pairs, tail []string
	variables := func(field, key string) {
		switch n := g.r.IntN(3); g.r.IntN(3) {
		case 0:
			var inner []string
			for i := range n {
				inner = append(inner, g.tomlSet(fmt.Sprintf("%s%d", key, i), g.tomlText()))
			}
			pairs = append(pairs, g.tomlSet(field, "{"+g.one("", " ")+strings.Join(inner, ", ")+g.one("", " ")+"}"))
		case 1:
			tail = append(tail, g.one("", "  ")+"[mcp_servers."+name+"."+field+"]"+g.one("", " # c"))
			for i := range n {
				tail = append(tail, g.tomlSet(fmt.Sprintf("%s%d", key, i), g.tomlText()))
			}
		}
	}
	if g.chance(3) {
		pairs = append(pairs, g.tomlSet("url", g.one(`"https://h.example/mcp"`, `'https://h.example/mcp'`)))
		variables("http_headers", "X-K")
	} else {
		pairs = append(pairs, g.tomlSet("command", g.one(`"npx"`, `'npx'`, `"""npx"""`, `'C:\n.exe'`)))
		if !g.chance(4) {
			pairs = append(pairs, g.tomlSet("args", g.tomlList(g.r.IntN(4))))
		}
		variables("env", "K")
		if g.chance(4) {
			pairs = append(pairs, `env_vars = ["HOME2", "X"]`)
		}
	}
	if g.chance(2) {
		pairs = append(pairs, "enabled = false", "startup_timeout_sec = 10.5")
	}
	g.r.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	indent := g.one("", "", "  ", "\t")
	for i := range pairs {
		pairs[i] = indent + pairs[i] + g.one("", "", " # secret", "  ") + g.one("", "", "", g.nl)
	}
	return "[mcp_servers." + name + "]" + g.nl + strings.Join(append(pairs, tail...), g.nl) + g.nl
}

// tomlInline is a server in one line, or as dotted names.
func (g *generator) tomlInline(name string) string {
	command := g.tomlSet("command", `"npx"`)
	args := g.tomlSet("args", `["-y", 'x']`)
	switch g.r.IntN(4) {
	case 0:
		return name + " = { " + command + ", " + args + " }" + g.nl
	case 1:
		return name + " = {" + command + "}" + g.nl
	case 2:
		return name + "." + command + g.nl + name + "." + args + " # x" + g.nl
	}
	return "  " + name + " . " + command + g.nl
}

func (g *generator) toml() string {
	g.nl, g.unit = g.one("\n", "\r\n"), g.one("  ", "\t", "    ", "")
	out := g.one("", "\ufeff", "# head"+g.nl) + `model = "o3"` + g.nl
	if g.chance(3) {
		out += "[mcp_servers]" + g.nl
		for i := range g.r.IntN(3) {
			out += g.tomlInline(fmt.Sprintf("i%d", i))
		}
	}
	for i := range g.r.IntN(4) {
		out += g.tomlServer(g.name(i))
		if g.chance(3) {
			out += g.nl + "[other" + fmt.Sprint(i) + "]" + g.nl + `x = "y"` + g.nl
		}
	}
	return strings.TrimSuffix(out, g.one("", g.nl))
}

func (g *generator) name(i int) string { return fmt.Sprintf(g.one("a%d", `"b c%d"`, "'ü%d'"), i) }

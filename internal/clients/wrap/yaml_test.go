package wrap_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

func TestGeneratedYAML(t *testing.T) {
	f := formatOf(t, "/home/u/.continue/config.yaml", "mcpServers: []\n")
	for seed := range uint64(soak.Times(2000)) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 3))}
		roundTrip(t, f, seed, g.yaml())
	}
}

func (g *generator) yamlText(flow bool) string {
	words := []string{"npx", `"-y"`, "'it''s'", "-y", `"a\tb"`, "@x/y", "--flag=1", "a:b", "é", `"true"`, "'a, b'"}
	if !flow {
		words = append(words, "a, b", "x [y]", "{z", "a#b")
	}
	w := g.one(words...)
	if strings.HasPrefix(w, "@") || strings.HasPrefix(w, "{") {
		return "'" + w + "'"
	}
	return w
}

func (g *generator) yamlList(indent string, n int) string {
	if n == 0 || g.chance(3) {
		var parts []string
		for range n {
			parts = append(parts, g.yamlText(true))
		}
		return g.one(" ", "  ") + "[" + g.one("", " ") + strings.Join(parts, g.one(", ", ",", ",\n        ")) + g.one("", " ") + "]"
	}
	dash := indent + g.one("", "  ", "    ")
	sp := g.one(" ", " ", "   ")
	var b strings.Builder
	for range n {
		b.WriteString(g.one("", "", " # c, - x") + g.nl + dash + "-" + sp + g.yamlText(false))
	}
	return b.String()
}

func (g *generator) yamlServer(i int) string {
	pairs := []string{"name: " + g.one("s%d", `"s %d"`, "'ü%d'")}
	pairs[0] = fmt.Sprintf(pairs[0], i)
	pad := "    "
	if g.chance(3) {
		pairs = append(pairs, "url: "+g.one("https://h.example/mcp", `"https://h.example/mcp"`))
		if g.chance(2) {
			pairs = append(pairs, "type: "+g.one("streamable-http", `"streamable-http"`))
		}
		if g.chance(2) {
			pairs = append(pairs, "headers:"+g.nl+pad+"  Authorization: Bearer x"+g.nl+pad+"  'X-Key': \"y\"")
		}
	} else {
		pairs = append(pairs, "command: "+g.one("npx", `"npx"`, "'npx'", "${{ secrets.X }}", "docker", "C:\\x\\y.exe", "a,b"))
		if !g.chance(4) {
			pairs = append(pairs, "args:"+g.yamlList(pad, g.r.IntN(4)))
		}
		switch g.r.IntN(3) {
		case 0:
			pairs = append(pairs, "env:"+g.nl+pad+"  K: v"+g.nl+pad+"  L: \"${{ secrets.Y }}\"")
		case 1:
			pairs = append(pairs, "env: { K: v, 'L': 2 }")
		}
	}
	if g.chance(2) {
		pairs = append(pairs, "connectionTimeout: 10", "note: |"+g.nl+pad+"  text # no comment"+g.nl+pad+"  more")
	}
	g.r.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	for i := range pairs {
		if !strings.Contains(pairs[i], "|") && g.chance(4) && !strings.HasSuffix(pairs[i], "]") {
			pairs[i] += g.one(" # c", "  ")
		}
	}
	return "  - " + strings.Join(pairs, g.nl+pad)
}

func (g *generator) yaml() string {
	g.nl = g.one("\n", "\r\n")
	out := g.one("", "\ufeff", "# head"+g.nl, "---"+g.nl) + "name: x" + g.nl + "mcpServers:"
	n := g.r.IntN(4)
	if n == 0 {
		out += " []"
	}
	for i := range n {
		if g.chance(5) {
			out += g.nl + fmt.Sprintf("  - {name: f%d, command: npx, args: [-y, \"x\"]}", i)
			continue
		}
		if g.chance(5) {
			out += g.nl + fmt.Sprintf("  - {name: f%d, command: \"npx\"}", i)
			continue
		}
		out += g.nl + g.yamlServer(i)
	}
	return out + g.one("", g.nl, g.nl+"models: []"+g.nl)
}

package browser_test

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const (
	script = `<script>window.ran = true; alert(1)</script>`
	image  = `<img src=x onerror="window.ran = true">`
)

// sample is a home with servers of two clients, some with names that would run.
func sample(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	write := func(name, content string) {
		file := filepath.Join(home, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	write(".cursor/mcp.json", `{"mcpServers": {
		"sock": {"command": "docker", "args": ["run", "-v", "/var/run/docker.sock:/s", "evil/sock"]},
		"`+strings.ReplaceAll(image, `"`, `\"`)+`": {"command": "sh", "args": ["-c", "</script><script>alert(2)</script> | `+"`alert(3)`"+`"]},
		"plain": {"url": "http://plain.example/mcp"},
		"fine": {"command": "/opt/none/server", "args": ["'\"><svg onload=alert(4)>"]}
	}}`)
	write(".codeium/windsurf/mcp_config.json", `{"mcpServers": {
		"`+script+`": {"command": "/opt/none/server"},
		"gated": {"command": "/opt/none/mcp-runner", "args": ["run", "--stdio", "--", "uvx", "a==1"]},
		"broken": {"command": 1},
		"off": {"command": "/opt/none/server", "disabled": true}
	}}`)
	write(".gemini/settings.json", "{\n")
	return home
}

// all are the names of the servers of sample in the order of the report.
var all = []string{"sock", image, "plain", "broken", "fine", script, "gated", "off"}

func openSample(t *testing.T, fragment string, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	return open(t, serve(t, report(t, t.TempDir(), "--home", sample(t)))+fragment, before...)
}

func TestFilter(t *testing.T) {
	b := openSample(t, "")
	b.becomes(all...)
	require.Equal(t, "8 servers", value[string](b, `document.getElementById("count").textContent`))

	b.do(chromedp.SendKeys(chromedp.CSS(`input[name=q]`), "Docker EVIL"))
	b.becomes("sock")
	require.Equal(t, "1 of 8 servers", value[string](b, `document.getElementById("count").textContent`))
	require.Equal(t, "#q=Docker+EVIL", value[string](b, `location.hash`))
	b.do(chromedp.Click(chromedp.CSS(`button[type=reset]`)))
	b.becomes(all...)
	require.Empty(t, value[string](b, `location.hash`))

	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=decision]`), "denied"))
	b.becomes("sock", image, "plain")
	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=severity]`), "critical"))
	b.becomes("sock")
	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=severity]`), kb.ArrowUp))
	b.becomes("sock", image, "plain")
	require.Equal(t, "#decision=denied&severity=high", value[string](b, `location.hash`))
	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=decision]`), kb.ArrowDown))
	b.becomes()
	require.True(t, value[bool](b, `document.getElementById("none").checkVisibility()`))
	b.do(chromedp.Click(chromedp.CSS(`button[type=reset]`)))
	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=client]`), "Windsurf"))
	b.becomes("broken", script, "gated", "off")
	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=gate]`), "unverified"))
	b.becomes("gated")

	// The words that a reason has are found, too, though it is folded away.
	b.do(chromedp.Click(chromedp.CSS(`button[type=reset]`)), chromedp.SendKeys(chromedp.CSS(`input[name=q]`), "remote.tls"))
	b.becomes("plain")
}

func TestFragment(t *testing.T) {
	b := openSample(t, "#decision=denied&client=cursor&q=a&severity=none-such")
	b.becomes("sock", image, "plain")
	require.Equal(t, []string{"a", "cursor", "denied", ""},
		value[[]string](b, `["q", "client", "decision", "severity"].map((name) => document.getElementById("filter").elements[name].value)`))
	b.goesTo("#decision=undecided")
	b.becomes("broken")
	b.goesTo("#q=%3Cimg+src%3Dx")
	b.becomes(image)

	// A link to one server shows it, whatever was filtered.
	b.goesTo("#s2")
	b.becomes(all...)
	require.True(t, value[bool](b, `document.querySelector("#s2 details").open`))
	require.False(t, value[bool](b, `document.querySelector("#s1 details").open`))
	require.Less(t, value[float64](b, `Math.abs(document.getElementById("s2").getBoundingClientRect().top)`), 900.0)
	for _, odd := range []string{"#none", "#%", "#filter", "#=", "#q"} {
		b.goesTo(odd)
		b.becomes(all...)
	}
}

func TestFileFromDisk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.html")
	require.NoError(t, os.WriteFile(file, []byte(report(t, t.TempDir(), "--home", sample(t))), 0o600))
	b := open(t, (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()+"#client=cursor")
	b.becomes("sock", image, "plain", "fine")
	b.do(chromedp.SendKeys(chromedp.CSS(`input[name=q]`), "sock"))
	b.becomes("sock")
	require.Equal(t, "#q=sock&client=cursor", value[string](b, `location.hash`))
}

// What stands in a configuration is text, and never runs.
func TestHostileNamesAreText(t *testing.T) {
	b := openSample(t, "")
	b.becomes(all...)
	b.do(chromedp.Click(chromedp.CSS("#open")))
	require.True(t, value[bool](b, `Array.from(document.querySelectorAll("#servers details")).every((d) => d.open)`))
	require.False(t, value[bool](b, `"ran" in window`))
	require.Equal(t, 1, value[int](b, `document.scripts.length`))
	require.Equal(t, 0, value[int](b, `document.querySelectorAll("img, svg, iframe, object, embed, [onload], [onerror], [style]").length`))
	require.Equal(t, 0, value[int](b, `Array.from(document.links).filter((a) => !["https:", "http:"].includes(a.protocol)).length`))
}

func TestKeyboard(t *testing.T) {
	b := openSample(t, "")
	b.becomes(all...)
	at := func() string {
		return value[string](b, `((e) => [e.tagName, e.name || e.id || e.className].filter(Boolean).join(" ").toLowerCase())(document.activeElement)`)
	}
	var way []string
	for range 12 {
		b.do(chromedp.KeyEvent(kb.Tab))
		way = append(way, at())
		if strings.HasPrefix(at(), "summary") {
			break
		}
	}
	require.Equal(t, []string{
		"a skip", "div scroll fit", "input q", "select client", "select decision", "select severity", "select gate", "button", "button open", "summary",
	}, way)
	require.NotEqual(t, "none", value[string](b, `getComputedStyle(document.activeElement).outlineStyle`))
	b.do(chromedp.KeyEvent(kb.Enter))
	require.True(t, value[bool](b, `document.querySelector("#s0 details").open`))
	b.do(chromedp.KeyEvent(kb.Tab))
	require.Equal(t, "a", at(), "the links of the reasons come next")

	// The skip link leads to the servers, and the search takes Enter for nothing.
	b.do(chromedp.Focus(chromedp.CSS(".skip")), chromedp.KeyEvent(kb.Enter))
	require.Equal(t, "#list", value[string](b, `location.hash`))
	b.becomes(all...)
	b.do(chromedp.KeyEvent(kb.Tab))
	require.Equal(t, "input q", at())
	b.do(chromedp.KeyEvent("sock"), chromedp.KeyEvent(kb.Enter))
	b.becomes("sock")
	require.Equal(t, "/report.html", value[string](b, `location.pathname + location.search`))
}

// contrast is the lowest contrast of text that can be seen against what is
// behind it, by WCAG 2, with an example.
const contrast = `(() => {
	const channels = (color) => color.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
	let least = { ratio: 21, text: "" };
	for (const e of document.body.querySelectorAll("*")) {
		const text = Array.from(e.childNodes).filter((n) => n.nodeType === 3).map((n) => n.textContent).join("").trim();
		if (!text || !e.checkVisibility() || ["SCRIPT", "STYLE"].includes(e.tagName)) continue;
		const [a, b] = [light(channels(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < least.ratio) least = { ratio, text };
	}
	return least;
})()`

func TestLightDarkNarrowAndPrint(t *testing.T) {
	b := openSample(t, "")
	b.becomes(all...)
	b.do(chromedp.Click(chromedp.CSS("#open")))
	backgrounds := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		tells(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		least := value[struct {
			Ratio float64
			Text  string
		}](b, contrast)
		require.GreaterOrEqual(t, least.Ratio, 4.5, "%s: %s", scheme, least.Text)
		backgrounds[value[string](b, `getComputedStyle(document.documentElement).backgroundColor`)] = true
	}
	require.Len(t, backgrounds, 2, "dark is another page than light")

	b.do(chromedp.Click(chromedp.CSS("#open")))
	tells(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.Equal(t, "rgb(255, 255, 255)", value[string](b, `getComputedStyle(document.documentElement).backgroundColor`))
	require.False(t, value[bool](b, `document.querySelector("#s0 details").open`))
	require.Positive(t, value[float64](b, `document.querySelector("#s0 .reasons").getBoundingClientRect().height`), "what is folded is printed, too")
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	require.Greater(t, len(pdf), 10_000)

	tells(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	b.do(chromedp.EmulateViewport(360, 700))
	require.LessOrEqual(t, value[float64](b, `document.documentElement.scrollWidth`), 360.0)
	require.Equal(t, `"What starts"`, value[string](b, `getComputedStyle(document.querySelector("#s0 [data-label='What starts']"), "::before").content`))
}

// Where cells stand below each other the table is one all the same for who hears
// it, and every field has a name.
func TestAccessibility(t *testing.T) {
	b := openSample(t, "")
	b.becomes(all...)
	for _, width := range []int64{1280, 360} {
		b.do(chromedp.EmulateViewport(width, 700))
		roles := map[string]int{}
		for _, n := range tells(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
			if n.Ignored || n.Role == nil {
				continue
			}
			role := strings.Trim(string(n.Role.Value), `"`)
			roles[role]++
			switch role {
			case "textbox", "searchbox", "combobox", "button", "link", "table":
				require.NotNil(t, n.Name, role)
				require.NotEmpty(t, strings.Trim(string(n.Name.Value), `"`), role)
			}
		}
		require.GreaterOrEqual(t, roles["row"], 2*len(all), "%d: %v", width, roles)
		require.GreaterOrEqual(t, roles["rowheader"], len(all), "%d: %v", width, roles)
		require.GreaterOrEqual(t, roles["columnheader"], 7, "%d: %v", width, roles)
		require.Equal(t, 3, roles["table"], "%d: %v", width, roles)
		require.Positive(t, roles["search"])
		require.Positive(t, roles["main"])
	}
	require.Equal(t, "en", value[string](b, `document.documentElement.lang`))
}

func TestWithoutJavaScript(t *testing.T) {
	b := openSample(t, "#decision=denied", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.becomes(all...)
	require.False(t, value[bool](b, `document.getElementById("filter").checkVisibility()`), "a filter that does nothing is not shown")
	require.Empty(t, value[string](b, `document.getElementById("count").textContent`))
}

// The samples of all clients make a page, too.
func TestSamplesOfClients(t *testing.T) {
	var files []string
	err := filepath.WalkDir(filepath.Join("..", "testdata", "clients"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			path, err = filepath.Abs(path)
			files = append(files, path)
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(files), 10)
	b := open(t, serve(t, report(t, t.TempDir(), files...)))
	shown := value[int](b, `Array.from(document.querySelectorAll("#servers tbody")).filter((s) => s.checkVisibility()).length`)
	require.Greater(t, shown, 20)
	b.do(chromedp.SendKeys(chromedp.CSS(`select[name=decision]`), "denied"))
	require.Less(t, value[int](b, `Array.from(document.querySelectorAll("#servers tbody")).filter((s) => s.checkVisibility()).length`), shown)
}

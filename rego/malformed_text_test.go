package rego_test

import "strings"

// A file that makes a bundle malformed, whatever is beside it.
type textCase struct {
	name    string
	file    string // its path in the bundle
	content string
	rule    string // of a finding that names the file
}

func textCases() []textCase {
	var cases []textCase
	group := func(file, rule string, contents map[string]string) {
		for name, content := range contents {
			if other, found := strings.CutPrefix(name, "!"); found { // !RULE NAME
				otherRule, _, _ := strings.Cut(other, " ")
				cases = append(cases, textCase{file + ": " + other, file, content, otherRule})
				continue
			}
			cases = append(cases, textCase{file + ": " + name, file, content, rule})
		}
	}
	group(".manifest", "data-syntax", map[string]string{
		"empty": "", "space": " \n", "text": "roots", "open": "{", "closed": "}", "two values": "{} {}", "comma": `{"roots": [],}`, "comment": "{} // x",
		"single quotes": "{'roots': []}", "YAML": "roots: []\n", "cut off": `{"roots": ["mcp/policy"`, "bare key": "{roots: []}", "null byte": "{}\x00", "not UTF-8": "{\"revision\": \"\xff\"}",
		"byte order mark": "\xef\xbb\xbf{}", "UTF-16": "\xff\xfe{\x00}\x00", "XML": "<roots/>", "line feed in a string": "{\"revision\": \"a\nb\"}", "bad escape": `{"revision": "\x"}`,
		"deep":                            strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"!data-duplicate-key roots twice": `{"roots": ["mcp"], "roots": ["corp"]}`,
		"!data-duplicate-key roots twice, escaped":  `{"roots": ["mcp"], "\u0072oots": ["corp"]}`,
		"!data-duplicate-key a key twice, below it": `{"metadata": {"a": 1, "a": 2}}`,
	})
	group(".manifest", "manifest", map[string]string{
		"list": "[]", "text in quotes": `"roots"`, "number": "1", "null": "null", "true": "true",
		"roots of text": `{"roots": "mcp/policy"}`, "roots of a number": `{"roots": 1}`, "roots of an object": `{"roots": {}}`, "null for roots": `{"roots": null}`,
		"a number in roots": `{"roots": ["mcp", 1]}`, "a list in roots": `{"roots": [["mcp"]]}`, "null in roots": `{"roots": [null]}`, "a reference for a root": `{"roots": ["data.mcp.policy"]}`,
		"a package for a root": `{"roots": ["mcp.policy"]}`, "Rego v0": `{"rego_version": 0}`, "Rego of the future": `{"rego_version": 2}`, "version of text": `{"rego_version": "1"}`,
		"Rego v0 for files": `{"file_rego_versions": {"/a.rego": 0}}`, "versions that are a list": `{"file_rego_versions": []}`, "compiled policies": `{"wasm": [{"entrypoint": "a", "module": "/policy.wasm"}]}`,
		"wasm of text": `{"wasm": "policy.wasm"}`, "unknown key": `{"root": ["mcp"]}`, "key in capitals": `{"Roots": ["mcp"]}`, "empty key": `{"": 1}`,
	})
	group("data.json", "data-syntax", map[string]string{
		"empty": "", "open object": `{"a": 1`, "open list": `{"a": [1, 2`, "open text": `{"a": "x`, "comma at the end": `{"a": 1,}`, "comma in a list": `{"a": [1,]}`, "no comma": `{"a": 1 "b": 2}`,
		"no colon": `{"a" 1}`, "single quotes": `{'a': 1}`, "bare key": `{a: 1}`, "number as a key": `{1: 1}`, "comment": "{\n// x\n}", "comment in a block": "{/* x */}", "NaN": `{"a": NaN}`,
		"infinity": `{"a": Infinity}`, "minus infinity": `{"a": -Infinity}`, "hexadecimal": `{"a": 0x10}`, "leading zero": `{"a": 01}`, "plus": `{"a": +1}`, "no integer part": `{"a": .5}`, "no fraction": `{"a": 1.}`,
		"no exponent": `{"a": 1e}`, "minus alone": `{"a": -}`, "capital true": `{"a": True}`, "undefined": `{"a": undefined}`, "bad escape": `{"a": "\x41"}`, "half an escape": `{"a": "\u00"}`, "half a surrogate": `{"a": "\ud800"}`,
		"tab in a string": "{\"a\": \"\t\"}", "line feed in a string": "{\"a\": \"\n\"}", "two values": `{} {}`, "text behind": `{} x`, "bracket behind": `{}}`, "mixed brackets": `{"a": [1}`, "YAML": "a: 1\n", "cut off after a key": `{"a":`,
		"deep lists": strings.Repeat("[", 20_000), "deep objects": strings.Repeat(`{"a":`, 20_000), "very deep": strings.Repeat("[", 500_000), "separators of records": "\x1e{}\n",
		"!encoding null byte": "{\"a\": \"\x00\"}", "!encoding not UTF-8": "{\"a\": \"\xff\"}", "!encoding UTF-16": "\xff\xfe{\x00}\x00", "!encoding UTF-16, big end": "\xfe\xff\x00{\x00}", "!encoding byte order mark": "\xef\xbb\xbf{}",
		"!encoding cut in a character": "{\"a\": \"\xe2\x82", "!encoding zeros": strings.Repeat("\x00", 4096),
		"!data-duplicate-key twice": `{"a": 1, "a": 2}`, "!data-duplicate-key twice, escaped": `{"a": 1, "\u0061": 2}`, "!data-duplicate-key twice, below": `{"x": [{"a": 1, "a": 1}]}`, "!data-duplicate-key empty key twice": `{"": 1, "": 2}`,
		"!data-reserved mcp": `{"mcp": 1}`, "!data-reserved policies": `{"mcp": {"policy": {"a": {"deny": []}}}}`, "!data-reserved gate": `{"mcp": {"gate": {}}}`, "!data-reserved system": `{"system": {"log": {}}}`,
	})
	group("data.json", "data-syntax", map[string]string{"list": `[1]`, "text in quotes": `"a"`, "number": `1`, "null": `null`, "true": `true`})
	group("data.yaml", "data-syntax", map[string]string{
		"conflict of a merge": "mcp:\n  settings:\n<<<<<<< HEAD\n    enforcement: {a: deny}\n=======\n    enforcement: {a: audit}\n>>>>>>> wip\n",
		"tab":                 "a:\n\tb: 1\n", "open quote": "a: \"x\n", "open single quote": "a: 'x\n", "open list": "a: [1, 2\n", "open object": "a: {b: 1\n", "bad indentation": "a: 1\n  b: 2\n", "no space after a colon": "a:1\nb: 2\n",
		"list and object": "- a\nb: 1\n", "unknown alias": "a: *x\n", "alias of itself": "a: &a [*a]\n", "merge key": "x: &x {a: 1}\ny:\n  <<: *x\n", "number as a key": "1: a\n", "boolean as a key": "true: a\n", "null as a key": "~: a\n",
		"list as a key": "? [a]\n: b\n", "object as a key": "? {a: 1}\n: b\n", "yes": "a: yes\n", "no": "a: no\n", "on": "a: on\n", "off": "a: OFF\n", "infinity": "a: .inf\n", "NaN": "a: .nan\n", "binary": "a: !!binary aGk=\n", "own tag": "a: !secret x\n",
		"set": "a: !!set {x}\n", "python": "a: !!python/object:os.system [ls]\n", "unknown escape": "a: \"\\q\"\n", "at sign": "a: @x\n", "backtick": "a: `x`\n", "percent": "a: %x\n", "bomb of aliases": aliasBomb(),
		"list": "- a\n", "text": "only text\n", "number": "1\n", "open document": "--- {\n", "unknown directive": "%NONSENSE 1\n%YAML 9.9\n---\na: 1\n", "deep": strings.Repeat("[", 20_000), "deep blocks": deepYAML(500),
		"!data-second-document two documents":     "a: 1\n---\nb: 2\n",
		"!data-second-document an empty one":      "a: 1\n---\n",
		"!data-duplicate-key twice":               "a: 1\na: 2\n",
		"!data-duplicate-key twice, quoted":       "a: 1\n\"a\": 2\n",
		"!data-duplicate-key twice, below":        "x:\n- a: 1\n  a: 2\n",
		"!encoding null byte":                     "a: \"\x00\"\n",
		"!encoding not UTF-8":                     "a: \xff\n",
		"!encoding UTF-16":                        "\xff\xfea\x00:\x00",
		"!data-reserved mcp":                      "mcp: x\n",
		"!data-reserved lib":                      "mcp: {lib: {x: 1}}\n",
		"!settings-elsewhere settings at the top": "settings: {enforcement: {a: warn}}\n",
	})
	group("data.yaml", "setting", map[string]string{
		"settings of text": "mcp: {settings: x}\n", "settings that are a list": "mcp: {settings: []}\n", "enforcement of text": "mcp: {settings: {enforcement: warn}}\n", "enforcement that is a list": "mcp: {settings: {enforcement: [a]}}\n",
		"params of text": "mcp: {settings: {params: x}}\n", "waivers that are an object": "mcp: {settings: {waivers: {}}}\n", "waivers of text": "mcp: {settings: {waivers: all}}\n",
		"!setting-level unknown level": "mcp: {settings: {enforcement: {a: block}}}\n", "!setting-level level of a number": "mcp: {settings: {enforcement: {a: 1}}}\n", "!setting-level level in capitals": "mcp: {settings: {enforcement: {a: WARN}}}\n", "!setting-level null for a level": "mcp: {settings: {enforcement: {a: null}}}\n",
		"!setting-unknown unknown key": "mcp: {settings: {enforce: {a: warn}}}\n", "!setting-unknown key in capitals": "mcp: {settings: {Enforcement: {a: warn}}}\n", "!setting-name name in capitals": "mcp: {settings: {enforcement: {A: warn}}}\n", "!setting-name star inside of a name": "mcp: {settings: {enforcement: {\"a.*.b\": warn}}}\n",
		"!setting-name package for a name": "mcp: {settings: {enforcement: {mcp.policy.a: warn}}}\n", "!waiver waiver: empty": "mcp: {settings: {waivers: [{}]}}\n", "!waiver waiver: text": "mcp: {settings: {waivers: [a]}}\n", "!waiver waiver: empty match": waiver("match: {}"), "!waiver waiver: pins nothing": waiver("match: {name: x}"),
		"!waiver waiver: no zone": strings.Replace(waiver("match: {name: x, command: {sha256: ab}}"), "2026-12-31T00:00:00Z", "2026-12-31T00:00:00", 1), "!waiver waiver: for ever": strings.Replace(waiver("match: {name: x, command: {sha256: ab}}"), "2026", "2999", 1), "!waiver waiver: unknown key": waiver("match: {command: {sha256: ab}}, forever: true"),
	})
	const x = "package mcp.policy.x\n\n"
	group("x.rego", "parse", map[string]string{
		"open brace": x + "deny contains \"m\" if {", "closed brace": x + "}", "open quote": x + "deny contains \"m", "open raw text": x + "deny contains `m", "open bracket": x + "y := [1, 2", "two packages": x + "package mcp.policy.y", "import of nothing": x + "import", "bare word": x + "nonsense",
		"assignment alone": x + ":= 1", "half a rule": x + "deny contains", "!no-package text": "this is no Rego", "!no-package JSON": `{"deny": true}`, "YAML": "deny: true\n", "Go": "package main\n\nfunc main() {}\n", "unknown escape": x + "y := \"\\q\"", "line feed in a string": x + "y := \"a\nb\"", "unknown operator": x + "y := 1 ** 2", "emoji": x + "💥", "smart quotes": x + "deny contains “m”",
		"conflict of a merge": x + "<<<<<<< HEAD\ny := 1\n=======\ny := 2\n>>>>>>> other\n", "half a package": "package mcp.", "package in quotes": "package \"mcp\"", "deep lists": x + "y := " + strings.Repeat("[", 3_000), "deep brackets": x + "y := " + strings.Repeat("(", 3_000),
		"!no-package empty": "", "!no-package comment": "# deny everything\n", "!no-package space": " \n\t\n", "!rego-v0 v0": "package mcp.policy.x\n\ndeny[msg] { msg := \"m\" }", "!encoding null byte": x + "\x00", "!encoding not UTF-8": x + "y := \"\xff\"", "!encoding UTF-16": "\xff\xfep\x00", "!encoding lone carriage return": "package mcp.policy.x\r\rdeny contains \"m\"",
		"!encoding zeros": strings.Repeat("\x00", 4096),
	})
	group("x.rego", "deny-not-a-set", map[string]string{
		"true": x + "deny := true", "if": x + "deny if input.server.name", "object": x + "deny := {\"msg\": \"m\"}", "list": x + "deny := [\"m\"]", "text in quotes": x + "deny := \"m\"", "default": x + "default deny := false\n\nwarn contains \"m\"",
		"!deny-function function": x + "deny(x) := true", "!no-deny none": x + "y := 1", "!near-miss denied": x + "denied contains \"m\"", "!near-miss capitals": x + "Deny contains \"m\"", "!package-name capitals": "package mcp.policy.X\n\ndeny contains \"m\"", "!package-typo slip": "package mcp.polcy.x\n\ndeny contains \"m\"",
		"!package-reserved gate": "package mcp.gate\n\nallow := true", "!package-reserved system": "package system.authz\n\nallow := true", "!deny-never-asked elsewhere": "package corp\n\ndeny contains \"m\"", "!unsafe-var": x + "deny contains m if input.server.name", "!unknown-function": x + "deny contains nope(1)",
		"!unknown-input-field": x + "deny contains \"m\" if input.nope", "!recursion": x + "deny contains \"m\" if y\n\ny if z\n\nz if y", "!refused-builtin network": x + "deny contains \"m\" if http.send({\"method\": \"get\", \"url\": \"http://x\"})", "!refused-builtin environment": x + "deny contains \"m\" if opa.runtime()",
		"!data-missing": x + "deny contains \"m\" if data.nowhere.x", "!gate-reference": x + "deny contains \"m\" if data.mcp.gate.decide", "!type": x + "deny contains \"m\" if startswith(1, \"a\")", "!metadata-syntax": "# METADATA\n# title: [\n" + x + "deny contains \"m\"", "!metadata-value severity": "# METADATA\n# title: t\n# custom:\n#   severity: huge\n" + x + "deny contains \"m\"",
	})
	group("x_test.rego", "test-defines-deny", map[string]string{"deny in a test": "package mcp.policy.x_test\n\ndeny contains \"m\""})
	group("x_test.rego", "test-package", map[string]string{"policy in a test": x + "deny contains \"m\""})
	return cases
}

func waiver(match string) string {
	return "mcp: {settings: {waivers: [{policy: a, reason: r, expires: \"2026-12-31T00:00:00Z\", " + match + "}]}}\n"
}

func aliasBomb() string {
	b := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		now := string(rune('0' + i))
		b += "a" + string(rune('1'+i)) + ": &a" + string(rune('1'+i)) + " [" + strings.Repeat("*a"+now+", ", 9) + "*a" + now + "]\n"
	}
	return b
}

func deepYAML(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String() + strings.Repeat(" ", n) + "\tx"
}

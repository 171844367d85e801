package rego_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// printed loads f with a log of the given level, asks about "good", and returns
// the result with what was printed.
func printed(t *testing.T, f files, level slog.Level, redact func(string) string) (rego.Result, []map[string]any) {
	t.Helper()
	var out syncBuffer // a print that took too long may still be on its way
	p, err := rego.Load(t.Context(), rego.LoadConfig{
		Name: "test", FS: f.fs(), InputSchema: []byte(schema), Redact: redact,
		Log: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level})),
	})
	require.NoError(t, err)
	r := eval(t, p, "good")
	var lines []map[string]any
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		if _, ok := fields["text"]; ok || strings.Contains(line, "print") {
			delete(fields, "time")
			lines = append(lines, fields)
		}
	}
	return r, lines
}

func hide(s string) string { return strings.ReplaceAll(s, "hunter2", "<redacted>") }

const printing = `package mcp.policy.x

import data.corp

deny contains "m" if {
	print("the name is", input.server.name, "of hunter2", {"a": 1}, corp.word)
	print(input.server.args, to_number(input.server.name), 1 / count(input.server.args))
	input.server.name == "bad"
}
`

// What policies print goes to the log at debug, and is redacted. What is
// undefined or fails there is no error of the policy.
func TestPrint(t *testing.T) {
	f := files{"dir/x.rego": printing, "corp.rego": "package corp\n\nword := \"w\" if print(\"in corp\")\n"}
	r, lines := printed(t, f, slog.LevelDebug, hide)
	require.True(t, r.Allowed)
	require.Empty(t, r.Errors)
	line := func(at, text string) map[string]any {
		return map[string]any{"level": "DEBUG", "msg": "print", "source": "test", "policy": "x", "at": at, "text": text}
	}
	require.Equal(t, []map[string]any{
		line("corp.rego:3", "in corp"),
		line("dir/x.rego:6", `the name is good of <redacted> {"a": 1} w`),
		line("dir/x.rego:7", `[] <undefined> <undefined>`),
	}, lines)

	for name, lines := range map[string]func() []map[string]any{
		"no debug":        func() []map[string]any { _, l := printed(t, f, slog.LevelInfo, hide); return l },
		"no redaction":    func() []map[string]any { _, l := printed(t, f, slog.LevelDebug, nil); return l },
		"nothing printed": func() []map[string]any { _, l := printed(t, files{"a.rego": denyBad}, slog.LevelDebug, hide); return l },
	} {
		require.Empty(t, lines(), name)
	}
}

// A debug log changes no decision and no revision, whatever is printed.
func TestPrintDecidesNothing(t *testing.T) {
	for name, body := range map[string]string{
		"fails":      "print(to_number(input.server.name))",
		"conflicts":  "print(data.corp.two)",
		"is a type":  "print(lower(1))",
		"is unknown": "print(input.server.nothing)",
		"is large":   doubled("x0 := \"hunter2 \"", "concat(\"\", [P, P])", 20) + "print(x20)",
		"is many":    "every i in numbers.range(1, 5000) { print(i) }",
		"is slow":    "print([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b < 0])",
	} {
		t.Run(name, func(t *testing.T) {
			f := files{
				"x.rego":    "package mcp.policy.x\n\ndeny contains \"m\" if {\n\t" + body + "\n\tinput.server.name == \"good\"\n}\n",
				"corp.rego": "package corp\n\ntwo := 1 if input.server.name\n\ntwo := 2 if input.server.name\n",
			}
			began := time.Now()
			with, lines := printed(t, f, slog.LevelDebug, hide)
			require.Less(t, time.Since(began), 5*time.Second)
			without, none := printed(t, f, slog.LevelInfo, hide)
			require.Empty(t, none)
			require.Equal(t, without, with)
			require.Empty(t, with.Errors)
			require.Len(t, with.Violations, 1)
			require.LessOrEqual(t, len(lines), 110)
			for _, line := range lines {
				text, _ := line["text"].(string)
				require.Less(t, len(text), 3<<10)
				require.NotContains(t, text, "hunter2")
			}
		})
	}
}

// What is printed takes no more than a part of the time that is left.
func TestPrintLeavesTime(t *testing.T) {
	var out bytes.Buffer
	p, err := rego.Load(t.Context(), rego.LoadConfig{
		Name: "test", Redact: hide, Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		FS: files{"x.rego": "package mcp.policy.x\n\ndeny contains \"m\" if {\n\tprint([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b < 0])\n\tinput.server.name == \"bad\"\n}\n"}.fs(),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	r, err := p.Eval(ctx, server("good"))
	require.NoError(t, err)
	require.True(t, r.Allowed)
	require.Contains(t, out.String(), "not all that is printed is shown")
	require.Empty(t, p.Stuck())
}

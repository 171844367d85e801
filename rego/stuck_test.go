package rego_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// hanging denies what is named "good" after a second or two in one builtin that
// does not look at its context: an automaton of 900 states over 2^times bytes.
func hanging(times int) string {
	var b strings.Builder
	b.WriteString("package mcp.policy.hang.regex\n\na0 := concat(\"\", [\"a\" | input.server.name == \"good\"])\n\n")
	for i := range times {
		fmt.Fprintf(&b, "a%d := concat(\"\", [a%d, a%d])\n\n", i+1, i, i)
	}
	fmt.Fprintf(&b, "deny contains \"m\" if not regex.match(\"((a{1,30}){1,30})y\", a%d)\n", times)
	return b.String()
}

const hangFor = 15 // about a second

// returned waits until nothing of p is stuck.
func returned(t *testing.T, p *rego.Policy) {
	t.Helper()
	require.Eventually(t, func() bool { return len(p.Stuck()) == 0 }, time.Minute, 10*time.Millisecond)
}

// The caller is answered at the deadline though OPA is not, and until OPA is the
// policy denies at once. Another revision is not concerned.
func TestEvalThatDoesNotReturn(t *testing.T) {
	const deadline = 200 * time.Millisecond
	p := mustLoad(t, files{"a.rego": denyBad, "hang.rego": hanging(hangFor)})
	require.Empty(t, p.Stuck())
	require.False(t, eval(t, p, "bad").Allowed)
	require.Empty(t, p.Stuck())

	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	began := time.Now()
	r, err := p.Eval(ctx, server("good"))
	overrun := time.Since(began) - deadline
	require.False(t, r.Allowed)
	require.EqualError(t, err, "policy source test: policy hang.regex: context deadline exceeded, and it has not returned")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	soak.Report(t, "answered %s past the deadline of a builtin that does not return", overrun.Round(time.Millisecond))
	require.Less(t, overrun, 5*100*time.Millisecond)

	stuck := p.Stuck()
	require.Len(t, stuck, 1)
	require.Equal(t, "policy hang.regex", stuck[0].What)
	require.Equal(t, p.Revision(), stuck[0].Revision)
	require.WithinDuration(t, began, stuck[0].Since, time.Second)

	began = time.Now()
	for _, name := range []string{"good", "bad", "other"} {
		_, err = p.Eval(t.Context(), server(name))
		require.ErrorContains(t, err, "policy source test: policy hang.regex began at "+stuck[0].Since.UTC().Format(time.RFC3339)+" and has not returned")
		require.ErrorContains(t, err, "restart, or change the policy")
		require.ErrorContains(t, err, p.Revision())
	}
	_, err = p.Explain(t.Context(), server("other"), nil)
	require.ErrorContains(t, err, "has not returned")
	require.Less(t, time.Since(began), 500*time.Millisecond)

	next := mustLoad(t, files{"a.rego": denyBad, "hang.rego": hanging(1)})
	require.True(t, eval(t, next, "other").Violations != nil)
	require.Empty(t, next.Stuck())

	returned(t, p)
	r, err = p.Eval(t.Context(), server("bad"))
	require.NoError(t, err)
	require.False(t, r.Allowed)
}

// A caller who leaves early says nothing about the policy.
func TestCallerWhoLeaves(t *testing.T) {
	p := mustLoad(t, files{"a.rego": denyBad, "hang.rego": hanging(hangFor)})
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	leaving, leave := context.WithCancel(ctx)
	time.AfterFunc(20*time.Millisecond, leave)
	_, err := p.Eval(leaving, server("good"))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, p.Stuck())
	r, err := p.Eval(ctx, server("bad"))
	require.NoError(t, err)
	require.NotEmpty(t, r.Violations)
}

func TestMaskThatDoesNotReturn(t *testing.T) {
	mask := strings.NewReplacer("package mcp.policy.hang.regex", "package system.log", "deny contains \"m\"", "mask contains \"/input/x\"",
		"input.server.name", "input.decision_id").Replace(hanging(hangFor))
	p := mustLoad(t, files{"a.rego": denyBad, "mask.rego": mask})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := p.Mask(ctx, map[string]any{"decision_id": "good"})
	require.EqualError(t, err, "policy source test: data.system.log.mask: context deadline exceeded, and it has not returned")
	require.Less(t, time.Since(began), 600*time.Millisecond)
	require.Equal(t, "data.system.log.mask", p.Stuck()[0].What)
	_, err = p.Eval(t.Context(), server("bad"))
	require.ErrorContains(t, err, "data.system.log.mask began at ")
	returned(t, p)
}

// A policy that takes memory without end is stopped before it has taken all.
func TestEvalMemory(t *testing.T) {
	for name, body := range map[string]string{
		"doubling strings": doubled("x0 := \"xxxxxxxx\"", "concat(\"\", [P, P])", 32) + "count(x32) < 0",
		"a range":          "count(numbers.range(1, 1000000000000)) < 0",
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC() // what was garbage before is no growth
			p := mustLoad(t, files{"x.rego": "package mcp.policy.x\n\ndeny contains \"m\" if {\n\t" + body + "\n\tinput.server.name\n}\n"})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := p.Eval(ctx, server("good"))
			require.EqualError(t, err, "policy source test: policy x: stopped, because the memory of the process grew by more than 256 MiB meanwhile")
			require.Empty(t, p.Stuck())
		})
	}
}

// doubling are lines that set x0 and make of each xN the next.
func doubled(first, next string, n int) string {
	var b strings.Builder
	b.WriteString(first + "\n\t")
	for i := range n {
		fmt.Fprintf(&b, "x%d := %s\n\t", i+1, strings.ReplaceAll(next, "P", fmt.Sprintf("x%d", i)))
	}
	return b.String()
}

// Values that are nested without end are refused before they take the stack,
// which nothing would recover.
func TestDeepNesting(t *testing.T) {
	for name, body := range map[string]string{
		"json":  doubled(`x0 := "["`, `concat("", [P, P])`, 22) + "json.unmarshal(x22)",
		"yaml":  doubled(`x0 := "["`, `concat("", [P, P])`, 18) + "yaml.unmarshal(x18)",
		"lists": doubled(`x0 := "- "`, `concat("", [P, P])`, 16) + "yaml.unmarshal(x16)",
		"alias": "yaml.unmarshal(\"a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\\n\")",
		"regex": doubled(`x0 := "("`, `concat("", [P, P])`, 16) + "regex.match(x16, \"x\")",
		"glob":  doubled(`x0 := "{"`, `concat("", [P, P])`, 16) + "glob.match(x16, [], \"x\")",
		"jwt":   doubled(`x0 := "["`, `concat("", [P, P])`, 20) + "io.jwt.decode(concat(\".\", [base64url.encode_no_pad(x20), \"e30\", \"x\"]))",
		"patch": doubled(`x0 := "/a"`, `concat("", [P, P])`, 18) + "json.patch({\"a\": 1}, [{\"op\": \"add\", \"path\": x18, \"value\": 1}])",
		"units": "units.parse(\"1e999999999\") > 1",
		"exp":   "to_number(\"1e999999999\") > 1",
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{"x.rego": "package mcp.policy.x\n\ndeny contains \"m\" if {\n\t" + body + "\n\tinput.server.name == \"good\"\n}\n"})
			began := time.Now()
			r := eval(t, p, "good")
			require.False(t, r.Allowed)
			require.Len(t, r.Errors, 1)
			require.Contains(t, r.Errors[0].Msg, "eval_builtin_error")
			require.Less(t, time.Since(began), 10*time.Second)
		})
	}
}

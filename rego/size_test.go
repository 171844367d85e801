package rego_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// What a policy answers has limits, and whatever breaks one denies by name.
func TestAnswersThatAreTooLarge(t *testing.T) {
	// Calls between them keep the types of the compiler small.
	shared := func(first, next string) string { return doubled("x0 := "+first, next, 60) }
	for name, tc := range map[string]struct{ body, want string }{
		"members":        {"some i in numbers.range(1, 1001)\n\tm := sprintf(\"%d\", [i])", "deny and warn have 1001 members, more than 1000"},
		"many members":   {"some i in numbers.range(1, 200000)\n\tm := i", "deny and warn have 200000 members, more than 1000"},
		"long message":   {doubled("x0 := \"x\"", "concat(\"\", [P, P])", 17) + "m := x17", "a member of deny takes more than 64 KiB"},
		"details":        {doubled("x0 := \"x\"", "concat(\"\", [P, P])", 17) + "m := {\"msg\": \"m\", \"details\": {\"d\": x17}}", "a member of deny takes more than 64 KiB"},
		"shared arrays":  {shared("[input.server.name]", "array.concat([P], [P])") + "m := {\"msg\": \"m\", \"details\": {\"d\": x60}}", "a member of deny takes more than 64 KiB"},
		"shared objects": {shared("{\"x\": input.server.name}", "object.union({\"l\": P}, {\"r\": P})") + "m := {\"msg\": \"m\", \"details\": x60}", "a member of deny takes more than 64 KiB"},
		"shared sets":    {shared("{input.server.name}", "union({{P}, {[P]}})") + "m := {\"msg\": \"m\", \"details\": {\"d\": x60}}", "a member of deny takes more than 64 KiB"},
		"no member":      {shared("[input.server.name]", "array.concat([P], [P])") + "m := x60", "a member of deny takes more than 64 KiB"},
		"wide array":     {"m := {\"msg\": \"m\", \"details\": {\"d\": numbers.range(1, 1000000)}}", "a member of deny takes more than 64 KiB"},
		"together":       {doubled("x0 := \"x\"", "concat(\"\", [P, P])", 14) + "some i in numbers.range(1, 100)\n\tm := sprintf(\"%d %s\", [i, x14])", "the violations of the source take more than 1024 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{"a.rego": denyBad, "x.rego": "package mcp.policy.x\n\ndeny contains m if {\n\t" + tc.body + "\n}\n"})
			began := time.Now()
			r := eval(t, p, "bad")
			limit := 5 * time.Second
			if soak.Race() { // which makes it ten times slower
				limit *= 10
			}
			require.Less(t, time.Since(began), limit)
			require.False(t, r.Allowed)
			require.Equal(t, "bad name", r.Violations[0].Msg)
			require.Len(t, r.Errors, 1)
			require.Equal(t, "x", r.Errors[0].Policy)
			require.Contains(t, r.Errors[0].Msg, tc.want)
			require.Len(t, r.Violations, 1)
		})
	}
}

// As much as is allowed is decided about.
func TestAnswersThatAreLarge(t *testing.T) {
	p := mustLoad(t, files{"x.rego": "package mcp.policy.x\n\ndeny contains sprintf(\"message %d\", [i]) if some i in numbers.range(1, 1000)\n"})
	r := eval(t, p, "x")
	require.Empty(t, r.Errors)
	require.Len(t, r.Violations, rego.MaxViolations)
}

// Metadata and waivers come with each violation, and count.
func TestMetadataAndWaiversCount(t *testing.T) {
	long := strings.Repeat("long prose ", 1000)
	p := mustLoad(t, files{"x.rego": "# METADATA\n# description: " + long + "\n# custom:\n#   remediation: " + long +
		"\npackage mcp.policy.x\n\ndeny contains sprintf(\"message %d\", [i]) if some i in numbers.range(1, 1000)\n"})
	r := eval(t, p, "x")
	require.Len(t, r.Errors, 1)
	require.Contains(t, r.Errors[0].Msg, "the violations of the source take more than 1024 KiB")

	p, err := loadWaivers(t, waiversYAML(waiverYAML(map[string]string{"reason": strings.Repeat("r", 3<<20)})))
	require.NoError(t, err)
	r = evalServer(t, p, pinned)
	require.False(t, r.Allowed)
	require.Equal(t, []rego.PolicyError{{Msg: "the decision failed: its result takes more than 4096 KiB: waivers and metadata are part of it"}}, r.Errors)
}

package rego_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

const maskHead = "package system.log\n\n"

var maskEvent = map[string]any{
	"decision_id": "1", "input": map[string]any{"server": map[string]any{"name": "srv", "args": []any{"a", "b"}}},
	"result": map[string]any{"allowed": true},
}

func TestMask(t *testing.T) {
	for name, tc := range map[string]struct {
		module string
		want   []rego.MaskRule
	}{
		"pointer":  {`mask contains "/input/server/name"`, []rego.MaskRule{{Op: "remove", Path: "/input/server/name"}}},
		"sorted":   {"mask contains \"/input/b\"\n\nmask contains \"/input/a\"", []rego.MaskRule{{Op: "remove", Path: "/input/a"}, {Op: "remove", Path: "/input/b"}}},
		"remove":   {`mask contains {"op": "remove", "path": "/input/x"}`, []rego.MaskRule{{Op: "remove", Path: "/input/x"}}},
		"upsert":   {`mask contains {"op": "upsert", "path": "/input/x", "value": {"n": 12345678901234567890}}`, []rego.MaskRule{{Op: "upsert", Path: "/input/x", Value: map[string]any{"n": json.Number("12345678901234567890")}}}},
		"null":     {`mask contains {"op": "upsert", "path": "/input/x", "value": null}`, []rego.MaskRule{{Op: "upsert", Path: "/input/x"}}},
		"none":     {`mask contains "/input/x" if input.input.server.name == "other"`, nil},
		"event":    {`mask contains sprintf("/input/server/args/%d", [i]) if some i, "b" in input.input.server.args`, []rego.MaskRule{{Op: "remove", Path: "/input/server/args/1"}}},
		"verdict":  {`mask contains "/input/x" if input.result.allowed`, []rego.MaskRule{{Op: "remove", Path: "/input/x"}}},
		"by rules": {"mask contains path if some path in paths\n\npaths := {\"/input/x\"}", []rego.MaskRule{{Op: "remove", Path: "/input/x"}}},
		"shared":   {`mask contains path if some path in data.corp.log.paths`, []rego.MaskRule{{Op: "remove", Path: "/input/" + "srv"}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{
				"a.rego": denyBad, "log.rego": maskHead + tc.module, "log_test.rego": "package system.log_test\n\ntest_x if true",
				// Where only the mask refers to it, its input is the record.
				"corp.rego": "package corp.log\n\npaths contains concat(\"/\", [\"\", \"input\", object.get(input, [\"input\", \"server\", \"name\"], \"\")])",
			})
			require.Equal(t, []string{"a"}, p.Policies())
			require.True(t, p.HasMask())
			rules, err := p.Mask(t.Context(), maskEvent)
			require.NoError(t, err)
			require.Equal(t, tc.want, rules)
			require.True(t, eval(t, p, "good").Allowed)
			require.False(t, eval(t, p, "bad").Allowed)
		})
	}
	p := mustLoad(t, files{"a.rego": denyBad})
	rules, err := p.Mask(t.Context(), maskEvent)
	require.NoError(t, err)
	require.Empty(t, rules)
	require.False(t, p.HasMask())
}

func TestMaskFails(t *testing.T) {
	for name, tc := range map[string]struct{ module, want string }{
		"builtin error":   {`mask contains "/input/x" if to_number(input.input.server.name) > 1`, "log.rego:3: eval_builtin_error: to_number failed"},
		"conflict":        {"mask contains v\n\nv := \"/a\" if input.input.server.name\n\nv := \"/b\" if input.input.server.name", "conflicting values"},
		"not a path":      {`mask contains concat("", ["input"])`, "want a JSON Pointer"},
		"empty":           {`mask contains concat("", [])`, "want a JSON Pointer"},
		"number":          {`mask contains 1`, "want an object"},
		"no op":           {`mask contains {"path": "/input/x"}`, "op is missing"},
		"unknown op":      {`mask contains {"op": "erase", "path": "/input/x"}`, `op is "erase"`},
		"no value":        {`mask contains {"op": "upsert", "path": "/input/x"}`, "value is missing"},
		"path no string":  {`mask contains {"op": "remove", "path": ["input"]}`, "path is a list"},
		"unknown field":   {`mask contains {"op": "remove", "path": "/input/x", "vlaue": 1}`, `unknown field "vlaue"`},
		"one of two good": {"mask contains \"/input/x\"\n\nmask contains 1", "want an object"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{"a.rego": denyBad, "log.rego": maskHead + tc.module})
			rules, err := p.Mask(t.Context(), maskEvent)
			require.ErrorContains(t, err, "policy source test: data.system.log.mask: ")
			require.ErrorContains(t, err, tc.want)
			require.Empty(t, rules)
		})
	}
	p := mustLoad(t, files{"a.rego": denyBad, "log.rego": maskHead + `mask contains "/input/x"`})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Mask(ctx, maskEvent)
	require.ErrorIs(t, err, context.Canceled)
}

func TestMaskThatDoesNotLoad(t *testing.T) {
	for name, tc := range map[string]struct{ module, want string }{
		"drop":             {maskHead + "mask contains \"/input/x\"\n\ndrop if input.path", "log.rego:5: data.system.log.drop is not read, because every decision is recorded: write"},
		"list":             {maskHead + `mask := ["/input/x"]`, "log.rego:3: data.system.log.mask is not a set: write"},
		"boolean":          {maskHead + "mask if input.path", "is not a set"},
		"function":         {maskHead + `mask(x) := x`, "is not a set"},
		"object":           {maskHead + `mask.x contains "/input/x"`, "is not a set"},
		"default":          {maskHead + "default mask := set()", "is not a set"},
		"missing":          {maskHead + `masks contains "/input/x"`, "log.rego:1: package system.log defines no mask"},
		"deny":             {maskHead + "mask contains \"/input/x\"\n\ndeny contains \"x\"", "is never asked"},
		"below":            {"package system.log.x\n\nmask contains \"/input/x\"", "package system.log.x is reserved"},
		"beside":           {"package system.logs\n\nmask contains \"/input/x\"", "package system.logs is reserved"},
		"a field too far":  {maskHead + `mask contains "/input/x" if input.server.name`, "input has no field server"},
		"a misspelt field": {maskHead + `mask contains "/input/x" if input.input.server.nmae`, "input.input.server has no field nmae"},
		"refused builtin":  {maskHead + `mask contains "/input/x" if http.send({}).body`, "http.send is not available"},
		"asked by policy":  {"package mcp.policy.b\n\ndeny contains \"x\" if data.system.log.mask", "data.system.log.mask is neither data nor a package of this source"},
	} {
		t.Run(name, func(t *testing.T) {
			f := files{"a.rego": denyBad, "log.rego": tc.module}
			if name == "asked by policy" {
				f["system.rego"] = maskHead + `mask contains "/input/x"`
			}
			_, err := load(t.Context(), f)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := load(t.Context(), files{"log.rego": maskHead + `mask contains "/input/x"`})
	require.ErrorIs(t, err, rego.ErrNoPolicy)
}

func TestMaskIsPartOfTheRevision(t *testing.T) {
	revisions := map[string]bool{}
	for _, module := range []string{"mask contains \"/input/x\"", "mask contains \"/input/y\""} {
		revisions[mustLoad(t, files{"a.rego": denyBad, "log.rego": maskHead + module}).Revision()] = true
	}
	revisions[mustLoad(t, files{"a.rego": denyBad}).Revision()] = true
	require.Len(t, revisions, 3)
}

package lib_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego/lib"
)

const allowedQuestion = `{
	"policies": {
		"quiet": {"deny": [], "warn": [], "error": "", "metadata": {
			"title": "t", "description": "d", "severity": "high", "remediation": "r", "enforcement": "deny", "links": ["https://a.example"]
		}},
		"watched.by": {"deny": ["m", {"msg": "m", "path": "/a", "remediation": "r", "details": {"k": "v"}}], "warn": ["m"], "error": "", "metadata": {
			"title": "t", "description": "d", "severity": "low", "remediation": "r", "enforcement": "audit", "links": []
		}},
		"warning": {"deny": [], "warn": [{"msg": "m"}], "error": "", "metadata": {}}
	},
	"settings": {"enforcement": {"watched.*": "warn", "quiet": "deny"}, "waivers": [{
		"policy": "quiet", "msg": "m", "reason": "r", "ticket": "T-1", "approver": "a", "expires": "2027-01-01T00:00:00Z",
		"match": {"name": "n", "labels": ["x"], "image": {"digest": "sha256:0", "pinned": true}}
	}]},
	"input": {
		"server": {"name": "n", "labels": ["x"], "image": {"digest": "sha256:0", "pinned": true}},
		"context": {"time": "2026-01-01T00:00:00.000Z"}
	},
	"names": ["quiet", "watched.by", "warning", "silent"]
}`

// Whatever stands in the place of any part of the question, and whichever part
// is missing, there is a decision; and where the part is of another type, the
// decision allows nothing.
func TestDecideIsTotal(t *testing.T) {
	decide := prepareDecide(t)
	var whole any
	require.NoError(t, json.Unmarshal([]byte(allowedQuestion), &whole))
	require.Equal(t, true, decide(t, whole)["allowed"])

	odd := []any{nil, true, 5.5, "", "odd", []any{}, []any{[]any{}}, map[string]any{}, map[string]any{"odd": nil}}
	for _, place := range places(whole, nil) {
		name := fmt.Sprint(place...)
		require.NotNil(t, decide(t, with(whole, place, nil, true)), "without %s", name)
		for _, value := range odd {
			decision := decide(t, with(whole, place, value, false))
			isMember := len(place) == 4 && (place[2] == "deny" || place[2] == "warn")
			isDetail := len(place) == 6 && place[4] == "details"
			// What differs is not waived, which is no error.
			isCompared := len(place) > 3 && place[3] == "match" && !slices.Contains(place, any("digest")) || len(place) > 1 && place[1] == "server"
			if isDetail || isCompared || isMember && reflect.DeepEqual(value, "odd") || reflect.TypeOf(value) == reflect.TypeOf(at(whole, place)) {
				continue
			}
			require.Equal(t, false, decision["allowed"], "%v for %s", value, name)
			require.NotEmpty(t, decision["errors"], "%v for %s", value, name)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	decide := prepareDecide(b)
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var question map[string]any
			require.NoError(b, json.Unmarshal([]byte(allowedQuestion), &question))
			quiet, policies := at(question, []any{"policies", "quiet"}), map[string]any{}
			for i := range n {
				policies[fmt.Sprintf("team.policy%d", i)] = quiet
			}
			question["policies"] = policies
			question["settings"] = map[string]any{"enforcement": map[string]any{}}
			value, err := ast.InterfaceToValue(question)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				decide(b, value)
			}
		})
	}
}

// BenchmarkDecideWaivers is a decision with waivers, all of which are read and
// one of which covers.
func BenchmarkDecideWaivers(b *testing.B) {
	decide := prepareDecide(b)
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var question map[string]any
			require.NoError(b, json.Unmarshal([]byte(allowedQuestion), &question))
			quiet := at(question, []any{"policies", "quiet"}).(map[string]any)
			quiet["deny"] = []any{"m"}
			waiver := at(question, []any{"settings", "waivers", 0})
			waivers := []any{waiver}
			for i := range n - 1 {
				waivers = append(waivers, with(waiver, []any{"match", "name"}, fmt.Sprint("n", i), false))
			}
			value, err := ast.InterfaceToValue(with(question, []any{"settings", "waivers"}, waivers, false))
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if decide(b, value)["allowed"] != true {
					b.Fatal("not waived")
				}
			}
		})
	}
}

// prepareDecide returns the decision logic as a function. It fails the test where
// the decision is undefined, a builtin fails or a field is missing.
func prepareDecide(tb testing.TB) func(testing.TB, any) map[string]any {
	tb.Helper()
	options := []func(*rego.Rego){rego.Query("data.mcp.gate.decide(input)"), rego.StrictBuiltinErrors(true)}
	for _, name := range []string{"gate.rego", "waivers.rego"} {
		src, err := lib.FS.ReadFile("mcp/gate/" + name)
		require.NoError(tb, err)
		options = append(options, rego.Module(name, string(src)))
	}
	query, err := rego.New(options...).PrepareForEval(tb.Context())
	require.NoError(tb, err)
	return func(tb testing.TB, question any) map[string]any {
		asInput := rego.EvalInput(question)
		if value, ok := question.(ast.Value); ok {
			asInput = rego.EvalParsedInput(value)
		}
		results, err := query.Eval(tb.Context(), asInput)
		if err != nil || len(results) != 1 {
			tb.Fatalf("%d results, %v, for %v", len(results), err, question)
		}
		decision := results[0].Expressions[0].Value.(map[string]any)
		for _, field := range []string{"violations", "warnings", "errors"} {
			if _, ok := decision[field].([]any); !ok || len(decision) != 4 {
				tb.Fatalf("decision is %v, for %v", decision, question)
			}
		}
		return decision
	}
}

// places are the paths of all parts of v, itself first.
func places(v any, prefix []any) [][]any {
	all := [][]any{prefix}
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			all = append(all, places(value, append(slices.Clone(prefix), key))...)
		}
	case []any:
		for i, value := range v {
			all = append(all, places(value, append(slices.Clone(prefix), i))...)
		}
	}
	return all
}

func at(v any, place []any) any {
	for _, step := range place {
		switch key := step.(type) {
		case string:
			v = v.(map[string]any)[key]
		case int:
			v = v.([]any)[key]
		}
	}
	return v
}

// with is a copy of v with value at place, or without what is there.
func with(v any, place []any, value any, remove bool) any {
	if len(place) == 0 {
		return value
	}
	switch key := place[0].(type) {
	case string:
		copied := map[string]any{}
		for k, member := range v.(map[string]any) {
			copied[k] = member
		}
		copied[key] = with(copied[key], place[1:], value, remove)
		if remove && len(place) == 1 {
			delete(copied, key)
		}
		return copied
	case int:
		copied := slices.Clone(v.([]any))
		copied[key] = with(copied[key], place[1:], value, remove)
		if remove && len(place) == 1 {
			copied = slices.Delete(copied, key, key+1)
		}
		return copied
	}
	return v
}

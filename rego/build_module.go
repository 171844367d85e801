package rego

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/util"
)

// decisionTemplate is the module that asks the policies of a built bundle, in the
// place of the gate. It stands in mcp.gate, which refers to nothing below data.mcp
// otherwise: that is no recursion as long as no policy refers to data.mcp.gate.
//
// A policy that is not in the list is found without evaluating one that is: each
// known rule is replaced, because a rule that deny does not get to may fail.
var decisionTemplate = template.Must(template.New("decision.rego").Parse(`# Written by mcp-runner policy build. Change the policies and build again.
package mcp.gate

# METADATA
# title: The decision about the input
# description: >-
#   What mcp-runner decides about the same input. Ask with strict builtin errors
#   (opa eval --strict-builtin-errors, ?strict-builtin-errors=true): without
#   them a policy in which a builtin fails may say nothing, and nothing is denied.
# entrypoint: true
# scope: document
default decision := {
	"allowed": false,
	"violations": [],
	"warnings": [],
	"errors": [{"policy": "", "msg": "the decision is undefined"}],
}

decision := {
	"allowed": false,
	"violations": [],
	"warnings": [],
	"errors": [{"policy": "", "msg": msg} | some msg in sort(unfit)],
} if {
	count(unfit) > 0
}

decision := {
	"allowed": decided.allowed,
	"violations": [object.union(v, {"source": {{.Source}}}) | some v in decided.violations],
	"warnings": sort({w | some w in decided.warnings} | load_warnings),
	"errors": decided.errors,
} if {
	count(unfit) == 0
	decided := decide({"policies": collected, "settings": settings, "input": input})
}

# Why the policies are not asked.
unfit contains "the input is missing or not an object" if not given

unfit contains sprintf("input: %s: %s", [fault.field, fault.desc]) if {
	given
	some fault in json.match_schema(input, input_schema)[1]
}

unfit contains sprintf("policy %s is not in the list of this bundle: build the bundle again", [name]) if some name in unlisted

given if is_object(input)

# Policies that came later: below each node of the tree of policies, what is
# neither a rule nor a node that is known. Known rules are not evaluated for it.
{{- range .Nodes}}
unlisted contains name if {
	children := {child | _ = {{.Ref}}[child]}{{range .Known}} with {{.}} as 0{{end}}
	some child in children - {{.Names}}
	walk({{.Ref}}[child], [path, _])
	name := policy_at(array.concat({{.Path}}, array.concat([child], path)))
}
{{end}}
policy_at(path) := name if {
	path[count(path) - 1] in {"deny", "warn"}
	every step in path { is_string(step) }
	name := concat(".", array.slice(path, 0, count(path) - 1))
	count({name} & listed) == 0
}

listed := {{.Listed}}

collected := {
{{- range .Policies}}
	{{.Name}}: {"deny": {{.Deny}}, "warn": {{.Warn}}, "error": "", "metadata": {{.Metadata}}},
{{- end}}
}

settings := {"enforcement": {{.Enforcement}}, "waivers": {{.Waivers}}}

load_warnings := {{.Warnings}}

# Every field of the input is there, and of its type. A field that this bundle
# does not know is none of its business.
input_schema := {{.Schema}}
`))

type modulePolicy struct{ Name, Deny, Warn, Metadata string }

// decisionModule writes the module for the policies of p. What the template gets
// is Rego.
func decisionModule(src *source, p *Policy, schema []byte) ([]byte, error) {
	settings := map[string]string{"enforcement": "{}", "waivers": "[]"}
	for key := range settings {
		path := []string{"mcp", "settings", key}
		if _, ok := lookup(src.data, path); ok {
			settings[key] = refText(path)
		}
	}
	var policies []modulePolicy
	for _, u := range p.units {
		asked := map[string]string{"deny": "[]", "warn": "[]"}
		for _, name := range u.defines {
			asked[name] = src.policies[u.name].modules[0].ast.Package.Path.Append(ast.StringTerm(name)).String()
		}
		metadata, err := ast.JSON(u.metadata.Value)
		if err != nil {
			return nil, err
		}
		policies = append(policies, modulePolicy{
			Name: literal(u.name), Deny: asked["deny"], Warn: asked["warn"], Metadata: literal(metadata),
		})
	}
	open, err := openSchema(schema)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := decisionTemplate.Execute(&text, map[string]any{
		"Source":      literal(p.name),
		"Nodes":       policyNodes(src),
		"Listed":      stringSet(p.Policies()),
		"Policies":    policies,
		"Enforcement": settings["enforcement"],
		"Waivers":     settings["waivers"],
		"Warnings":    stringSet(p.warnings),
		"Schema":      literal(open),
	}); err != nil {
		return nil, err
	}
	return format.SourceWithOpts("decision.rego", text.Bytes(), format.Opts{RegoVersion: ast.RegoV1})
}

// literal writes a value as Rego does, which is as JSON does.
func literal(v any) string {
	b, err := plainJSON(v)
	if err != nil {
		panic(fmt.Sprintf("rego: %T is not JSON: %v", v, err)) // it was JSON before
	}
	return strings.TrimSpace(string(b))
}

// policyNode is a package of a policy, or a package path above one.
type policyNode struct {
	// Ref is the node and Path what it is below data.mcp.policy.
	Ref, Path string
	// Known are the rules in it and the nodes below it, as refs; Names are their
	// first steps.
	Known []string
	Names string
}

// policyNodes are the nodes of the tree of policies, sorted.
func policyNodes(src *source) []policyNode {
	root := []string{"mcp", "policy"}
	known := map[string]map[string]string{} // by node and ref, the first step
	add := func(at []string, ref ast.Ref) {
		key := packageKey(at)
		if known[key] == nil {
			known[key] = map[string]string{}
		}
		known[key][ref.String()] = string(ref[len(at)+1].Value.(ast.String))
	}
	for _, p := range src.policies {
		path := p.modules[0].path
		for n := len(root); n < len(path); n++ {
			add(path[:n], ast.MustParseRef(refText(path[:n+1])))
		}
		for _, ref := range ruleRefs(p) {
			add(path, ref)
		}
	}
	var nodes []policyNode
	for _, key := range slices.Sorted(maps.Keys(known)) {
		path := strings.Split(strings.TrimSuffix(key, "/"), "/")
		nodes = append(nodes, policyNode{
			Ref:   refText(path),
			Path:  literal(path[len(root):]),
			Known: slices.Sorted(maps.Keys(known[key])),
			Names: stringSet(slices.Compact(slices.Sorted(maps.Values(known[key])))),
		})
	}
	return nodes
}

// ruleRefs are the rules of a policy that are documents, each as far as its name
// is constant, without those below another one.
func ruleRefs(p *policy) []ast.Ref {
	var refs []ast.Ref
	for _, m := range p.modules {
		for _, r := range m.ast.Rules {
			if len(r.Head.Args) == 0 {
				refs = append(refs, m.ast.Package.Path.Extend(r.Head.Ref().GroundPrefix()))
			}
		}
	}
	var outermost []ast.Ref
	for _, ref := range refs {
		if !slices.ContainsFunc(refs, func(other ast.Ref) bool { return len(other) < len(ref) && ref.HasPrefix(other) }) {
			outermost = append(outermost, ref)
		}
	}
	return outermost
}

// stringSet is a set of strings as Rego writes it.
func stringSet(list []string) string {
	if len(list) == 0 {
		return "set()"
	}
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = literal(s)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// openSchema is a JSON Schema that lets fields pass which it does not know: a
// version of the input may gain some. Without a schema every input is whole.
func openSchema(schema []byte) (any, error) {
	if schema == nil {
		return map[string]any{}, nil
	}
	var raw any
	if err := util.UnmarshalJSON(schema, &raw); err != nil {
		return nil, fmt.Errorf("input schema: %w", err)
	}
	var open func(v any)
	each := func(v any) {
		schemas, _ := v.(map[string]any)
		for _, s := range schemas {
			open(s)
		}
	}
	open = func(v any) {
		s, ok := v.(map[string]any)
		if !ok {
			return
		}
		delete(s, "$schema")
		delete(s, "$id")
		if s["additionalProperties"] == false {
			delete(s, "additionalProperties")
		}
		each(s["properties"])
		each(s["$defs"])
		open(s["items"])
	}
	open(raw)
	return raw, nil
}

package rego

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// check holds the source against the contract. What it refuses would mostly
// evaluate without an error, and deny nothing.
func check(src *source) []error {
	var errs []error
	packages := packageTree(src.modules)
	for _, m := range src.modules {
		errs = append(errs, checkPackage(src, m)...)
		errs = append(errs, m.faults...)
		errs = append(errs, checkConflicts(m, packages)...)
	}
	for _, m := range src.masks {
		errs = append(errs, m.faults...)
	}
	for _, name := range slices.Sorted(maps.Keys(src.policies)) {
		p := src.policies[name]
		errs = append(errs, checkLibrary(p)...)
		errs = append(errs, checkRules(src, p)...)
		md, mdErrs := readMetadata(p)
		p.metadata = md
		errs = append(errs, mdErrs...)
	}
	return append(errs, checkData(src)...)
}

// checkAlone finds what is wrong with a module whatever stands beside it.
func checkAlone(m *module, builtins *builtins) {
	m.faults = append(checkAsked(m), checkRefs(m, builtins)...)
	if isMask(m) {
		m.faults = append(m.faults, checkMask(m)...)
		return
	}
	found := checkMetadata(m)
	m.faults, m.reported = append(m.faults, found...), len(found) > 0
	m.suspect = slices.ContainsFunc(m.ast.Rules, func(r *ast.Rule) bool { return nearMiss(r) != "" })
}

var segment = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// validName says whether name can be that of a policy.
func validName(name string) bool {
	for s := range strings.SplitSeq(name, ".") {
		if !segment.MatchString(s) || s == "deny" || s == "warn" {
			return false
		}
	}
	return true
}

// packageText is a package path as it is written.
func packageText(path []string) string { return strings.Join(path, ".") }

// checkPackage holds the name of a package to what the contract reserves.
func checkPackage(src *source, m *module) []error {
	pkg := packageText(m.path)
	bad := func(rule, fix, format string, args ...any) []error {
		return []error{m.fault(rule, m.ast.Package.Location, fix, format, args...)}
	}
	if name, ok := policyName(m.path); ok {
		if !validName(name) {
			return bad("package-name", "write package mcp.policy.NAME, with segments of a-z, 0-9 and _, none of them deny or warn", "%q is no name of a policy", name)
		}
		return nil
	}
	if meant := meantPolicy(m.path); meant != "" && (m.path[0] == "mcp" || !src.isUsed(m)) {
		return bad("package-typo", "write package "+meant, "package %s is never asked", pkg)
	}
	switch {
	case pkg == "mcp.policy":
		return bad("package-name", "write package mcp.policy.NAME", "package mcp.policy has no name")
	case pkg == "mcp.settings" || strings.HasPrefix(pkg, "mcp.settings."):
		return bad("settings-in-rego", "write them into data.yaml", "package %s: settings are data, not Rego", pkg)
	case m.path[0] == "mcp" || m.path[0] == "system":
		return bad("package-reserved", "policies are packages below mcp.policy, other code lives outside of mcp and system", "package %s is reserved", pkg)
	}
	return nil
}

// checkAsked refuses deny and warn where nobody asks for them: outside of
// mcp.policy.
func checkAsked(m *module) []error {
	if _, ok := policyName(m.path); ok || m.path[0] == "mcp" || m.path[0] == "system" && !isMask(m) || meantPolicy(m.path) != "" {
		return nil
	}
	var errs []error
	for _, r := range m.ast.Rules {
		if name := headName(r); (name == "deny" || name == "warn") && len(r.Head.Args) == 0 {
			errs = append(errs, m.fault("deny-never-asked", r.Location, "write package mcp.policy.NAME, or give the rule another name",
				"package %s defines %s and is never asked", packageText(m.path), name))
		}
	}
	return errs
}

// headName is the first part of the name of a rule.
func headName(r *ast.Rule) string {
	v, _ := r.Head.Ref()[0].Value.(ast.Var) // a rule begins with a name
	return string(v)
}

// collected returns deny or warn where the head of a rule holds that name.
func collected(head ast.Ref) string {
	for i, t := range head {
		name := ""
		switch v := t.Value.(type) {
		case ast.String:
			name = string(v)
		case ast.Var:
			if i == 0 {
				name = string(v)
			}
		}
		if name == "deny" || name == "warn" {
			return name
		}
	}
	return ""
}

// checkRules holds the rules of a policy to sets named deny and warn.
func checkRules(src *source, p *policy) []error {
	var errs []error
	defined := map[string]bool{}
	for _, m := range p.modules {
		for _, r := range m.ast.Rules {
			name := collected(r.Head.Ref())
			if name == "" {
				continue
			}
			if err := checkShape(m, r, name); err != nil {
				errs = append(errs, err)
			} else {
				defined[name] = true
			}
		}
	}
	p.defines = slices.Sorted(maps.Keys(defined))
	if len(p.defines) == 0 && len(errs) == 0 && !src.isBroken(p.modules[0].path) {
		errs = checkNothingDefined(p)
	}
	return errs
}

// checkShape refuses a deny or warn that is not a set of messages.
func checkShape(m *module, r *ast.Rule, name string) error {
	ref := r.Head.Ref()
	write := "write `" + name + " contains MESSAGE if { … }`"
	bad := func(rule, fix, format string, args ...any) error {
		return m.fault(rule, r.Location, fix, format, args...)
	}
	switch {
	case ref[0].Value != ast.Var(name):
		return bad("deny-below", write+" in a package of its own", "%s is not collected", ref)
	case len(r.Head.Args) > 0:
		return bad("deny-function", write, "%s is a function", name)
	case len(ref) > 1 || r.Default:
		return bad("deny-not-a-set", write, "%s is not a set", name)
	case r.Head.RuleKind() == ast.MultiValue:
		return nil
	}
	switch v := r.Head.Value; {
	case r.Else != nil:
		return bad("deny-not-a-set", write+" for each case", "%s is not a set: it has an else", name)
	case v != nil && isSet(v.Value):
		return bad("deny-not-a-set", "write `"+name+" contains msg if some msg in { … }`", "%s is not a set that rules add to: it is one value", name)
	default:
		return bad("deny-not-a-set", write, "%s is not a set", name)
	}
}

func isSet(v ast.Value) bool {
	switch v.(type) {
	case ast.Set, *ast.SetComprehension:
		return true
	}
	return false
}

func checkRefs(m *module, b *builtins) []error {
	var errs []error
	for _, r := range m.refs {
		if isGate(r.path) {
			errs = append(errs, gateFault(m, r.loc))
		}
	}
	eachCall(m.ast, func(op ast.Ref, loc *ast.Location) {
		if why := b.why(op.String()); why != "" {
			errs = append(errs, m.fault("refused-builtin", loc, why, "%s is not available", op))
		}
	})
	return errs
}

func isGate(path []string) bool { return hasPrefix(path, []string{"mcp", "gate"}) }

func gateFault(m *module, loc *ast.Location) error {
	return m.fault("gate-reference", loc, "take the reference out: a policy says what it denies, and no more", "data.mcp.gate decides over policies, and no policy refers to it")
}

// packageTree maps each package, and each path above one, to a module there.
func packageTree(modules []*module) map[string]*module {
	at := map[string]*module{}
	for _, m := range modules {
		for i := range m.path {
			at[strings.Join(m.path[:i+1], "/")] = m
		}
	}
	return at
}

// checkConflicts finds a rule that stands where a package of another file is.
// The compiler sees that only where both are in one unit.
func checkConflicts(m *module, packages map[string]*module) []error {
	var errs []error
	for _, r := range m.ast.Rules {
		path := strings.Join(m.path, "/")
		for i, t := range r.Head.Ref() {
			name, ok := t.Value.(ast.String)
			if v, isVar := t.Value.(ast.Var); isVar && i == 0 {
				name, ok = ast.String(v), true
			}
			if !ok {
				break
			}
			path += "/" + string(name)
			if other := packages[path]; other != nil {
				errs = append(errs, m.fault("rule-on-package", r.Location, "rename one of them",
					"rule %s stands where package %s of %s is", r.Head.Ref(), packageText(other.path), other.name))
			}
		}
	}
	return errs
}

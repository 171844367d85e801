package rego

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// check holds the source against the contract. What it refuses would mostly
// evaluate without an error, and deny nothing.
func check(src *source) error {
	var errs []error
	packages := packageTree(src.modules)
	for _, m := range src.modules {
		errs = append(errs, checkPackage(m))
		errs = append(errs, checkAsked(m)...)
		errs = append(errs, checkRefs(m)...)
		errs = append(errs, checkConflicts(m, packages)...)
	}
	for _, name := range slices.Sorted(maps.Keys(src.policies)) {
		p := src.policies[name]
		errs = append(errs, checkRules(p)...)
		md, mdErrs := readMetadata(p)
		p.metadata = md
		errs = append(errs, mdErrs...)
	}
	errs = append(errs, checkData(src)...)
	return join(errs)
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

func checkPackage(m *module) error {
	at := m.at(m.ast.Package.Location)
	pkg := strings.Join(m.path, ".")
	if name, ok := policyName(m.path); ok {
		if !validName(name) {
			return fmt.Errorf("%s: %q is no name of a policy: write package mcp.policy.NAME, with segments of a-z, 0-9 and _, none of them deny or warn", at, name)
		}
		return nil
	}
	switch {
	case pkg == "mcp.policy":
		return fmt.Errorf("%s: package mcp.policy has no name: write package mcp.policy.NAME", at)
	case pkg == "mcp.settings" || strings.HasPrefix(pkg, "mcp.settings."):
		return fmt.Errorf("%s: package %s: settings are data, not Rego: write them into data.yaml", at, pkg)
	case m.path[0] == "mcp" || m.path[0] == "system":
		return fmt.Errorf("%s: package %s is reserved: policies are packages below mcp.policy, other code lives outside of mcp and system", at, pkg)
	}
	return nil
}

// checkAsked refuses deny and warn where nobody asks for them: outside of
// mcp.policy.
func checkAsked(m *module) []error {
	if _, ok := policyName(m.path); ok || m.path[0] == "mcp" {
		return nil
	}
	var errs []error
	for _, r := range m.ast.Rules {
		if name := string(r.Head.Ref()[0].Value.(ast.Var)); (name == "deny" || name == "warn") && len(r.Head.Args) == 0 {
			errs = append(errs, fmt.Errorf("%s: package %s defines %s and is never asked: write package mcp.policy.NAME, or give the rule another name",
				m.at(r.Location), strings.Join(m.path, "."), name))
		}
	}
	return errs
}

// checkTest refuses a test package that looks like a policy.
func checkTest(m *module) error {
	for _, r := range m.ast.Rules {
		if name := collected(r.Head.Ref()); name != "" {
			return fmt.Errorf("%s: package %s is a test by its name, and never loaded: it defines no %s",
				m.at(r.Location), strings.Join(m.path, "."), name)
		}
	}
	return nil
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
func checkRules(p *policy) []error {
	var errs []error
	defined := map[string]bool{}
	for _, m := range p.modules {
		for _, r := range m.ast.Rules {
			head := r.Head
			name := collected(head.Ref())
			if name == "" {
				continue
			}
			at := m.at(r.Location)
			switch {
			case len(head.Ref()) > 1 && head.Ref()[0].Value != ast.Var(name):
				errs = append(errs, fmt.Errorf("%s: %s is not collected: write `%s contains MESSAGE if { … }` in a package of its own", at, head.Ref(), name))
			case len(head.Args) > 0:
				errs = append(errs, fmt.Errorf("%s: %s is a function: write `%s contains MESSAGE if { … }`", at, name, name))
			case r.Default || len(head.Ref()) > 1 || head.RuleKind() != ast.MultiValue:
				errs = append(errs, fmt.Errorf("%s: %s is not a set: write `%s contains MESSAGE if { … }`", at, name, name))
			default:
				defined[name] = true
			}
		}
	}
	p.defines = slices.Sorted(maps.Keys(defined))
	if len(p.defines) == 0 && len(errs) == 0 {
		m := p.modules[0]
		errs = append(errs, fmt.Errorf("%s: package %s defines neither deny nor warn: write `deny contains MESSAGE if { … }`, or move code that policies share to a package outside of mcp",
			m.at(m.ast.Package.Location), strings.Join(m.path, ".")))
	}
	return errs
}

func checkRefs(m *module) []error {
	var errs []error
	for _, r := range m.refs {
		if len(r.path) >= 2 && r.path[0] == "mcp" && r.path[1] == "gate" {
			errs = append(errs, fmt.Errorf("%s: data.mcp.gate decides over policies: a policy does not refer to it", m.at(r.loc)))
		}
	}
	ast.WalkExprs(m.ast, func(e *ast.Expr) bool {
		if e.IsCall() {
			errs = append(errs, checkCall(m, e.Operator(), e.Location))
		}
		return false
	})
	ast.WalkTerms(m.ast, func(t *ast.Term) bool {
		if call, ok := t.Value.(ast.Call); ok {
			if op, ok := call[0].Value.(ast.Ref); ok {
				errs = append(errs, checkCall(m, op, t.Location))
			}
		}
		return false
	})
	return errs
}

func checkCall(m *module, op ast.Ref, loc *ast.Location) error {
	if why := refusedWhy(op.String()); why != "" {
		return fmt.Errorf("%s: %s is not available: %s", m.at(loc), op, why)
	}
	return nil
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
				errs = append(errs, fmt.Errorf("%s: rule %s stands where package %s of %s is: rename one of them",
					m.at(r.Location), r.Head.Ref(), strings.Join(other.path, "."), other.name))
			}
		}
	}
	return errs
}

// checkData refuses data where none is read, and settings that nothing reads.
func checkData(src *source) []error {
	var errs []error
	for _, d := range src.docs {
		nested := d.nested()
		if _, ok := nested["system"]; ok {
			errs = append(errs, fmt.Errorf("%s: data.system is reserved", d.file.name))
		}
		if v, ok := nested["mcp"]; ok {
			obj, isObj := v.(map[string]any)
			if !isObj {
				errs = append(errs, fmt.Errorf("%s: data.mcp is %s, want an object with settings", d.file.name, typeName(v)))
			}
			for key := range obj {
				if key != "settings" {
					errs = append(errs, fmt.Errorf("%s: data.mcp.%s is reserved: only data.mcp.settings is data", d.file.name, key))
				}
			}
		}
		if at := strayedSettings(nested); at != "" {
			errs = append(errs, fmt.Errorf("%s: data.%s looks like settings, which are read at data.mcp.settings: move the file to the root of the bundle, and write mcp.settings at its top", d.file.name, at))
		}
	}
	return errs
}

// levelsOnly says whether v maps names to levels, and nothing else.
func levelsOnly(v any) bool {
	obj, ok := v.(map[string]any)
	for _, level := range obj {
		s, isString := level.(string)
		ok = ok && isString && slices.Contains(levels, s)
	}
	return ok && len(obj) > 0
}

// strayedSettings finds settings that landed elsewhere than data.mcp.settings:
// an object mcp.settings below something else, or settings without mcp.
func strayedSettings(data map[string]any) string {
	if levelsOnly(data["enforcement"]) {
		return "enforcement"
	}
	for _, key := range []string{"enforcement", "waivers"} {
		if _, ok := lookup(data, []string{"settings", key}); ok {
			return "settings"
		}
	}
	var find func(path string, v any) string
	find = func(path string, v any) string {
		obj, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		for _, key := range slices.Sorted(maps.Keys(obj)) {
			if _, ok := lookup(obj, []string{key, "settings"}); ok && key == "mcp" {
				return path + "mcp.settings"
			}
			if at := find(path+key+".", obj[key]); at != "" {
				return at
			}
		}
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if key == "mcp" {
			continue
		}
		if at := find(key+".", data[key]); at != "" {
			return at
		}
	}
	return ""
}

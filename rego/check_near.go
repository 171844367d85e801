package rego

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/open-policy-agent/opa/v1/ast"
)

// askedElsewhere are the rules that other tools ask for, or that people write
// for deny and warn. Here nobody asks for them.
var askedElsewhere = []string{
	"allow", "allowed", "allows", "block", "blocked", "blocks", "denial", "denials", "denied", "denies", "disallow", "disallowed",
	"error", "errors", "exception", "exceptions", "fail", "failed", "failure", "failures", "forbid", "forbidden", "prohibit", "prohibited",
	"refuse", "refused", "reject", "rejected", "rejects", "violate", "violated", "violates", "violation", "violations",
	"warned", "warning", "warnings", "warns",
}

// nearMiss returns deny or warn where a rule was most likely meant to be that,
// by its name; else it is "". Helpers have such names too, and are referred to:
// it is for the caller to find out that nothing does.
//
// Meant are: the names above; deny or warn with something behind (deny_image,
// denyAll); and deny or warn with one slip of the hand. A set, which has no
// other use than to be read, may be two letters away.
func nearMiss(r *ast.Rule) string {
	name := strings.ToLower(headName(r))
	if name == "deny" || name == "warn" {
		if headName(r) == name {
			return ""
		}
		return name
	}
	for _, asked := range []string{"deny", "warn"} {
		distance := levenshtein.ComputeDistance(name, asked)
		isSet := r.Head.RuleKind() == ast.MultiValue && len(r.Head.Args) == 0
		if strings.HasPrefix(name, asked) || typo(name, asked) || isSet && distance <= 2 {
			return asked
		}
	}
	if slices.Contains(askedElsewhere, name) || strings.HasPrefix(name, "violation_") {
		if strings.HasPrefix(name, "warn") {
			return "warn"
		}
		return "deny"
	}
	return ""
}

func nearMissFault(m *module, r *ast.Rule, meant string) error {
	return m.fault("near-miss", r.Location, "write `"+meant+" contains MESSAGE if { … }`, or take the rule out",
		"rule %s is never asked: the gate asks for deny and warn, and no rule that it asks refers to this one", headName(r))
}

// checkNothingDefined says that a policy has neither deny nor warn: at the rules
// that were meant to be, where there are some.
func checkNothingDefined(p *policy) []error {
	var errs []error
	for _, m := range p.modules {
		for _, r := range m.ast.Rules {
			if meant := nearMiss(r); meant != "" {
				errs = append(errs, nearMissFault(m, r, meant))
			}
		}
	}
	if len(errs) > 0 {
		return errs
	}
	m := p.modules[0]
	return []error{m.fault("no-deny", m.ast.Package.Location,
		"write `deny contains MESSAGE if { … }`, or move code that policies share to a package outside of mcp",
		"package %s defines neither deny nor warn", packageText(m.path))}
}

// meantPolicy is the package of a policy that a path was most likely meant to
// be, or "". The path may lack mcp, have a slip of the hand in it, or begin with
// data.
func meantPolicy(path []string) string {
	rest := path
	if rest[0] == "data" && len(rest) > 1 {
		rest = rest[1:]
	}
	policy := func(s string) bool {
		return levenshtein.ComputeDistance(strings.ToLower(s), "policy") <= 2 || strings.EqualFold(s, "policies")
	}
	const fused = "mcppolicy"
	letters := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(rest[0]))
	switch {
	case len(rest) == len(path) && len(rest) > 1 && rest[0] == "mcp" && rest[1] == "policy":
		return ""
	case len(rest) > 1 && typo(rest[0], "mcp") && policy(rest[1]):
		rest = rest[2:]
	case levenshtein.ComputeDistance(letters, fused) <= 2:
		rest = rest[1:]
	case len(rest) > 1 && (rest[0] == "policy" || rest[0] == "policies"):
		rest = rest[1:]
	default:
		return ""
	}
	name := strings.ToLower(strings.Join(rest, "."))
	if !validName(name) {
		name = "NAME"
	}
	return "mcp.policy." + name
}

// isUsed says whether another package refers to that of m, as to a package of
// helpers, and m has no deny or warn that nobody asks for.
func (src *source) isUsed(m *module) bool {
	for _, r := range m.ast.Rules {
		if name := headName(r); name == "deny" || name == "warn" {
			return false
		}
	}
	for _, other := range src.modules {
		for _, ref := range other.refs {
			if hasPrefix(ref.path, m.path) && !slices.Equal(other.path, m.path) {
				return true
			}
		}
	}
	return false
}

// isBroken says whether a file that could not be parsed may be of the package.
func (src *source) isBroken(path []string) bool {
	return slices.Contains(src.broken, "") || slices.Contains(src.broken, packageKey(path))
}

// hasNearMiss says whether a policy of the source has a rule to look into.
func (src *source) hasNearMiss() bool {
	for _, p := range src.policies {
		for _, m := range p.modules {
			if m.suspect {
				return true
			}
		}
	}
	return false
}

// reachedFrom names the rules that deny and warn of a policy refer to, directly
// or not.
func reachedFrom(comp *ast.Compiler, pol *policy) map[string]bool {
	reached := map[string]bool{}
	seen := map[*ast.Rule]bool{}
	var visit func(r *ast.Rule)
	visit = func(r *ast.Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		reached[ruleKey(r)] = true
		for dep := range comp.Graph.Dependencies(r) {
			if next, ok := dep.(*ast.Rule); ok {
				visit(next)
			}
		}
		if r.Else != nil {
			visit(r.Else)
		}
	}
	for _, m := range pol.modules {
		for _, r := range comp.Modules[m.name].Rules {
			if name := headName(r); name == "deny" || name == "warn" {
				visit(r)
			}
		}
	}
	return reached
}

// ruleKey tells the rules of one name in one package from all others.
func ruleKey(r *ast.Rule) string {
	return r.Module.Package.Path.String() + " " + headName(r)
}

// nearMisses refuses the rules with a name near to deny or warn that no policy's
// deny or warn refers to: they look as if they denied, and nothing reads them.
func (c *unitCompiler) nearMisses(units []*unit) []error {
	if !c.suspects {
		return nil
	}
	all := !slices.Contains(units, nil)
	referred := func(r *ast.Rule) bool {
		key := ruleKey(r)
		return slices.ContainsFunc(units, func(u *unit) bool { return u != nil && u.reached[key] })
	}
	var errs []error
	for _, u := range units {
		if u == nil {
			continue
		}
		for _, m := range c.src.policies[u.name].modules {
			for _, r := range m.ast.Rules {
				// Where a policy could not be compiled, it may be the one that refers.
				if meant := nearMiss(r); meant != "" && !referred(r) && (all || !c.mentioned(m, r)) {
					errs = append(errs, nearMissFault(m, r, meant))
				}
			}
		}
	}
	return errs
}

// mentioned says whether another package refers to a rule, or to its package.
func (c *unitCompiler) mentioned(m *module, r *ast.Rule) bool {
	rule := append(slices.Clone(m.path), headName(r))
	for _, other := range c.src.modules {
		if slices.Equal(other.path, m.path) {
			continue
		}
		for _, ref := range other.refs {
			if hasPrefix(ref.path, rule) || hasPrefix(rule, ref.path) {
				return true
			}
		}
	}
	return false
}

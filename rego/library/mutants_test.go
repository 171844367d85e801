package library_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mutant is one change of one module, which the tests of the policy must notice.
type mutant struct {
	kind string // what kind of slip it is
	rule string // the rule, or "" where it is the package or an import
	text string // what was changed
	row  int
	make func() *ast.Module
}

// change is one change of a part of a module. What make returns shares with the
// original what did not change.
type change[T any] struct {
	kind, text string
	loc        *ast.Location
	make       func() T
}

// within makes changes of a part into changes of what holds it.
func within[P, W any](changes []change[P], put func(P) W) []change[W] {
	out := make([]change[W], len(changes))
	for i, c := range changes {
		out[i] = change[W]{c.kind, c.text, c.loc, func() W { return put(c.make()) }}
	}
	return out
}

// mutants are all changes of a module, in order.
func mutants(m *ast.Module) []mutant {
	var all []mutant
	add := func(rule string, changes []change[*ast.Module]) {
		for _, c := range changes {
			all = append(all, mutant{c.kind, rule, c.text, c.loc.Row, c.make})
		}
	}
	with := func(edit func(*ast.Module)) *ast.Module {
		cp := *m
		cp.Rules = slices.Clone(m.Rules)
		edit(&cp)
		for i, r := range cp.Rules {
			cp.Rules[i] = adopted(r, &cp)
		}
		return &cp
	}
	add("", within(refChanges(m.Package.Path, m.Package.Location, "package"), func(ref ast.Ref) *ast.Module {
		return with(func(cp *ast.Module) { cp.Package = &ast.Package{Path: ref, Location: m.Package.Location} })
	}))
	for i, imported := range m.Imports {
		ref := imported.Path.Value.(ast.Ref)
		add("", within(refChanges(ref, imported.Location, "import"), func(ref ast.Ref) *ast.Module {
			return with(func(cp *ast.Module) {
				cp.Imports = slices.Clone(m.Imports)
				changed := *imported
				changed.Path = &ast.Term{Value: ref, Location: imported.Path.Location}
				if changed.Alias == "" {
					changed.Alias = imported.Name()
				}
				cp.Imports[i] = &changed
			})
		}))
	}
	var renamed []string
	for i, r := range m.Rules {
		name := r.Head.Ref().GroundPrefix().String()
		if first := ruleName(r); !slices.Contains(renamed, first) {
			renamed = append(renamed, first)
			add(name, []change[*ast.Module]{{"rule name", "rename " + first, r.Location, func() *ast.Module {
				return with(func(cp *ast.Module) {
					for i, r := range cp.Rules {
						if ruleName(r) == first {
							cp.Rules[i] = renamedRule(r)
						}
					}
				})
			}}})
		}
		dropped := change[*ast.Module]{"rule", fmt.Sprintf("drop %s", short(r)), r.Location, func() *ast.Module {
			return with(func(cp *ast.Module) { cp.Rules = slices.Delete(cp.Rules, i, i+1) })
		}}
		add(name, append([]change[*ast.Module]{dropped}, within(ruleChanges(r), func(r *ast.Rule) *ast.Module {
			return with(func(cp *ast.Module) { cp.Rules[i] = r })
		})...))
	}
	return all
}

func ruleName(r *ast.Rule) string { return string(r.Head.Ref()[0].Value.(ast.Var)) }

func adopted(r *ast.Rule, m *ast.Module) *ast.Rule {
	cp := *r
	cp.Module = m
	if r.Else != nil {
		cp.Else = adopted(r.Else, m)
	}
	return &cp
}

func renamedRule(r *ast.Rule) *ast.Rule {
	cp := *r
	cp.Head = r.Head.Copy()
	ref := cp.Head.Ref()
	ref[0] = ast.VarTerm(ruleName(r) + "_renamed")
	cp.Head.SetRef(ref)
	cp.Head.Name = ref[0].Value.(ast.Var)
	if r.Else != nil {
		cp.Else = renamedRule(r.Else)
	}
	return &cp
}

func ruleChanges(r *ast.Rule) []change[*ast.Rule] {
	with := func(edit func(*ast.Rule)) *ast.Rule {
		cp := *r
		edit(&cp)
		return &cp
	}
	withHead := func(edit func(*ast.Head)) *ast.Rule {
		return with(func(cp *ast.Rule) {
			head := *r.Head
			edit(&head)
			cp.Head = &head
		})
	}
	var out []change[*ast.Rule]
	for i, arg := range r.Head.Args {
		out = append(out, within(termChanges(arg), func(t *ast.Term) *ast.Rule {
			return withHead(func(h *ast.Head) { h.Args = slices.Clone(h.Args); h.Args[i] = t })
		})...)
	}
	for i, step := range r.Head.Ref() {
		if i == 0 {
			continue
		}
		out = append(out, within(termChanges(step), func(t *ast.Term) *ast.Rule {
			return withHead(func(h *ast.Head) {
				if h.Key == step {
					h.Key = t
				}
				ref := slices.Clone(h.Ref())
				ref[i] = t
				h.Reference = ref
			})
		})...)
	}
	if r.Head.Key != nil && !slices.Contains(r.Head.Ref(), r.Head.Key) {
		out = append(out, within(termChanges(r.Head.Key), func(t *ast.Term) *ast.Rule {
			return withHead(func(h *ast.Head) { h.Key = t })
		})...)
	}
	if v := r.Head.Value; v != nil && (r.Default || !v.Equal(ast.InternedTerm(true))) {
		out = append(out, within(termChanges(v), func(t *ast.Term) *ast.Rule {
			return withHead(func(h *ast.Head) { h.Value = t })
		})...)
	}
	if !r.Default {
		out = append(out, within(bodyChanges(r.Body), func(b ast.Body) *ast.Rule {
			return with(func(cp *ast.Rule) { cp.Body = b })
		})...)
	}
	if r.Else != nil {
		out = append(out, change[*ast.Rule]{"rule", "drop else", r.Else.Location, func() *ast.Rule {
			return with(func(cp *ast.Rule) { cp.Else = r.Else.Else })
		}})
		out = append(out, within(ruleChanges(r.Else), func(e *ast.Rule) *ast.Rule {
			return with(func(cp *ast.Rule) { cp.Else = e })
		})...)
	}
	return out
}

var always = ast.NewExpr(ast.BooleanTerm(true))

// bodyChanges drop each expression, negate it, and change what is in it.
func bodyChanges(b ast.Body) []change[ast.Body] {
	if len(b) == 1 && b[0].Equal(always) {
		return nil
	}
	var out []change[ast.Body]
	for i, e := range b {
		out = append(out, change[ast.Body]{"condition", "drop " + short(e), e.Location, func() ast.Body {
			if len(b) == 1 {
				return ast.NewBody(always.Copy())
			}
			return numbered(slices.Delete(slices.Clone(b), i, i+1))
		}})
		out = append(out, within(exprChanges(e), func(e *ast.Expr) ast.Body {
			cp := slices.Clone(b)
			cp[i] = e
			return numbered(cp)
		})...)
	}
	return out
}

func numbered(b ast.Body) ast.Body {
	for i, e := range b {
		cp := *e
		cp.Index = i
		b[i] = &cp
	}
	return b
}

func short(v fmt.Stringer) string {
	text := strings.Join(strings.Fields(v.String()), " ")
	if r := []rune(text); len(r) > 100 {
		text = string(r[:100]) + "…"
	}
	return text
}

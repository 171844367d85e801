package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// rule finds the rules that a reference leads to, and what of the reference is
// left behind them.
func (l *linter) rule(ref ast.Ref, sc *scope) (*ruleGroup, ast.Ref) {
	head, ok := ref[0].Value.(ast.Var)
	if len(ref) == 0 || !ok || sc.find(head) != nil {
		return nil, nil
	}
	if imp := importOf(sc.clause.m, head); imp != nil {
		path := imp.Path.Value.(ast.Ref)
		ref = slices.Concat(path, ref[1:])
	} else if g := l.groups[packageKey(sc.clause.m.path)][string(head)]; g != nil {
		return g, ref[1:]
	}
	if !ref.HasPrefix(ast.DefaultRootRef) {
		return nil, nil
	}
	var path []string
	for i, t := range ref[1:] {
		name, ok := t.Value.(ast.String)
		if !ok {
			return nil, nil
		}
		if g := l.groups[packageKey(path)][string(name)]; g != nil {
			return g, ref[i+2:]
		}
		path = append(path, string(name))
	}
	return nil, nil
}

// inferRef follows a reference from its head.
func (l *linter) inferRef(t *ast.Term, ref ast.Ref, sc *scope) value {
	steps := ref[1:]
	var at value
	switch head := ref[0].Value.(type) {
	case ast.Var:
		switch g, rest := l.rule(ref, sc); {
		case sc.find(head) != nil:
			at = l.infer(ref[0], sc)
		case g != nil:
			at, steps = l.result(g), rest
			if at.gap != nil {
				at.gap = &gap{t, at.gap.why}
			}
		default:
			return l.inferRoot(t, ref, sc)
		}
	default:
		at = l.infer(ref[0], sc)
	}
	return l.follow(t, at, steps, sc)
}

// inferRoot follows a reference that starts at the input or at the data.
func (l *linter) inferRoot(t *ast.Term, ref ast.Ref, sc *scope) value {
	steps := ref
	if imp := importOf(sc.clause.m, ref[0].Value.(ast.Var)); imp != nil {
		steps = slices.Concat(imp.Path.Value.(ast.Ref), ref[1:])
	}
	switch steps[0].Value {
	case ast.InputRootDocument.Value:
		// The parts of the import have their own places.
		for i, s := range steps {
			if s.Location == nil || s.Location.Row != t.Location.Row {
				steps[i] = ast.NewTerm(s.Value).SetLocation(t.Location)
			}
		}
		return l.follow(t, value{shape: l.input}, steps[1:], sc)
	case ast.DefaultRootDocument.Value:
		return l.inferData(t, steps[1:], sc)
	}
	return value{}
}

// inferData follows a reference into data. What is missing where the path is
// known is a load error already.
func (l *linter) inferData(t *ast.Term, steps ast.Ref, sc *scope) value {
	l.checkDataRef(t, steps, sc)
	var v any = l.src.data
	for i, s := range steps {
		obj, isObj := v.(map[string]any)
		name, named := s.Value.(ast.String)
		if !isObj || !named {
			if i == 0 {
				return l.follow(t, value{}, steps, sc)
			}
			return l.follow(t, value{shape: dataShape(v)}, steps[i:], sc)
		}
		next, ok := obj[string(name)]
		if !ok {
			return value{}
		}
		v = next
	}
	return value{shape: dataShape(v)}
}

// follow goes down from a value, and reports a step that cannot be.
func (l *linter) follow(t *ast.Term, at value, steps ast.Ref, sc *scope) value {
	offset := 0
	if ref, ok := t.Value.(ast.Ref); ok {
		offset = len(ref) - len(steps)
	}
	for i, s := range steps {
		var coll *ast.Term
		if offset+i > 0 {
			if ref, ok := t.Value.(ast.Ref); ok && offset+i <= len(ref) {
				coll = prefixTerm(t, offset+i)
			}
		}
		next := l.step(t, coll, at.shape, s, sc)
		next.many = next.many || at.many
		if at.gap != nil {
			next.gap = at.gap
		}
		if next.gap != nil {
			next.gap = &gap{t, next.gap.why}
		}
		at = next
	}
	return at
}

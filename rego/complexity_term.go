package rego

import "github.com/open-policy-agent/opa/v1/ast"

// of is the type of a term.
func (l *local) of(t *ast.Term) *extent {
	switch v := t.Value.(type) {
	case ast.Null:
		return extentNull
	case ast.Boolean:
		return extentBool
	case ast.Number:
		return extentNumber
	case ast.String:
		return extentString
	case ast.Var:
		if e := l.variable(v); e != nil {
			return e
		}
		return l.ref(ast.Ref{t})
	case ast.Ref:
		return l.ref(v)
	case *ast.Array:
		items := make([]*extent, v.Len())
		for i := range items {
			items[i] = l.of(v.Elem(i))
		}
		return arrayExtent(items)
	case ast.Set:
		var all []*extent
		v.Foreach(func(t *ast.Term) { all = append(all, l.of(t)) })
		e := setExtent(oneOfExtents(all))
		l.s.g.work[l.m] += unionSteps(len(e.any.one))
		return e
	case ast.Object:
		return l.object(v)
	case ast.Call:
		return l.call(v)
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
		return l.comprehension(t)
	case *ast.TemplateString:
		for _, p := range v.Parts {
			if e, ok := p.(*ast.Expr); ok {
				l.inner().body(ast.Body{e})
			}
		}
		return extentString
	default:
		return extentAny
	}
}

func (l *local) object(o ast.Object) *extent {
	e := extent{fields: map[string]*extent{}}
	var other []*extent
	o.Foreach(func(k, v *ast.Term) {
		if name, ok := k.Value.(ast.String); ok {
			e.fields[string(name)] = l.of(v)
			return
		}
		other = append(other, l.of(k), l.of(v))
	})
	if other != nil {
		e.any = oneOfExtents(other)
	}
	return composed("object", e)
}

// comprehension is the type of one, whose body is gone through once.
func (l *local) comprehension(t *ast.Term) *extent {
	if e := l.s.closures[t]; e != nil {
		return e
	}
	l.s.closures[t] = extentAny
	in := l.inner()
	var e *extent
	switch v := t.Value.(type) {
	case *ast.ArrayComprehension:
		in.body(v.Body)
		e = listExtent(in.of(v.Term))
	case *ast.SetComprehension:
		in.body(v.Body)
		e = setExtent(in.of(v.Term))
	case *ast.ObjectComprehension:
		in.body(v.Body)
		e = composed("object", extent{any: arrayExtent([]*extent{in.of(v.Key), in.of(v.Value)})})
	default:
		e = extentAny
	}
	l.s.closures[t] = e
	return e
}

// call is the type of the result of a function: a rule's, or any of a builtin.
func (l *local) call(call ast.Call) *extent {
	for _, t := range call[1:] {
		l.s.check(l.m, t.Location, l.of(t), "an argument")
	}
	op, ok := call[0].Value.(ast.Ref)
	if !ok {
		return extentAny
	}
	if n := l.s.g.node(l.m, op); n != nil && n.group != nil {
		return l.s.group(n.group)
	}
	return extentAny
}

func (l *local) ref(ref ast.Ref) *extent {
	e, rest := l.head(ref)
	for _, part := range rest {
		switch part.Value.(type) {
		case ast.String, ast.Number:
			e = e.pick(part.Value)
		default:
			e = e.member()
		}
	}
	return e
}

// head is the type of what a reference begins with, and the rest of it.
func (l *local) head(ref ast.Ref) (*extent, ast.Ref) {
	name, ok := ref[0].Value.(ast.Var)
	if !ok {
		return l.of(ref[0]), ref[1:]
	}
	if name == ast.InputRootDocument.Value.(ast.Var) {
		return l.s.input, ref[1:]
	}
	if name != ast.DefaultRootDocument.Value.(ast.Var) {
		if e := l.variable(name); e != nil {
			return e, ref[1:]
		}
		if path := l.s.g.imports[l.m][name]; path != nil && path[0].Value.Compare(ast.InputRootDocument.Value) == 0 {
			e := l.s.input
			for _, part := range path[1:] {
				e = e.pick(part.Value)
			}
			return e, ref[1:]
		}
	}
	if n, rest := l.s.g.find(l.m, ref); n != nil {
		return l.s.node(n, 0), rest
	}
	return extentAny, nil
}

// node is the type of all that stands at and below a place.
func (s *sizer) node(n *groupNode, deep int) *extent {
	if n.group != nil {
		return s.group(n.group)
	}
	e := extent{fields: map[string]*extent{}}
	if deep < maxParts {
		for name, below := range n.below {
			e.fields[name] = s.node(below, deep+1)
		}
	}
	return composed("object", e)
}

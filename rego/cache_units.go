package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// compiled is a set of modules that was compiled together. Loads share it, and
// nothing changes it; what depends on data is looked into by every load.
type compiled struct {
	// modules are what was compiled, in order: the parsed modules themselves, of
	// which equal files have the same.
	modules []*ast.Module
	schema  *inputSchema
	comp    *ast.Compiler
	refs    []moduleRefs
	// unit is the policy, where it is one; query that of a mask.
	unit  *unit
	query *query
}

// moduleRefs are what a compiled module refers to below `data`.
type moduleRefs struct {
	file string
	refs []dataRef
}

// together compiles modules under a name, unless a load before did, and holds
// them against the data as it is now. complete adds what is made of them once.
func (c *unitCompiler) together(name string, modules []*module, complete func(*compiled) error) (_ *compiled, err error) {
	defer recoverPanic(&err)
	parsed := make([]*ast.Module, len(modules))
	for i, m := range modules {
		parsed[i] = m.ast
	}
	u, found := before(c.src.loading, func(k *kept) (*compiled, bool) {
		u := k.units[name]
		return u, u != nil && u.schema == c.schema && slices.Equal(u.modules, parsed)
	})
	if found {
		// The compiler looks for these when it compiles.
		if conflicts := ast.CheckPathConflicts(u.comp, c.hasData); len(conflicts) > 0 {
			return nil, c.compileFaults(conflicts)
		}
	} else {
		defer c.src.loading.compiling(name)()
		comp, err := c.compiler(modules)
		if err != nil {
			return nil, err
		}
		u = &compiled{modules: parsed, schema: c.schema, comp: comp, refs: compiledRefs(comp)}
	}
	if err := c.checkData(u.refs); err != nil {
		return nil, err
	}
	if !found {
		if err := complete(u); err != nil {
			return nil, err
		}
	}
	c.src.loading.leave(func(k *kept) { k.units[name] = u })
	return u, nil
}

// hasData says whether there is data at a path.
func (c *unitCompiler) hasData(path []string) (bool, error) {
	_, found := lookup(c.src.data, path)
	return found, nil
}

func compiledRefs(comp *ast.Compiler) []moduleRefs {
	var refs []moduleRefs
	for name, m := range comp.Modules {
		refs = append(refs, moduleRefs{file: name, refs: dataRefs(m)})
	}
	return refs
}

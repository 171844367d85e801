package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"golang.org/x/sync/errgroup"
)

// unit is one policy, compiled with the modules that it refers to and no
// others. What one policy does wrong therefore touches no other.
type unit struct {
	name     string
	what     string // for messages
	defines  []string
	query    *query
	key      *ast.Term // the name
	metadata *ast.Term
	// cost is the size of the metadata, which each violation repeats.
	cost int
	info PolicyInfo
	// printing is the query that prints, nil where the policy prints nothing.
	printing *query
	// reached are the rules that deny and warn refer to, where the source has
	// some that are suspect.
	reached map[string]bool
}

// compile fills the policy with the units of the source. All modules are
// compiled, also those that no policy refers to, so that an error anywhere is
// found here. What depends on a file with an error is left out.
func (c *unitCompiler) compile(ctx context.Context, p *Policy) []error {
	p.data = policyData{c.store}
	names := slices.Sorted(maps.Keys(c.src.policies))
	p.units = make([]*unit, len(names))
	errs := make([]error, len(names)+1)
	used := map[*module]bool{}
	for _, m := range c.closure(c.src.masks) {
		used[m] = true
	}

	var group errgroup.Group
	group.SetLimit(c.src.loading.workers())
	for i, name := range names {
		pol := c.src.policies[name]
		modules := c.closure(pol.modules)
		for _, m := range modules {
			used[m] = true
		}
		if c.leftOut(modules) {
			continue
		}
		group.Go(func() error {
			if ctx.Err() == nil {
				p.units[i], errs[i] = c.unit(ctx, pol, withNeeded(modules))
			}
			return nil
		})
	}
	unused := slices.DeleteFunc(slices.Clone(c.src.modules), func(m *module) bool { return used[m] })
	if closure := c.closure(unused); len(unused) > 0 && !c.leftOut(closure) {
		group.Go(func() error {
			if ctx.Err() == nil {
				_, errs[len(names)] = c.together(whatUnused, withNeeded(closure), func(*compiled) error { return nil })
			}
			return nil
		})
	}
	// Errors are in errs, so that all of them are reported.
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return []error{err}
	}
	p.names = ast.SetTerm()
	for _, name := range names {
		p.names.Value.(ast.Set).Add(ast.StringTerm(name))
	}
	return append(errs, c.nearMisses(p.units)...)
}

// leftOut says whether a set of modules cannot be compiled as it should be,
// because of an error that is reported already.
func (c *unitCompiler) leftOut(modules []*module) bool {
	for _, m := range modules {
		if c.faulty[m.name] || slices.Contains(c.src.broken, "") {
			return true
		}
		for _, pkg := range c.src.broken {
			refers := slices.ContainsFunc(m.refs, func(r dataRef) bool {
				at := packageKey(r.path)
				return strings.HasPrefix(at, pkg) || strings.HasPrefix(pkg, at)
			})
			if refers || pkg == packageKey(m.path) {
				return true
			}
		}
	}
	return false
}

// unitCompiler is what the units of one source share. It does not change once
// it is made.
type unitCompiler struct {
	src   *source
	store storage.Store
	// packages are the package paths, each with a slash after every segment,
	// sorted; byPackage has their modules.
	packages  []string
	byPackage map[string][]*module
	// faulty are the files that something is wrong with.
	faulty map[string]bool
	// strict compiles as `opa check --strict` does.
	strict bool
	// prints takes what policies print.
	prints printLog
	// printed compiles the calls of print, which are left out else.
	printed bool
	// suspects says that there are rules whose names are near to deny and warn.
	suspects bool
	// schema is that of the input.
	schema *inputSchema
}

func newUnitCompiler(src *source, schema []byte) (*unitCompiler, error) {
	c := &unitCompiler{
		src:       src,
		store:     src.loading.dataStore(src),
		byPackage: map[string][]*module{},
		suspects:  src.hasNearMiss(),
	}
	var err error
	if c.schema, err = src.loading.schema(schema); err != nil {
		return nil, err
	}
	library, err := libPackages("mcp", "lib")
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Concat(src.modules, library) {
		key := packageKey(m.path)
		c.byPackage[key] = append(c.byPackage[key], m)
	}
	c.packages = slices.Sorted(maps.Keys(c.byPackage))
	return c, nil
}

func packageKey(path []string) string { return strings.Join(path, "/") + "/" }

// closure returns modules and all that they refer to, directly or not.
func (c *unitCompiler) closure(modules []*module) []*module {
	var all []*module
	seen := map[string]bool{}
	add := func(pkg string) {
		if !seen[pkg] {
			seen[pkg] = true
			all = append(all, c.byPackage[pkg]...)
		}
	}
	for _, m := range modules {
		add(packageKey(m.path))
	}
	for i := 0; i < len(all); i++ {
		for _, ref := range all[i].refs {
			// The packages at or above the path, then those below it.
			for n := range ref.path {
				if pkg := packageKey(ref.path[:n+1]); c.byPackage[pkg] != nil {
					add(pkg)
				}
			}
			below := packageKey(ref.path)
			if len(ref.path) == 0 {
				below = ""
			}
			from, _ := slices.BinarySearch(c.packages, below)
			for ; from < len(c.packages) && strings.HasPrefix(c.packages[from], below); from++ {
				add(c.packages[from])
			}
		}
	}
	return all
}

// modules compiles modules together and holds them against the data.
func (c *unitCompiler) modules(modules []*module) (*ast.Compiler, error) {
	comp, err := c.compiler(modules)
	if err != nil {
		return nil, err
	}
	return comp, c.checkData(compiledRefs(comp))
}

// compiler compiles modules together. The compiler outlives the load, and holds
// on to nothing of it.
func (c *unitCompiler) compiler(modules []*module) (_ *ast.Compiler, err error) {
	defer recoverPanic(&err)
	asts := make(map[string]*ast.Module, len(modules))
	for _, m := range modules {
		asts[m.name] = m.ast
	}
	comp := ast.NewCompiler().
		WithCapabilities(c.src.builtins.caps()).
		WithDefaultRegoVersion(ast.RegoV1).
		WithStrict(c.strict).
		WithEnablePrintStatements(c.printed).
		WithPathConflictsCheck(c.hasData)
	if c.schema != nil && c.schema.set != nil {
		comp = comp.WithSchemas(c.schema.set)
	}
	if comp.Compile(asts); comp.Failed() {
		return nil, c.compileFaults(comp.Errors)
	}
	return comp.WithPathConflictsCheck(nil), nil
}

// unit compiles one policy and prepares its query: `deny` and `warn`, as far as
// the policy defines them.
func (c *unitCompiler) unit(ctx context.Context, pol *policy, modules []*module) (*unit, error) {
	u, err := c.together(whatPolicy+pol.name, modules, func(u *compiled) error {
		var body ast.Body
		for _, name := range pol.defines {
			ref := pol.modules[0].ast.Package.Path.Append(ast.StringTerm(name))
			body.Append(ast.Equality.Expr(ast.VarTerm(name), ast.NewTerm(ref)))
		}
		query, err := newQuery(u.comp, body)
		if err != nil {
			return fmt.Errorf("policy %s: %w", pol.name, err)
		}
		u.unit = &unit{
			name:     pol.name,
			what:     whatPolicy + pol.name,
			defines:  pol.defines,
			query:    query,
			key:      ast.StringTerm(pol.name),
			metadata: pol.metadata.term(),
			info:     pol.info(),
		}
		u.unit.cost = size(u.unit.metadata.Value, maxAnswers)
		u.unit.printing = c.printing(ctx, u.unit.what, modules, body)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !c.suspects {
		return u.unit, nil
	}
	withReached := *u.unit
	withReached.reached = reachedFrom(u.comp, pol)
	return &withReached, nil
}

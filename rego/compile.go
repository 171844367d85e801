package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
	"golang.org/x/sync/errgroup"
)

// unit is one policy, compiled with the modules that it refers to and no
// others. What one policy does wrong therefore touches no other.
type unit struct {
	name     string
	defines  []string
	query    rego.PreparedEvalQuery
	key      *ast.Term // the name
	metadata *ast.Term
	info     PolicyInfo
	// reached are the rules that deny and warn refer to, where the source has
	// some that are suspect.
	reached map[string]bool
}

// compile fills the policy with the units of the source. All modules are
// compiled, also those that no policy refers to, so that an error anywhere is
// found here. What depends on a file with an error is left out.
func (c *unitCompiler) compile(ctx context.Context, p *Policy) []error {
	p.store = c.store
	names := slices.Sorted(maps.Keys(c.src.policies))
	p.units = make([]*unit, len(names))
	errs := make([]error, len(names)+1)
	used := map[*module]bool{}
	for _, m := range c.closure(c.src.masks) {
		used[m] = true
	}

	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
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
				p.units[i], errs[i] = c.unit(ctx, pol, modules)
			}
			return nil
		})
	}
	unused := slices.DeleteFunc(slices.Clone(c.src.modules), func(m *module) bool { return used[m] })
	if closure := c.closure(unused); len(unused) > 0 && !c.leftOut(closure) {
		group.Go(func() error {
			if ctx.Err() == nil {
				_, errs[len(names)] = c.modules(closure)
			}
			return nil
		})
	}
	// Errors are in errs, so that all of them are reported.
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return []error{err}
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
	src     *source
	store   storage.Store
	schemas *ast.SchemaSet
	// packages are the package paths, each with a slash after every segment,
	// sorted; byPackage has their modules.
	packages  []string
	byPackage map[string][]*module
	// faulty are the files that something is wrong with.
	faulty map[string]bool
	// strict compiles as `opa check --strict` does.
	strict bool
	// suspects says that there are rules whose names are near to deny and warn.
	suspects bool
	// schema is that of the input, or nil.
	schema any
}

func newUnitCompiler(src *source, schema []byte) (*unitCompiler, error) {
	c := &unitCompiler{
		src: src,
		// The data is ours alone and never written again.
		store: inmem.NewFromObjectWithOpts(src.data,
			inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true)),
		byPackage: map[string][]*module{},
		suspects:  src.hasNearMiss(),
	}
	if schema != nil {
		if err := util.UnmarshalJSON(schema, &c.schema); err != nil {
			return nil, fmt.Errorf("input schema: %w", err)
		}
		c.schemas = ast.NewSchemaSet()
		c.schemas.Put(ast.SchemaRootRef, c.schema)
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

// modules compiles modules together.
func (c *unitCompiler) modules(modules []*module) (_ *ast.Compiler, err error) {
	defer recoverPanic(&err)
	asts := make(map[string]*ast.Module, len(modules))
	for _, m := range modules {
		asts[m.name] = m.ast
	}
	comp := ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithDefaultRegoVersion(ast.RegoV1).
		WithStrict(c.strict).
		WithPathConflictsCheck(func(path []string) (bool, error) {
			_, found := lookup(c.src.data, path)
			return found, nil
		})
	if c.schemas != nil {
		comp = comp.WithSchemas(c.schemas)
	}
	if comp.Compile(asts); comp.Failed() {
		return nil, c.compileFaults(comp.Errors)
	}
	return comp, c.checkData(comp)
}

// unit compiles one policy and prepares its query: `deny` and `warn`, as far as
// the policy defines them.
func (c *unitCompiler) unit(ctx context.Context, pol *policy, modules []*module) (*unit, error) {
	comp, err := c.modules(modules)
	if err != nil {
		return nil, err
	}
	var body ast.Body
	for _, name := range pol.defines {
		ref := pol.modules[0].ast.Package.Path.Append(ast.StringTerm(name))
		body.Append(ast.Equality.Expr(ast.VarTerm(name), ast.NewTerm(ref)))
	}
	query, err := prepare(ctx, comp, c.store, body)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", pol.name, err)
	}
	var reached map[string]bool
	if c.suspects {
		reached = reachedFrom(comp, pol)
	}
	return &unit{
		reached:  reached,
		name:     pol.name,
		defines:  pol.defines,
		query:    query,
		key:      ast.StringTerm(pol.name),
		metadata: pol.metadata.term(),
		info:     pol.info(),
	}, nil
}

func prepare(ctx context.Context, comp *ast.Compiler, store storage.Store, body ast.Body) (rego.PreparedEvalQuery, error) {
	return rego.New(
		rego.Compiler(comp),
		rego.Store(store),
		rego.ParsedQuery(body),
		rego.Capabilities(capabilities()),
		rego.SetRegoVersion(ast.RegoV1),
		rego.StrictBuiltinErrors(true),
		// Values stay as OPA has them: the answers of the policies go on to
		// decide as they are.
		rego.GenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value, nil }),
	).PrepareForEval(ctx)
}

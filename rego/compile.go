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
}

// compile fills the policy with the units of src. All modules are compiled,
// also those that no policy refers to, so that an error anywhere is found here.
func (p *Policy) compile(ctx context.Context, src *source, schema []byte) error {
	c, err := newUnitCompiler(src, schema)
	if err != nil {
		return err
	}
	p.store = c.store
	names := slices.Sorted(maps.Keys(src.policies))
	p.units = make([]*unit, len(names))
	errs := make([]error, len(names)+1)
	used := map[*module]bool{}

	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		pol := src.policies[name]
		modules := c.closure(pol.modules)
		for _, m := range modules {
			used[m] = true
		}
		group.Go(func() error {
			if ctx.Err() == nil {
				p.units[i], errs[i] = c.unit(ctx, pol, modules)
			}
			return nil
		})
	}
	unused := slices.DeleteFunc(slices.Clone(src.modules), func(m *module) bool { return used[m] })
	group.Go(func() error {
		if ctx.Err() == nil && len(unused) > 0 {
			_, errs[len(names)] = c.modules(c.closure(unused))
		}
		return nil
	})
	// Errors are in errs, so that all of them are reported.
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return err
	}
	return join(errs)
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
}

func newUnitCompiler(src *source, schema []byte) (*unitCompiler, error) {
	c := &unitCompiler{
		src: src,
		// The data is ours alone and never written again.
		store: inmem.NewFromObjectWithOpts(src.data,
			inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true)),
		byPackage: map[string][]*module{},
	}
	if schema != nil {
		var raw any
		if err := util.UnmarshalJSON(schema, &raw); err != nil {
			return nil, fmt.Errorf("input schema: %w", err)
		}
		c.schemas = ast.NewSchemaSet()
		c.schemas.Put(ast.SchemaRootRef, raw)
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
		WithPathConflictsCheck(func(path []string) (bool, error) {
			_, found := lookup(c.src.data, path)
			return found, nil
		})
	if c.schemas != nil {
		comp = comp.WithSchemas(c.schemas)
	}
	if comp.Compile(asts); comp.Failed() {
		return nil, astError(comp.Errors)
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
	return &unit{
		name:     pol.name,
		defines:  pol.defines,
		query:    query,
		key:      ast.StringTerm(pol.name),
		metadata: pol.metadata.term(),
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

// checkData finds references to data that is not there: a misspelt name, or
// params that the settings lack. Such a reference is undefined, and the rule
// with it.
func (c *unitCompiler) checkData(comp *ast.Compiler) error {
	params := []string{"mcp", "settings", "params"}
	var errs []error
	for name, compiled := range comp.Modules {
		m := c.src.byFile[name]
		if m == nil {
			continue
		}
		for _, ref := range dataRefs(compiled) {
			if _, found := lookup(c.src.data, ref.path); found || c.isRule(ref.path) {
				continue
			}
			if len(ref.path) > len(params) && hasPrefix(ref.path, params) {
				errs = append(errs, fmt.Errorf("%s: the settings have no %s, which the policy reads: write it into data.yaml",
					m.at(ref.loc), refText(ref.path)))
				continue
			}
			errs = append(errs, fmt.Errorf("%s: %s is neither data nor a package of this source: "+
				"correct the name, or read what may be absent with object.get", m.at(ref.loc), refText(ref.path)))
		}
	}
	return join(errs)
}

// isRule says whether path leads into a package, or stands above one.
func (c *unitCompiler) isRule(path []string) bool {
	at := packageKey(path)
	if len(path) == 0 {
		return true
	}
	for n := range path {
		if c.byPackage[packageKey(path[:n+1])] != nil {
			return true
		}
	}
	from, _ := slices.BinarySearch(c.packages, at)
	return from < len(c.packages) && strings.HasPrefix(c.packages[from], at)
}

func refText(path []string) string {
	ref := ast.Ref{ast.DefaultRootDocument}
	for _, key := range path {
		ref = append(ref, ast.StringTerm(key))
	}
	return ref.String()
}

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

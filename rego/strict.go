package rego

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// strictly compiles everything as `opa check --strict` does, the tests too, and
// returns what is wrong. What [Load] refuses may be among it. The gate itself is
// not strict: an import that nobody uses is no reason to deny every server.
func (c *unitCompiler) strictly(ctx context.Context, snap *snapshot) error {
	strict := *c
	strict.strict = true
	src := *c.src
	src.byFile = maps.Clone(c.src.byFile)
	strict.src = &src

	tests, errs := testModules(snap)
	for _, m := range tests {
		src.byFile[m.name] = m
	}
	strict.byPackage = maps.Clone(c.byPackage)
	for _, m := range tests {
		key := packageKey(m.path)
		strict.byPackage[key] = append(slices.Clone(strict.byPackage[key]), m)
	}
	strict.packages = slices.Sorted(maps.Keys(strict.byPackage))

	if found := strict.checkComplexity(); found != nil {
		return join(append(errs, found...))
	}
	done := map[string]bool{}
	for _, m := range slices.Concat(c.src.modules, tests) {
		key := packageKey(m.path)
		if done[key] {
			continue
		}
		done[key] = true
		closure := strict.closure([]*module{m})
		if strict.leftOut(closure) || ctx.Err() != nil {
			continue
		}
		if _, err := strict.modules(closure); err != nil {
			errs = append(errs, strictFaults(err)...)
		}
	}
	return join(errs)
}

// strictFaults names what only a strict compiler refuses.
func strictFaults(err error) []error {
	list, ok := errors.AsType[errorList](err)
	if !ok {
		return []error{err}
	}
	for _, err := range list {
		if f, ok := err.(*Finding); ok && f.Rule == "compile" {
			f.Rule = "strict"
		}
	}
	return list
}

// testModules parses the tests of a snapshot, those of its test packages too.
func testModules(snap *snapshot) ([]*module, []error) {
	var modules []*module
	var errs []error
	for _, b := range snap.bundles {
		for _, f := range slices.Concat(b.files, b.tests) {
			if f.kind != kindTest && f.kind != kindModule {
				continue
			}
			if path := clauseOf(f.content); f.kind == kindModule && (path == nil || !isTestPath(path)) {
				continue
			}
			m, err := parseModule(f.name, f.content)
			if err == nil {
				err = checkTestModule(m)
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			modules = append(modules, m)
		}
	}
	return modules, errs
}

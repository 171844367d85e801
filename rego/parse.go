package rego

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// source is the parsed content of a snapshot.
type source struct {
	modules  []*module // sorted by name, without tests
	policies map[string]*policy
	docs     []document
	data     map[string]any
	byFile   map[string]*module
}

// policy is one package below mcp.policy.
type policy struct {
	name     string
	modules  []*module
	defines  []string // deny, warn, or both
	metadata metadata
}

// module is one Rego file.
type module struct {
	name string
	ast  *ast.Module
	// path is the package without `data`.
	path []string
	// refs are what the module refers to below `data`, each as far as it is
	// constant.
	refs []dataRef
}

type dataRef struct {
	path []string
	loc  *ast.Location
}

// at names a place in the module.
func (m *module) at(loc *ast.Location) string {
	if loc == nil {
		return m.name
	}
	return fmt.Sprintf("%s:%d", m.name, loc.Row)
}

// policyName returns the name of the policy that a package is, if it is one.
func policyName(pkg []string) (string, bool) {
	if len(pkg) < 3 || pkg[0] != "mcp" || pkg[1] != "policy" {
		return "", false
	}
	return strings.Join(pkg[2:], "."), true
}

// parse reads the modules, data and manifests of a snapshot, and settles which
// bundle owns what. All errors of all files are reported together.
func parse(snap *snapshot) (*source, error) {
	src := &source{policies: map[string]*policy{}, byFile: map[string]*module{}}
	var errs []error
	for _, b := range snap.bundles {
		errs = append(errs, src.addBundle(b)...)
	}
	if len(errs) == 0 {
		errs = checkOverlaps(snap.bundles)
	}
	if len(errs) == 0 {
		data, err := mergeDocuments(src.docs)
		if err != nil {
			errs = append(errs, err)
		}
		src.data = data
	}
	slices.SortFunc(src.modules, func(a, b *module) int { return strings.Compare(a.name, b.name) })
	return src, join(errs)
}

func (src *source) addBundle(b *bundle) []error {
	var errs []error
	var modules []*module
	var docs []document
	for _, f := range b.files {
		var err error
		switch f.kind {
		case kindModule:
			var m *module
			if m, err = parseModule(f.name, f.content); err == nil && !isTest(m) {
				modules = append(modules, m)
			} else if err == nil {
				err = checkTest(m)
			}
		case kindData:
			var d document
			if d, err = readDocument(f); err == nil {
				docs = append(docs, d)
			}
		case kindManifest:
			b.manifest, err = readManifest(f)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	data, err := mergeDocuments(docs)
	if err != nil {
		return []error{err}
	}
	if b.manifest != nil && b.manifest.roots != nil {
		b.roots = b.manifest.roots
		errs = checkInside(b, modules, docs)
	} else {
		b.roots = derivedRoots(modules, data)
	}
	src.docs = append(src.docs, docs...)
	for _, m := range modules {
		src.modules = append(src.modules, m)
		src.byFile[m.name] = m
		if name, ok := policyName(m.path); ok {
			p := src.policies[name]
			if p == nil {
				p = &policy{name: name}
				src.policies[name] = p
			}
			p.modules = append(p.modules, m)
		}
	}
	return errs
}

// isTest says that a package holds tests, which never take part in a decision.
func isTest(m *module) bool { return strings.HasSuffix(m.path[len(m.path)-1], "_test") }

// parseModule parses one file as Rego v1.
func parseModule(name string, content []byte) (_ *module, err error) {
	defer recoverPanic(&err)
	opts := ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities()}
	parsed, err := ast.ParseModuleWithOpts(name, string(content), opts)
	if err != nil {
		opts.RegoVersion = ast.RegoV0
		if _, v0 := ast.ParseModuleWithOpts(name, string(content), opts); v0 == nil {
			return nil, fmt.Errorf("%w\n\tthis is Rego v0: rewrite it with `opa fmt --write --v0-v1 %s`", astError(err), path.Base(name))
		}
		return nil, astError(err)
	}
	if parsed == nil {
		return nil, fmt.Errorf("%s: the file holds no package", name)
	}
	m := &module{name: name, ast: parsed}
	for _, t := range parsed.Package.Path[1:] {
		s, ok := t.Value.(ast.String)
		if !ok {
			return nil, fmt.Errorf("%s: the package path is not made of names", m.at(parsed.Package.Location))
		}
		m.path = append(m.path, string(s))
	}
	for _, imp := range parsed.Imports {
		m.refs = append(m.refs, dataRefs(imp)...)
	}
	for _, rule := range parsed.Rules {
		m.refs = append(m.refs, dataRefs(rule)...)
	}
	return m, nil
}

// dataRefs lists what an import or rule refers to below `data`.
func dataRefs(node any) []dataRef {
	var refs []dataRef
	ast.WalkRefs(node, func(ref ast.Ref) bool {
		if !ref.HasPrefix(ast.DefaultRootRef) {
			return false
		}
		r := dataRef{loc: ref[0].Location, path: []string{}}
		for _, t := range ref[1:] {
			s, ok := t.Value.(ast.String)
			if !ok {
				break
			}
			r.path = append(r.path, string(s))
		}
		refs = append(refs, r)
		return false
	})
	return refs
}

// astError turns errors of OPA's parser and compiler into one error that lists
// each with its place.
func astError(err error) error {
	list, ok := errors.AsType[ast.Errors](err)
	if !ok {
		return err
	}
	errs := make([]error, len(list))
	for i, e := range list {
		errs[i] = e
	}
	return join(errs)
}

// recoverPanic makes an error of a panic in OPA: a file that someone saves must
// not end the process that watches it.
func recoverPanic(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("OPA panicked: %v", v)
	}
}

// maxErrors bounds how many errors one load reports.
const maxErrors = 20

// join reports the errors in order, each once.
func join(errs []error) error {
	var list []error
	seen := map[string]bool{}
	for _, err := range errs {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			list = append(list, err)
		}
	}
	slices.SortStableFunc(list, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if n := len(list) - maxErrors; n > 0 {
		list = append(list[:maxErrors], fmt.Errorf("and %d more errors", n))
	}
	return errors.Join(list...)
}

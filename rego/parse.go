package rego

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// source is the parsed content of a snapshot.
type source struct {
	modules  []*module // sorted by name, without tests and masks
	masks    []*module // of package system.log
	policies map[string]*policy
	docs     []document
	data     map[string]any
	byFile   map[string]*module
	// broken are the packages of files that could not be parsed, each with a
	// slash after every segment; "" stands for any.
	broken []string
	// dataBroken says that data is not all there is.
	dataBroken bool
	// builtins are what the modules may call.
	builtins *builtins
	// loading is the load that this is for; it may be nil.
	loading *loading
}

// policy is one package below mcp.policy.
type policy struct {
	name     string
	modules  []*module
	defines  []string // deny, warn, or both
	metadata metadata
}

// module is one Rego file. What is parsed of it is shared with other loads, and
// not changed.
type module struct {
	name    string
	content []byte
	ast     *ast.Module
	bundle  *bundle
	// faults are what is wrong with the module whatever stands beside it.
	faults []error
	// reported says that something is wrong with the metadata, and reported.
	reported bool
	// suspect says that a rule has a name near to deny or warn.
	suspect bool
	// path is the package without `data`.
	path []string
	// refs are what the module refers to below `data`, each as far as it is
	// constant.
	refs []dataRef
	// work is what the compiler does about the bodies, most of it, costliest, for
	// what stands at costly.
	work, costliest float64
	costly          *ast.Location
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
// bundle owns what. What could be read is in the source whatever the errors are.
func parse(snap *snapshot, builtins *builtins) (*source, []error) {
	src := &source{policies: map[string]*policy{}, byFile: map[string]*module{}, data: map[string]any{}, builtins: builtins, loading: snap.loading}
	if err := checkAllAmount(snap); err != nil {
		return src, []error{err}
	}
	var errs []error
	for _, b := range snap.bundles {
		errs = append(errs, src.addBundle(b)...)
	}
	errs = append(errs, src.checkOverlaps(snap.bundles)...)
	data, err := mergeDocuments(src.docs)
	switch {
	case err != nil:
		errs = append(errs, err)
		src.dataBroken = true
	case !src.dataBroken:
		src.data = data
	}
	slices.SortFunc(src.modules, func(a, b *module) int { return strings.Compare(a.name, b.name) })
	return src, errs
}

func (src *source) addBundle(b *bundle) []error {
	var errs []error
	var modules []*module
	var docs []document
	for _, f := range b.files {
		p := src.loading.parse(f, src.builtins)
		switch {
		case p.module != nil:
			m := *p.module
			m.bundle = b
			modules = append(modules, &m)
		case p.doc != nil:
			docs = append(docs, *p.doc)
		case p.manifest != nil:
			b.manifest = p.manifest
		case p.broken && f.kind == kindModule:
			src.broken = append(src.broken, packageOf(f.content))
		case p.broken && f.kind == kindData:
			src.dataBroken = true
		}
		b.partial = b.partial || p.broken
		if p.err != nil {
			errs = append(errs, p.err)
		}
	}
	for _, f := range b.tests {
		if p := src.loading.parse(f, src.builtins); p.err != nil {
			errs = append(errs, p.err)
		}
	}
	src.add(modules, docs)
	if b.manifest != nil && b.manifest.roots != nil {
		b.roots = b.manifest.roots
		return append(errs, checkInside(b, modules, docs)...)
	}
	data, err := mergeDocuments(docs)
	if err != nil { // parse finds it again, and reports it
		b.partial = true
		return errs
	}
	b.roots = derivedRoots(modules, data)
	return errs
}

func (src *source) add(modules []*module, docs []document) {
	src.docs = append(src.docs, docs...)
	for _, m := range modules {
		src.byFile[m.name] = m
		if isMask(m) {
			src.masks = append(src.masks, m)
			continue
		}
		src.modules = append(src.modules, m)
		if name, ok := policyName(m.path); ok {
			p := src.policies[name]
			if p == nil {
				p = &policy{name: name}
				src.policies[name] = p
			}
			p.modules = append(p.modules, m)
		}
	}
}

// isTest says that a package holds tests, which never take part in a decision.
func isTest(m *module) bool { return isTestPath(m.path) }

func isTestPath(path []string) bool { return strings.HasSuffix(path[len(path)-1], "_test") }

// parseModule parses one file as Rego v1.
func parseModule(name string, content []byte) (_ *module, err error) {
	defer recoverPanic(&err)
	if err := checkEncoding(name, content); err != nil {
		return nil, err
	}
	if err := checkAmount(name, content); err != nil {
		return nil, err
	}
	parsed, err := parseRego(name, content, ast.RegoV1)
	if err != nil {
		if _, v0 := parseRego(name, content, ast.RegoV0); v0 == nil {
			return nil, v0Fault(name, content, err)
		}
		return nil, parseFault(name, content, err)
	}
	m := &module{name: name, content: content, ast: parsed}
	for _, t := range parsed.Package.Path[1:] {
		s, ok := t.Value.(ast.String)
		if !ok {
			return nil, m.fault("package-name", parsed.Package.Location, "write package mcp.policy.NAME", "the package path is not made of names")
		}
		m.path = append(m.path, string(s))
	}
	if err := checkNesting(m); err != nil {
		return nil, err
	}
	for _, imp := range parsed.Imports {
		m.refs = append(m.refs, dataRefs(imp)...)
	}
	for _, rule := range parsed.Rules {
		m.refs = append(m.refs, dataRefs(rule)...)
	}
	return m, nil
}

// parseRego parses a file that holds a package.
func parseRego(name string, content []byte, version ast.RegoVersion) (*ast.Module, error) {
	parsed, err := ast.ParseModuleWithOpts(name, string(content), ast.ParserOptions{
		ProcessAnnotation: true, RegoVersion: version, Capabilities: defaultCapabilities(),
	})
	if err == nil && parsed == nil {
		err = ast.NewError(ast.ParseErr, ast.NewLocation(nil, name, 1, 1), "empty module")
	}
	return parsed, err
}

var packageClause = regexp.MustCompile(`(?m)^[\t ]*package[\t ]+([A-Za-z0-9_.]+)`)

// packageOf guesses the package of a file that does not parse, or is "".
func packageOf(content []byte) string {
	if m := packageClause.FindSubmatch(content); m != nil {
		return strings.ReplaceAll(string(m[1]), ".", "/") + "/"
	}
	return ""
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

// recoverPanic makes an error of a panic in OPA: a file that someone saves must
// not end the process that watches it.
func recoverPanic(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("OPA panicked: %v", v)
	}
}

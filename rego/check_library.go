package rego

import "strings"

// LibraryDir is the directory of a bundle with the policies that
// `mcp-runner policy init --profile` takes over from the library.
const LibraryDir = "library"

// checkLibrary refuses rules outside of the library for a policy in it: they
// could let through what it denies, and the next version could mean another
// thing by the rules that they refer to.
func checkLibrary(p *policy) []error {
	var vendored *module
	for _, m := range p.modules {
		if m.inLibrary() {
			vendored = m
		}
	}
	if vendored == nil {
		return nil
	}
	var errs []error
	for _, m := range p.modules {
		if !m.inLibrary() && m.bundle == vendored.bundle {
			errs = append(errs, m.fault("policy-in-library", m.ast.Package.Location,
				"give yours another name; settings change the level and the params of the one in the library",
				"policy %s is that of the library, in %s", p.name, vendored.name))
		}
	}
	return errs
}

// inLibrary reports whether m is below the library of its bundle.
func (m *module) inLibrary() bool {
	return strings.HasPrefix(strings.TrimPrefix(m.name, m.bundle.name+"/"), LibraryDir+"/")
}

package rego

import "slices"

// unusedPackages are those that nothing leads to from a policy, a mask or a test:
// rules that nobody asks.
func (c *unitCompiler) unusedPackages(snap *snapshot) []Finding {
	asked := slices.Clone(c.src.masks)
	for _, p := range c.src.policies {
		asked = append(asked, p.modules...)
	}
	tests, _ := testModules(snap) // what does not parse is reported elsewhere
	for _, t := range tests {
		for _, m := range c.src.modules {
			if slices.ContainsFunc(t.refs, func(r dataRef) bool { return hasPrefix(r.path, m.path) || hasPrefix(m.path, r.path) }) {
				asked = append(asked, m)
			}
		}
	}
	reached := c.closure(asked)
	var found []Finding
	seen := map[string]bool{}
	for _, m := range c.src.modules {
		pkg := packageText(m.path)
		// What is misnamed or reserved has a finding of its own.
		if _, ok := policyName(m.path); ok || m.path[0] == "mcp" || m.path[0] == "system" || seen[pkg] || c.faulty[m.name] ||
			slices.Contains(reached, m) {
			continue
		}
		seen[pkg] = true
		f := m.fault("unused-package", m.ast.Package.Location, "refer to it from a policy, write package mcp.policy.NAME if it is one, or take it out",
			"no policy refers to package %s, so that nobody asks for its rules", pkg)
		f.Severity = FindingWarning
		found = append(found, *f)
	}
	return found
}

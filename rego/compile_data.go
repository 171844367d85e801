package rego

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkData finds references to data that is not there: a misspelt name, or
// params that the settings lack. Such a reference is undefined, and the rule
// with it.
func (c *unitCompiler) checkData(modules []moduleRefs) error {
	params := []string{"mcp", "settings", "params"}
	var errs []error
	for _, compiled := range modules {
		m := c.src.byFile[compiled.file]
		if m == nil || isTest(m) {
			continue
		}
		for _, ref := range compiled.refs {
			_, found := lookup(c.src.data, ref.path)
			switch {
			case isGate(ref.path):
				errs = append(errs, gateFault(m, ref.loc))
			case found || c.isRule(ref.path) || c.src.dataBroken:
			case len(ref.path) > len(params) && hasPrefix(ref.path, params):
				errs = append(errs, m.fault("params-missing", ref.loc, "write it into data.yaml",
					"the settings have no %s, which the policy reads", refText(ref.path)))
			default:
				fix := "correct the name, or read what may be absent with object.get"
				if near := c.nearestData(ref.path); near != "" {
					fix = "write " + near
				}
				errs = append(errs, m.fault("data-missing", ref.loc, fix, "%s is neither data nor a package of this source", refText(ref.path)))
			}
		}
	}
	return join(errs)
}

// nearestData is the package or the key of data that a path was most likely
// meant to be, or "".
func (c *unitCompiler) nearestData(path []string) string {
	for n := range path {
		here, _ := lookup(c.src.data, path[:n])
		obj, _ := here.(map[string]any) // what is no object has no keys
		names := slices.Sorted(maps.Keys(obj))
		above := strings.Join(path[:n], "/")
		if n > 0 {
			above += "/"
		}
		for _, pkg := range c.packages {
			if rest, ok := strings.CutPrefix(pkg, above); ok && rest != "" {
				name, _, _ := strings.Cut(rest, "/")
				names = append(names, name)
			}
		}
		if slices.Contains(names, path[n]) {
			continue
		}
		if near := nearest(path[n], names); near != "" {
			return refText(slices.Concat(path[:n], []string{near}, path[n+1:]))
		}
		return ""
	}
	return ""
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

package launch

import (
	"fmt"
	"strings"
)

// ParseScheme reads a package as it stands in place of an image: npx://NAME@VERSION,
// uvx://NAME@VERSION or go://PATH@VERSION. The error does not quote it, since a
// URL in it may hold a login.
func ParseScheme(reference string) (Package, error) {
	scheme, spec, ok := strings.Cut(reference, "://")
	if !ok {
		return Package{}, fmt.Errorf("package: no scheme, want npx://, uvx:// or go://")
	}
	var p Package
	var why string
	switch scheme {
	case "npx":
		p, why = npmPackage(spec)
	case "uvx":
		p, why = pypiPackage(spec, true)
	case "go":
		if isLocal(spec) {
			return Package{Name: spec}, nil
		}
		p, why = goPackage(spec)
	default:
		return Package{}, fmt.Errorf("package: unknown scheme, want npx://, uvx:// or go://")
	}
	if why != "" {
		return Package{}, fmt.Errorf("package behind %s://: %s", scheme, why)
	}
	return p, nil
}

package rego

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// manifest is what a bundle's .manifest says that matters here.
type manifest struct {
	// roots are the paths below `data` that the bundle owns; nil where the
	// manifest does not say.
	roots []string
}

// readManifest decodes a .manifest as OPA writes them.
func readManifest(f file) (*manifest, error) {
	v, err := decodeJSON(f.content)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", f.name, err)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: want an object, not %s", f.name, typeName(v))
	}
	m := &manifest{}
	for key, v := range obj {
		switch key {
		case "revision", "metadata":
		case "roots":
			if m.roots, err = readRoots(v); err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
		case "rego_version":
			if v != json.Number("1") {
				return nil, fmt.Errorf("%s: rego_version is %v: policies are written in Rego v1", f.name, v)
			}
		case "file_rego_versions":
			if files, ok := v.(map[string]any); !ok || len(files) > 0 {
				return nil, fmt.Errorf("%s: file_rego_versions is not read: policies are written in Rego v1", f.name)
			}
		case "wasm":
			if list, ok := v.([]any); !ok || len(list) > 0 {
				return nil, fmt.Errorf("%s: wasm is not read: publish the Rego", f.name)
			}
		default:
			return nil, fmt.Errorf("%s: unknown key %q", f.name, key)
		}
	}
	return m, nil
}

func readRoots(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("roots is %s, want a list of strings", typeName(v))
	}
	roots := []string{}
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("roots holds %s, want strings", typeName(v))
		}
		roots = append(roots, strings.Trim(s, "/"))
	}
	slices.Sort(roots)
	return slices.Compact(roots), nil
}

// owns says whether root is path or above it, by whole segments.
func owns(root, path string) bool {
	return root == "" || root == path || strings.HasPrefix(path, root+"/")
}

// derivedRoots are the roots of a bundle that does not name them: its packages
// and the data at its top. The settings count part by part, so that a team can
// own the params of its policy.
func derivedRoots(modules []*module, data map[string]any) []string {
	var roots []string
	for _, m := range modules {
		roots = append(roots, strings.Join(m.path, "/"))
	}
	var add func(prefix string, obj map[string]any)
	add = func(prefix string, obj map[string]any) {
		for key, v := range obj {
			path := prefix + key
			switch child, isObj := v.(map[string]any); {
			case isObj && slices.Contains([]string{"mcp", "mcp/settings", "mcp/settings/params"}, path):
				add(path+"/", child)
			default:
				roots = append(roots, path)
			}
		}
	}
	add("", data)
	slices.Sort(roots)
	return slices.Compact(roots)
}

// checkInside says what of a bundle lies outside the roots of its manifest.
func checkInside(b *bundle, modules []*module, docs []document) []error {
	var errs []error
	fix := fmt.Sprintf("outside the roots %q of %s: add the root to its .manifest, or move the file", b.roots, b)
	inside := func(path string) bool {
		return slices.ContainsFunc(b.roots, func(root string) bool { return owns(root, path) })
	}
	for _, m := range modules {
		if path := strings.Join(m.path, "/"); !inside(path) {
			errs = append(errs, fmt.Errorf("%s: package %s is %s", m.at(m.ast.Package.Location), strings.Join(m.path, "."), fix))
		}
	}
	var check func(d document, path string, v any)
	check = func(d document, path string, v any) {
		if inside(path) {
			return
		}
		above := slices.ContainsFunc(b.roots, func(root string) bool { return owns(path, root) })
		obj, isObj := v.(map[string]any)
		if !above || !isObj {
			errs = append(errs, fmt.Errorf("%s: data.%s is %s", d.file.name, strings.ReplaceAll(path, "/", "."), fix))
			return
		}
		for key, v := range obj {
			check(d, path+"/"+key, v)
		}
	}
	for _, d := range docs {
		for key, v := range d.nested() {
			check(d, key, v)
		}
	}
	return errs
}

// checkOverlaps says which two bundles claim the same part of `data`.
func checkOverlaps(bundles []*bundle) []error {
	var errs []error
	for i, a := range bundles {
		for _, b := range bundles[i+1:] {
			if x, y, ok := overlap(a.roots, b.roots); ok {
				errs = append(errs, fmt.Errorf("%s (root %q) and %s (root %q) overlap: give each a .manifest whose roots do not, or merge them", a, x, b, y))
			}
		}
	}
	return errs
}

func overlap(as, bs []string) (a, b string, ok bool) {
	for _, a := range as {
		for _, b := range bs {
			if owns(a, b) || owns(b, a) {
				return a, b, true
			}
		}
	}
	return "", "", false
}

package rego

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// manifest is what a bundle's .manifest says that matters here.
type manifest struct {
	// roots are the paths below `data` that the bundle owns; nil where the
	// manifest does not say.
	roots []string
	// sequence is metadata.sequence, the number of a release, where sequenced.
	sequence  int64
	sequenced bool
}

// readManifest decodes a .manifest as OPA writes them.
func readManifest(f file) (*manifest, error) {
	v, err := decodeJSON(f.content)
	if err != nil {
		return nil, syntaxFault(f, err)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return nil, fault("manifest", f.name, `write {"roots": ["mcp/policy"]}`, "want an object, not %s", typeName(v))
	}
	m := &manifest{}
	var errs []error
	keys := &places{file: f}
	bad := func(key, fix, format string, args ...any) {
		found := fault("manifest", f.name, fix, format, args...)
		if at, ok := keys.of([]string{key}); ok {
			found.place(f.content, at.row, at.col)
		}
		errs = append(errs, found)
	}
	for key, v := range obj {
		switch key {
		case "revision":
		case "metadata":
			if m.sequence, m.sequenced, err = readSequence(v); err != nil {
				bad(key, `write {"sequence": 1} and count up`, "%s", err)
			}
		case "roots":
			if m.roots, err = readRoots(v); err != nil {
				bad(key, `write paths below data, such as "mcp/policy"`, "%s", err)
			}
		case "rego_version":
			if v != json.Number("1") {
				bad(key, "policies are written in Rego v1: write 1", "rego_version is %v", v)
			}
		case "file_rego_versions":
			if files, ok := v.(map[string]any); !ok || len(files) > 0 {
				bad(key, "policies are written in Rego v1: take it out", "file_rego_versions is not read")
			}
		case "wasm":
			if list, ok := v.([]any); !ok || len(list) > 0 {
				bad(key, "publish the Rego", "wasm is not read")
			}
		default:
			bad(key, writeInstead(key, manifestKeys), "unknown key %q", key)
		}
	}
	if m.sequenced && m.roots == nil && len(errs) == 0 {
		bad("metadata", `write {"roots": ["mcp/policy"], …}`, "a bundle with a sequence says which roots it is the newest of")
	}
	return m, join(errs)
}

// readSequence reads the sequence of a manifest's metadata, which may hold
// anything else.
func readSequence(v any) (n int64, found bool, err error) {
	metadata, ok := v.(map[string]any)
	if !ok {
		return 0, false, fmt.Errorf("metadata is %s, want an object", typeName(v))
	}
	v, found = metadata["sequence"]
	if !found {
		return 0, false, nil
	}
	number, ok := v.(json.Number)
	if !ok {
		return 0, false, fmt.Errorf("metadata.sequence is %s, want a whole number", typeName(v))
	}
	n, err = strconv.ParseInt(number.String(), 10, 64)
	if err != nil || strings.HasPrefix(number.String(), "-") {
		return 0, false, fmt.Errorf("metadata.sequence is %s, want a whole number from 0 to %d", number, int64(math.MaxInt64))
	}
	return n, true, nil
}

var manifestKeys = []string{"revision", "roots", "rego_version", "metadata"}

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
		root := strings.Trim(s, "/")
		if strings.Contains(root, ".") && !strings.Contains(root, "/") && (root == "data" || strings.HasPrefix(root, "data.") || strings.HasPrefix(root, "mcp.")) {
			return nil, fmt.Errorf("the root %q is a reference, not a path", s)
		}
		roots = append(roots, root)
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
	outside := fmt.Sprintf("outside the roots %q of %s", b.roots, b)
	const fix = "add the root to its .manifest, or move the file"
	inside := func(path string) bool {
		return slices.ContainsFunc(b.roots, func(root string) bool { return owns(root, path) })
	}
	for _, m := range modules {
		if path := strings.Join(m.path, "/"); !inside(path) {
			errs = append(errs, m.fault("outside-roots", m.ast.Package.Location, fix, "package %s is %s", strings.Join(m.path, "."), outside))
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
			errs = append(errs, d.fault("outside-roots", strings.Split(path, "/"), fix, "data.%s is %s", strings.ReplaceAll(path, "/", "."), outside))
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

// checkOverlaps says which two bundles define the same policy, or claim the
// same part of `data`.
func (src *source) checkOverlaps(bundles []*bundle) []error {
	var errs []error
	for i, a := range bundles {
		for _, b := range bundles[i+1:] {
			if a.partial || b.partial {
				continue // its roots are not all known
			}
			twice := src.inBoth(a, b)
			errs = append(errs, twice...)
			if x, y, ok := overlap(a.roots, b.roots); ok && len(twice) == 0 {
				file := ""
				if b.manifest != nil {
					file = path.Join(b.name, ".manifest")
				}
				errs = append(errs, fault("overlapping-roots", file, "give each a .manifest whose roots do not, or merge them",
					"%s (root %q) and %s (root %q) overlap", a, x, b, y))
			}
		}
	}
	return errs
}

// inBoth finds the policies that two bundles define.
func (src *source) inBoth(a, b *bundle) []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(src.policies)) {
		var first *module
		for _, m := range src.policies[name].modules {
			if m.bundle == a && first == nil {
				first = m
			}
		}
		for _, m := range src.policies[name].modules {
			if m.bundle == b && first != nil {
				errs = append(errs, m.fault("policy-in-two-bundles", m.ast.Package.Location, "give one of them another name, or take it out",
					"policy %s is in %s and, at %s, in %s too", name, b, first.at(first.ast.Package.Location), a))
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

package library

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// policyDir holds the policies of the library.
const policyDir = "policy"

// testSuffix ends the names of the files with tests.
const testSuffix = "_test.rego"

// readPolicies reads the policies of a library whose names are wanted, sorted by
// name, as their metadata has them.
func readPolicies(library fs.FS, wanted func(name string) bool) ([]Policy, error) {
	var all []Policy
	err := fs.WalkDir(library, policyDir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, testSuffix) {
			return err
		}
		base, ok := strings.CutSuffix(strings.TrimPrefix(name, policyDir+"/"), ".rego")
		if !ok {
			return fmt.Errorf("%s: want a file in Rego", name)
		}
		if !wanted(policyName(base)) {
			return nil
		}
		p, err := readPolicy(library, base)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
		return nil
	})
	slices.SortFunc(all, byName)
	return all, err
}

// policyName is the name of the policy whose file is base, without .rego.
func policyName(base string) string { return strings.ReplaceAll(base, "/", ".") }

func readPolicy(library fs.FS, base string) (Policy, error) {
	p := Policy{Name: policyName(base), Level: "deny"}
	for _, name := range []string{base + ".rego", base + testSuffix} {
		content, err := fs.ReadFile(library, path.Join(policyDir, name))
		if err != nil {
			return p, err
		}
		p.Files = append(p.Files, File{Name: name, Content: content})
	}
	block, err := metadataBlock(string(p.Files[0].Content))
	if err != nil {
		return p, err
	}
	var metadata struct {
		Title  string `yaml:"title"`
		Custom struct {
			Enforcement string         `yaml:"enforcement"`
			Params      map[string]any `yaml:"params"`
		} `yaml:"custom"`
	}
	if err := yaml.Unmarshal([]byte(block), &metadata); err != nil {
		return p, err
	}
	p.Title = metadata.Title
	if level := metadata.Custom.Enforcement; level != "" {
		p.Level = level
	}
	if p.Schema = metadata.Custom.Params; p.Schema != nil {
		p.Params, err = defaults(p.Schema)
	}
	return p, err
}

// metadataBlock is the YAML in the comments that begin with METADATA. OPA reads
// it too; here no parser of Rego is needed for it, and a start of the program
// pays for none.
func metadataBlock(source string) (string, error) {
	_, rest, ok := strings.Cut("\n"+source, "\n# METADATA\n")
	if !ok {
		return "", errors.New("there is no metadata")
	}
	var block strings.Builder
	for line := range strings.Lines(rest) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		block.WriteString(comment)
	}
	return block.String(), nil
}

// defaults are the values that a schema of params gives to each of them.
func defaults(schema map[string]any) (map[string]any, error) {
	values := map[string]any{}
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return nil, errors.New("custom.params has no properties")
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, ok := properties[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("custom.params: %s is no schema", name)
		}
		if values[name], ok = property["default"]; !ok {
			return nil, fmt.Errorf("custom.params: %s has no default", name)
		}
	}
	return values, nil
}

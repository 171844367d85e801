package scaffold

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/rego/library"
)

// Settings is the data.yaml of a new repository with the policies of a profile:
// the level of each, and all params, with what each is.
func Settings(profile library.Profile) ([]byte, error) {
	var b strings.Builder
	b.WriteString(`# yaml-language-server: $schema=../schemas/settings.json
#
# The settings of the policies, in library/ and beside it. This file is yours:
# mcp-runner policy vendor renews library/, says what is to be changed here, and
# never writes it.
mcp:
  settings:
    # deny blocks, warn is shown to the person and does not block, audit is
    # recorded only. A policy that stands nowhere here denies.
    enforcement:
`)
	for _, policy := range profile.Policies {
		fmt.Fprintf(&b, "      %s: %s # %s\n", policy.Name, policy.Level, policy.Title)
	}
	if params, err := Params(profile.Policies); err != nil {
		return nil, err
	} else if params != "" {
		b.WriteString("    # What the policies ask for. All of it stands here, with the values of the\n    # profile.\n    params:\n" + params)
	}
	b.WriteString(`    # A waiver lets one server through for a time. It pins what it lets through:
    # a digest, a package with its version, or the URL of a remote server.
    # mcp-runner policy waive writes one.
    # waivers:
    #   - policy: mounts.root
    #     match: {name: backup, image: {registry: ghcr.io, repository: acme/backup, digest: "sha256:…"}}
    #     reason: it moves to a volume of its own this month
    #     ticket: SEC-123
    #     approver: alice@example.com
    #     expires: 2026-12-31T00:00:00Z
`)
	return []byte(b.String()), nil
}

// Params are the params of policies as they stand below mcp.settings.params in
// a data.yaml, each with its description; "" where the policies take none.
func Params(policies []library.Policy) (string, error) {
	var b strings.Builder
	for _, policy := range policies {
		if len(policy.Params) == 0 {
			continue
		}
		fmt.Fprintf(&b, "      %s:\n", policy.Name)
		properties, ok := policy.Schema["properties"].(map[string]any)
		if !ok {
			return "", fmt.Errorf("%s: the schema of the params has no properties", policy.Name)
		}
		for _, key := range slices.Sorted(maps.Keys(policy.Params)) {
			property, ok := properties[key].(map[string]any)
			if !ok {
				return "", fmt.Errorf("%s: the schema of the params has no %s", policy.Name, key)
			}
			description, ok := property["description"].(string)
			if !ok {
				return "", fmt.Errorf("%s: %s has no description", policy.Name, key)
			}
			value, err := yamlValue(key, policy.Params[key])
			if err != nil {
				return "", fmt.Errorf("%s: %s: %w", policy.Name, key, err)
			}
			b.WriteString(indented("        # ", wrapped(description, 70)) + indented("        ", value))
		}
	}
	return b.String(), nil
}

// maxLine is how long a list or an object may be that stands on one line.
const maxLine = 100

// yamlValue is `key: value`, each list and each object on one line where it fits.
func yamlValue(key string, value any) (string, error) {
	// As JSON first, which is YAML: what is left then is nothing but JSON's types.
	data, err := json.Marshal(map[string]any{key: value})
	if err != nil {
		return "", err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return "", err
	}
	top := doc.Content[0]
	top.Style, top.Content[0].Style = 0, 0
	if err := fit(top.Content[1], maxLine-len(key)); err != nil {
		return "", err
	}
	return encoded(&doc)
}

// fit puts n on one line where that is at most width long, else its members.
func fit(n *yaml.Node, width int) error {
	flow(n)
	text, err := encoded(n)
	if err != nil || n.Kind == yaml.ScalarNode || len(n.Content) == 0 || len(text) <= width {
		return err
	}
	n.Style = 0
	for _, c := range n.Content {
		if err := fit(c, width); err != nil {
			return err
		}
	}
	return nil
}

// flow takes the quotes of JSON from n, and puts it on one line.
func flow(n *yaml.Node) {
	n.Style = 0
	if n.Kind != yaml.ScalarNode {
		n.Style = yaml.FlowStyle
	}
	for _, c := range n.Content {
		flow(c)
	}
}

func encoded(n *yaml.Node) (string, error) {
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return "", err
	}
	return b.String(), e.Close()
}

// wrapped breaks text into lines of at most width letters, where it can.
func wrapped(text string, width int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch n := len([]rune(word)); {
		case column == 0:
			column = n
		case column+1+n > width:
			b.WriteString("\n")
			column = n
		default:
			b.WriteString(" ")
			column += 1 + n
		}
		b.WriteString(word)
	}
	return b.String() + "\n"
}

// indented puts prefix before each line of text.
func indented(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	return b.String()
}

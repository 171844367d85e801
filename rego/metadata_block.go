package rego

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"
)

// Keys of a METADATA block. OPA knows more, and drops what it does not know
// without a word.
var (
	packageKeys = []string{"title", "description", "related_resources", "custom", "scope", "authors", "organizations"}
	ruleKeys    = append(slices.Clone(packageKeys), "entrypoint", "labels", "compile")
	customKeys  = []string{"severity", "remediation", "owasp", "enforcement", "params"}
	linkKeys    = []string{"ref", "description"}
)

// block is a METADATA comment as it stands: OPA's annotations lack what it did
// not know.
type block struct {
	m *module
	// row is that of the marker; line n of body is n rows below it.
	row  int
	body []byte
	// of is what the block is written for.
	of   target
	errs []error
}

// target is what stands below a block.
type target int

const (
	ofPolicy  target = iota // a package below mcp.policy
	ofPackage               // another package
	ofRule
)

// check holds the block to the contract. What it says is read as OPA reads it,
// but for what OPA would drop.
func (b *block) check() []error {
	var doc yaml.Node
	if err := yaml.Unmarshal(b.body, &doc); err != nil {
		row, msg := 0, err.Error()
		if e, ok := yamlError(b.body, err).(*syntaxError); ok {
			row, msg = e.row, e.msg
		}
		b.bad("metadata-syntax", row, 1, "correct the YAML, or end the block with an empty line", "metadata: %s", msg)
		return b.errs
	}
	if len(doc.Content) == 0 {
		b.bad("metadata-syntax", 0, 1, "write `# title: …` below it", "metadata: the block is empty")
		return b.errs
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		b.bad("metadata-syntax", root.Line, root.Column, "write `# title: …` below # METADATA", "metadata: the block is no list of keys and values")
		return b.errs
	}
	b.each(root, "", b.top)
	return b.errs
}

func (b *block) bad(rule string, row, col int, fix, format string, args ...any) {
	b.errs = append(b.errs, b.m.fault(rule, &ast.Location{Row: b.row + row, Col: col + 2}, fix, format, args...))
}

// value reports a value that is not of the form of the contract.
func (b *block) value(n *yaml.Node, fix, format string, args ...any) {
	b.bad("metadata-value", n.Line, n.Column, fix, "metadata: "+format, args...)
}

// each calls read for the keys of a mapping, and reports those that are there
// twice.
func (b *block) each(n *yaml.Node, path string, read func(key, value *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if seen[key.Value] {
			b.bad("metadata-syntax", key.Line, key.Column, "keep one of them", "metadata: the key %s%s is there twice", path, key.Value)
			continue
		}
		seen[key.Value] = true
		read(key, value)
	}
}

// top checks one key at the top of the block, and what it leads to.
func (b *block) top(key, value *yaml.Node) {
	known := ruleKeys
	if b.of == ofPolicy {
		known = packageKeys
	}
	switch key.Value {
	case "schemas":
		b.unknown(key, "take it out", "schemas would switch off the check of the input")
		return
	case "entrypoint", "labels", "compile":
		if b.of == ofPolicy {
			b.unknown(key, "take it out", "%s is not read for a policy: the gate asks for deny and warn", key.Value)
		}
		return
	}
	switch {
	case slices.Contains(customKeys, key.Value):
		b.unknown(key, "write it below custom, with two more spaces in front", "%s stands outside of custom", key.Value)
	case !slices.Contains(known, key.Value):
		b.unknown(key, writeInstead(key.Value, packageKeys), "there is no key %s", key.Value)
	case key.Value == "title" || key.Value == "description":
		b.text(value, key.Value)
	case key.Value == "scope":
		if b.of == ofPolicy && value.Value != "package" {
			b.value(value, "write package, or take it out", "the scope of a policy's block is %s", value.Value)
		}
	case key.Value == "related_resources":
		b.links(value)
	case key.Value == "custom":
		if value.Kind != yaml.MappingNode {
			b.value(value, "write the keys of custom with two more spaces in front", "custom is not an object")
			return
		}
		b.each(value, "custom.", b.custom)
	}
}

func (b *block) unknown(key *yaml.Node, fix, format string, args ...any) {
	b.bad("metadata-unknown-key", key.Line, key.Column, fix, "metadata: "+format, args...)
}

// custom checks one key below custom.
func (b *block) custom(key, value *yaml.Node) {
	name := key.Value
	switch {
	case b.of == ofPackage:
		return // what other packages say is theirs
	case b.of == ofRule:
		if near := nearest(name, customKeys); near != "" {
			b.bad("metadata-misplaced", key.Line, key.Column, "write it into the block above package",
				"metadata: custom.%s stands at a rule, and is read of the package only", name)
		}
		return
	}
	switch name {
	case "severity":
		b.oneOf(value, name, severities)
	case "enforcement":
		b.oneOf(value, name, levels)
	case "remediation":
		b.text(value, "custom."+name)
	case "owasp":
		isList := value.Kind == yaml.SequenceNode
		for _, item := range value.Content {
			isList = isList && item.Kind == yaml.ScalarNode && item.ShortTag() == "!!str"
		}
		if !isList {
			b.value(value, "write a list such as [MCP04]", "custom.owasp is not a list of strings")
		}
	case "params":
		if value.Kind != yaml.MappingNode {
			b.value(value, "write an object such as {type: object, required: [registries]}", "custom.params is not a JSON Schema")
		}
	default:
		if strings.HasPrefix(name, "x_") || strings.HasPrefix(name, "x-") {
			return
		}
		fix := "want " + oneOf(customKeys) + "; a key of your own begins with x_"
		if near := nearest(name, customKeys); near != "" {
			fix = "write " + near + "; a key of your own begins with x_"
		}
		b.unknown(key, fix, "there is no key custom.%s", name)
	}
}

func (b *block) text(n *yaml.Node, key string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" && n.ShortTag() != "!!timestamp" {
		b.value(n, "write text, in quotes if need be", "%s is not a string", key)
	}
}

func (b *block) oneOf(n *yaml.Node, key string, allowed []string) {
	switch {
	case n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str":
		b.value(n, "want "+oneOf(allowed), "custom.%s is not a string", key)
	case !slices.Contains(allowed, n.Value):
		b.value(n, writeInstead(n.Value, allowed), "custom.%s is %q", key, n.Value)
	}
}

// links checks related_resources, a list of URLs or of objects with ref.
func (b *block) links(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		b.value(n, "write a list of `- ref: https://…`", "related_resources is not a list")
		return
	}
	for _, item := range n.Content {
		ref := item
		if item.Kind == yaml.MappingNode {
			ref = nil
			b.each(item, "related_resources.", func(key, value *yaml.Node) {
				switch {
				case key.Value == "ref":
					ref = value
				case !slices.Contains(linkKeys, key.Value):
					b.unknown(key, writeInstead(key.Value, linkKeys), "there is no key related_resources.%s", key.Value)
				}
			})
		}
		if ref == nil {
			b.value(item, "write `- ref: https://…`", "related_resources has an entry without ref")
			continue
		}
		u, err := url.Parse(ref.Value)
		if ref.Kind != yaml.ScalarNode || err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			b.value(ref, "write a URL that begins with https://", "related_resources: %q is not an http or https URL", ref.Value)
		}
	}
}

// metadataFaults says what is wrong with a block that OPA does not read.
func metadataFaults(name string, content []byte, e *ast.Error) []*Finding {
	m := &module{name: name, content: content}
	lines := bytes.Split(content, []byte("\n"))
	first := e.Location.Row - 1
	for first > 0 && !isMarker(lines[first]) && bytes.HasPrefix(lines[first], []byte("#")) {
		first--
	}
	b := &block{m: m, row: first + 1, of: ofPackage}
	for _, line := range lines[first+1:] {
		text, isComment := bytes.CutPrefix(line, []byte("#"))
		if !isComment {
			break
		}
		b.body = append(append(b.body, bytes.TrimPrefix(text, []byte(" "))...), '\n')
	}
	var found []*Finding
	for _, err := range b.check() {
		if f, ok := err.(*Finding); ok {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		found = append(found, m.fault("metadata-syntax", e.Location, "", "metadata: %s", firstLine(e.Message)))
	}
	return found
}

func isMarker(line []byte) bool {
	text, ok := bytes.CutPrefix(line, []byte("#"))
	return ok && bytes.HasPrefix(bytes.TrimSpace(text), []byte("METADATA"))
}

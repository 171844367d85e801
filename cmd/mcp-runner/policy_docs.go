package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

func newPolicyDocsCommand(a *app) *cobra.Command {
	var allowBuiltins []string
	cmd := &cobra.Command{
		Use:   "docs DIR",
		Short: "Write a page about policies in Markdown",
		Long: `docs prints a page about the policies of DIR, made of their metadata and of the
settings: what each is for, its level and severity, what to do where it denies,
where to read on, and its params with their schema. Equal policies make an equal
page, so that CI can compare it.`,
		Example: `  mcp-runner policy docs ./mcp-policies > POLICIES.md`,
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.policyDocs(cmd.Context(), args[0], allowBuiltins)
		},
	}
	allowBuiltinFlag(cmd, &allowBuiltins)
	return cmd
}

func (a *app) policyDocs(ctx context.Context, dir string, allowBuiltins []string) error {
	loaded, err := a.loadPolicies(ctx, dir, allowBuiltins)
	if err != nil {
		return err
	}
	infos := loaded.Info()
	p := plainPrinter(a.stdout)
	p.Printf("# Policies\n\n| policy | level | severity | title |\n| --- | --- | --- | --- |\n")
	anchors := map[string]int{"policies": 1}
	for _, info := range infos {
		p.Printf("| [%s](#%s) | %s | %s | %s |\n", info.Name, anchor(anchors, info.Name), shownLevel(info), info.Severity, cell(plainMarkdown(info.Title)))
	}
	for _, info := range infos {
		params, given := loaded.Settings().Params[info.Name]
		if err := p.document(info, params, given); err != nil {
			return fmt.Errorf("policy %s: %w", info.Name, err)
		}
	}
	return p.Err()
}

// document is the section about one policy.
func (p *printer) document(info rego.PolicyInfo, params any, given bool) error {
	p.Printf("\n## %s\n", info.Name)
	if info.Title != "" {
		p.Printf("\n**%s**\n", cell(plainMarkdown(info.Title)))
	}
	p.paragraph(info.Description)
	p.Printf("\n- Level: %s\n- Severity: %s\n", shownLevel(info), info.Severity)
	if len(info.OWASP) > 0 {
		p.Printf("- OWASP: %s\n", cell(plainMarkdown(strings.Join(info.OWASP, ", "))))
	}
	for _, link := range info.Links {
		p.Printf("- Read: <%s>\n", show.Clean(link))
	}
	if info.Remediation != "" {
		p.Printf("\nWhat to do:\n")
		p.paragraph(info.Remediation)
	}
	if len(info.Params) > 0 {
		var schema any
		if err := json.Unmarshal(info.Params, &schema); err != nil {
			return err
		}
		p.params(schema)
	}
	if !given {
		return p.Err()
	}
	example, err := settingsExample(info.Name, params)
	if err != nil {
		return err
	}
	p.Printf("\nIn `data.yaml`:\n\n```yaml\n%s```\n", example)
	return p.Err()
}

// params is the table of what a JSON Schema asks for.
func (p *printer) params(schema any) {
	var rows []paramRow
	rows = paramRows(rows, "", schema)
	if len(rows) == 0 {
		return
	}
	p.Printf("\n| param | type | required | what |\n| --- | --- | --- | --- |\n")
	for _, r := range rows {
		required := "no"
		if r.required {
			required = "yes"
		}
		p.Printf("| `%s` | %s | %s | %s |\n", cell(strings.ReplaceAll(r.name, "`", "'")), cell(plainMarkdown(r.kind)), required, cell(r.what))
	}
}

// settingsExample is a data.yaml with the params of a policy.
func settingsExample(name string, params any) (string, error) {
	data, err := json.Marshal(map[string]any{"mcp": map[string]any{"settings": map[string]any{"params": map[string]any{name: params}}}})
	if err != nil {
		return "", err
	}
	// JSON is YAML; as nodes, its numbers keep their digits.
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return "", err
	}
	blockStyle(&doc)
	var out strings.Builder
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return "", err
	}
	return gate.RedactText(out.String()), enc.Close()
}

// blockStyle writes a document as people do; an empty list or object stays
// as JSON has it.
func blockStyle(n *yaml.Node) {
	if len(n.Content) > 0 || n.Kind == yaml.ScalarNode {
		n.Style &^= yaml.FlowStyle | yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		blockStyle(c)
	}
}

// anchor is the name that GitHub gives to a heading, of which the page may have
// equal ones.
func anchor(seen map[string]int, heading string) string {
	base := strings.ReplaceAll(heading, ".", "")
	n := seen[base]
	seen[base]++
	if n > 0 {
		return fmt.Sprintf("%s-%d", base, n)
	}
	return base
}

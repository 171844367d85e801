package rego

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// metadata is what the annotations of a policy's package say.
type metadata struct {
	title, description, severity, remediation, enforcement string

	links, owasp []string
	// params is the JSON Schema of the policy's params, or nil.
	params json.RawMessage
}

var (
	severities = []string{"low", "medium", "high", "critical"}
	levels     = []string{LevelDeny, LevelWarn, LevelAudit}
)

// readMetadata reads the one metadata block of a policy, which checkMetadata
// found to be well formed.
func readMetadata(p *policy) (metadata, []error) {
	md := metadata{severity: "medium", links: []string{}, owasp: []string{}}
	var errs []error
	first := ""
	for _, m := range p.modules {
		for _, a := range m.ast.Annotations {
			if a.Scope != "package" {
				continue
			}
			if first != "" {
				errs = append(errs, m.fault("metadata-twice", a.Location, "keep one block",
					"package %s has metadata at %s already", packageText(m.path), first))
				continue
			}
			first = m.at(a.Location)
			if err := md.read(a); err != nil && !m.reported {
				errs = append(errs, m.fault("metadata-value", a.Location, "", "metadata: %s", err))
			}
		}
	}
	return md, errs
}

// read takes over what a says. Its error is one that checkMetadata has seen too.
func (md *metadata) read(a *ast.Annotations) error {
	md.title, md.description = a.Title, a.Description
	for _, r := range a.RelatedResources {
		md.links = append(md.links, r.Ref.String())
	}
	for key, into := range map[string]*string{
		"severity": &md.severity, "enforcement": &md.enforcement, "remediation": &md.remediation,
	} {
		if v, ok := a.Custom[key]; ok {
			s, isString := v.(string)
			if !isString {
				return fmt.Errorf("custom.%s is not a string", key)
			}
			*into = s
		}
	}
	if v, ok := a.Custom["owasp"]; ok {
		list, isList := v.([]any)
		for _, v := range list {
			s, isString := v.(string)
			isList = isList && isString
			md.owasp = append(md.owasp, s)
		}
		if !isList {
			return fmt.Errorf("custom.owasp is not a list of strings")
		}
	}
	if v, ok := a.Custom["params"]; ok {
		raw, err := json.Marshal(v)
		if _, isObj := v.(map[string]any); !isObj || err != nil {
			return fmt.Errorf("custom.params is not a JSON Schema")
		}
		md.params = raw
	}
	if !slices.Contains(severities, md.severity) || md.enforcement != "" && !slices.Contains(levels, md.enforcement) {
		return fmt.Errorf("custom.severity or custom.enforcement is none of the contract")
	}
	return nil
}

// term returns the metadata as decide wants it.
func (md metadata) term() *ast.Term {
	links := make([]*ast.Term, len(md.links))
	for i, l := range md.links {
		links[i] = ast.StringTerm(l)
	}
	pair := func(key, value string) [2]*ast.Term {
		return [2]*ast.Term{ast.StringTerm(key), ast.StringTerm(value)}
	}
	return ast.ObjectTerm(
		pair("title", md.title),
		pair("description", md.description),
		pair("severity", md.severity),
		pair("remediation", md.remediation),
		pair("enforcement", md.enforcement),
		[2]*ast.Term{ast.StringTerm("links"), ast.ArrayTerm(links...)},
	)
}

// info is what the policy says about itself.
func (p *policy) info() PolicyInfo {
	files := make([]string, len(p.modules))
	for i, m := range p.modules {
		files[i] = m.name
	}
	return PolicyInfo{
		Name:        p.name,
		Title:       p.metadata.title,
		Description: p.metadata.description,
		Severity:    p.metadata.severity,
		Remediation: p.metadata.remediation,
		Links:       p.metadata.links,
		OWASP:       p.metadata.owasp,
		Level:       p.metadata.enforcement,
		Defines:     p.defines,
		Params:      p.metadata.params,
		Files:       files,
	}
}

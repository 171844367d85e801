package rego

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// metadata is what the annotations of a policy's package say.
type metadata struct {
	title, description, severity, remediation, enforcement string

	links []string
	// params is the JSON Schema of the policy's params, or nil.
	params json.RawMessage
}

var (
	severities = []string{"low", "medium", "high", "critical"}
	levels     = []string{LevelDeny, LevelWarn, LevelAudit}
)

// readMetadata reads the one metadata block of a policy.
func readMetadata(p *policy) (metadata, []error) {
	md := metadata{severity: "medium", links: []string{}}
	var errs []error
	first := ""
	for _, m := range p.modules {
		for _, a := range m.ast.Annotations {
			at := m.at(a.Location)
			errs = append(errs, misplaced(m, a)...)
			if a.Scope != "package" {
				continue
			}
			if first != "" {
				errs = append(errs, fmt.Errorf("%s: package %s has metadata at %s already: keep one block", at, m.ast.Package.Path, first))
				continue
			}
			first = at
			errs = append(errs, md.read(at, a)...)
		}
	}
	return md, errs
}

func (md *metadata) read(at string, a *ast.Annotations) []error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: metadata: %s", at, fmt.Sprintf(format, args...)))
	}
	md.title, md.description = a.Title, a.Description
	for _, r := range a.RelatedResources {
		if (r.Ref.Scheme != "http" && r.Ref.Scheme != "https") || r.Ref.Host == "" {
			bad("related_resources: %q is not an http or https URL", r.Ref.String())
			continue
		}
		md.links = append(md.links, r.Ref.String())
	}
	oneOf := func(key string, into *string, allowed []string) {
		v, ok := a.Custom[key]
		if !ok {
			return
		}
		s, isString := v.(string)
		switch {
		case !isString:
			bad("custom.%s is not a string", key)
		case allowed != nil && !slices.Contains(allowed, s):
			bad("custom.%s is %q, want one of %q", key, s, allowed)
		default:
			*into = s
		}
	}
	oneOf("severity", &md.severity, severities)
	oneOf("enforcement", &md.enforcement, levels)
	oneOf("remediation", &md.remediation, nil)
	if v, ok := a.Custom["params"]; ok {
		raw, err := json.Marshal(v)
		if _, isObj := v.(map[string]any); !isObj || err != nil {
			bad("custom.params is not a JSON Schema")
		}
		md.params = raw
	}
	return errs
}

// customKey is a key of ours outside of `custom`, where OPA drops it without a
// word.
var customKey = regexp.MustCompile(`^ ?(severity|enforcement|remediation|owasp|params)\s*:`)

func misplaced(m *module, a *ast.Annotations) []error {
	end := a.EndLoc()
	if a.Location == nil || end == nil {
		return nil
	}
	var errs []error
	for _, c := range m.ast.Comments {
		if c.Location.Row <= a.Location.Row || c.Location.Row > end.Row {
			continue
		}
		if key := customKey.FindSubmatch(c.Text); key != nil {
			errs = append(errs, fmt.Errorf("%s: metadata: write %s below custom", m.at(c.Location), key[1]))
		}
	}
	return errs
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

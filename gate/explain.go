package gate

import (
	"context"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Explanation is a decision with what led to it.
type Explanation struct {
	Decision *Decision `json:"decision"`
	// Sources are those of the decision that have a policy loaded.
	Sources []rego.Explanation `json:"sources"`
}

type explainer interface {
	Explain(ctx context.Context, input ast.Value, redact func(string) string) (rego.Explanation, error)
}

// Explain decides about in as [Gate.Decide] does, and then follows every policy
// once more to say which rules, lines and values led to the decision. Following
// takes longer than deciding: the gate's deadline is for the decision alone. The
// explanation is never nil, and values in it are those of the redacted input.
// The error is that no verdict was reached, or that not every source could be
// followed.
func (g *Gate) Explain(ctx context.Context, in Input) (*Explanation, error) {
	d, undecided := g.Decide(ctx, in)
	e := &Explanation{Decision: d, Sources: []rego.Explanation{}}
	if d.Input == nil {
		return e, undecided
	}
	value, err := inputValue(*d.Input)
	if err != nil {
		return e, errors.Join(undecided, err)
	}
	var errs []error
	for i, s := range g.sources {
		p := s.policy()
		follow, ok := p.(explainer)
		switch {
		case !ok || d.Sources[i].Revision == "": // the decision says why
			continue
		case p.Revision() != d.Sources[i].Revision:
			errs = append(errs, fmt.Errorf("policy source %s: the policy changed meanwhile: ask again", s.name()))
			continue
		}
		found, err := follow.Explain(ctx, value, RedactText)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		e.Sources = append(e.Sources, found)
	}
	return e, errors.Join(append([]error{undecided}, errs...)...)
}

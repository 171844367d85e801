package rego

import (
	"context"
	"time"
)

// Complexity is what a source comes to of each limit of complexity.go, as a share
// of the limit.
func Complexity(ctx context.Context, cfg LoadConfig) (map[string]float64, time.Duration, error) {
	snap, err := steadySnapshot(ctx, cfg, &loading{})
	if err != nil {
		return nil, 0, err
	}
	src, errs := parse(snap, nil)
	if err := join(errs); err != nil {
		return nil, 0, err
	}
	c, err := newUnitCompiler(src, cfg.InputSchema)
	if err != nil {
		return nil, 0, err
	}
	weight, text := 0, 0
	for _, b := range snap.bundles {
		for _, f := range b.files {
			if f.kind == kindModule {
				weight += amountOf(f.content).weight
			}
		}
	}
	begin := time.Now()
	g := newRuleGraph(c)
	errs = append(g.tooMany(), g.tooDeep()...)
	errs = append(errs, newSizer(g).tooLarge()...)
	took := time.Since(begin)
	work, rules := 0.0, 0
	for _, pol := range src.policies {
		for _, m := range c.closure(pol.modules) {
			work += m.work + g.work[m]
		}
	}
	for _, group := range g.groups {
		rules += len(group.rules)
		text = max(text, group.extent.text)
	}
	return map[string]float64{
		"weight": float64(weight) / maxAllWeight, "rules": float64(rules) / maxAllRules,
		"work": work / maxWork, "type": float64(text) / maxTypeText,
	}, took, join(errs)
}

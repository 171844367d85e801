package gate

import (
	"context"
	"errors"

	"github.com/mcp-runner/mcp-runner/runner"
)

// DecideConfig decides about a server as [Gate.CheckCreateServer] does, and
// records nothing. cfg must be resolved; where no input can be made of it, the
// decision says so and allows nothing. What is returned is as of [Gate.Decide].
func (g *Gate) DecideConfig(ctx context.Context, cfg *runner.RunConfig) (*Decision, error) {
	return verdict(g.decideConfig(ctx, cfg))
}

// decideConfig decides about cfg, which stays the caller's to change, even where
// the deadline passes.
func (g *Gate) decideConfig(ctx context.Context, cfg *runner.RunConfig) *Decision {
	cfg = cfg.Clone()
	var specification string
	d := g.decide(ctx, func(ctx context.Context) (in Input, err error) {
		if in, err = inputFor(ctx, cfg); err != nil {
			return in, err
		}
		specification, err = runner.Specification(cfg)
		return in, err
	}, nil)
	if d.Input != nil { // else it may still be computed
		d.Specification = specification
	}
	return d
}

// Undecided is the decision about a server of which nothing is known but err,
// such as a run config that cannot be read. It is recorded nowhere.
func (g *Gate) Undecided(ctx context.Context, err error) *Decision {
	text := RedactText(err.Error())
	return g.decide(ctx, func(context.Context) (Input, error) { return Input{}, errors.New(text) }, nil)
}

// verdict returns d, and an error where it says that no verdict was reached.
func verdict(d *Decision) (*Decision, error) {
	if err := d.Err(); errors.Is(err, ErrUndecided) {
		return d, err
	}
	return d, nil
}

package toolhive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stacklok/toolhive/pkg/config"
	thv "github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/toolhive/internal/origins"
)

// Build is an image that ToolHive makes on demand, and of which it asks its gate
// only when it is made.
type Build struct {
	// Reference is what the person asked for, as in npx://pkg@1.
	Reference string
	// Args are the arguments that become part of the image's entrypoint.
	Args []string
}

// Image returns the name without a tag that ToolHive gives to the image, or ""
// where it makes none of the reference.
func (b Build) Image() string { return origins.Name(b.Reference) }

// errAsked stops ToolHive, which would go on to pull an image that is yet to be
// built.
var errAsked = errors.New("policy allows the server, whose image is yet to be built")

// question is a question about an image that is yet to be built. It travels in
// the context through ToolHive to the gate.
type question struct {
	build Build
	cfg   *thv.RunConfig
	err   error
}

type questionKey struct{}

func questionIn(ctx context.Context) *question {
	q, _ := ctx.Value(questionKey{}).(*question)
	return q
}

// answer notes what was decided about cfg. It never allows ToolHive to go on.
func (q *question) answer(cfg *thv.RunConfig, err error) error {
	q.cfg, q.err = q.whole(cfg), err
	if err != nil {
		return err
	}
	return errAsked
}

// whole is cfg with what ToolHive takes from the settings of the person where the run
// config says nothing: the image to build in, and what is installed besides.
func (q *question) whole(cfg *thv.RunConfig) *thv.RunConfig {
	if cfg == nil || cfg.RuntimeConfig != nil {
		return cfg
	}
	kind, _, err := thv.ParseProtocolScheme(q.build.Reference)
	if err != nil { // ToolHive builds nothing of it
		return cfg
	}
	settings, err := config.NewProvider().GetRuntimeConfig(string(kind))
	if err != nil || settings == nil { // then ToolHive takes its own, as it does here for an error
		return cfg
	}
	out := *cfg
	out.RuntimeConfig = settings.Clone()
	return &out
}

// AskBeforeBuild decides about the server of b before its image is built.
// describe makes ToolHive's run config of it, as much as there is, and puts it to
// ToolHive's gate with the context that it is given; it must do nothing else.
// That the gate was asked is checked: without a verdict nothing is allowed.
//
// It returns the run config that was allowed, with the settings of the person that
// the build takes up. In this process, an image that
// ToolHive builds afterwards under the name of b is then known to be made of b,
// and so are its server's restarts in others.
func (p *Policy) AskBeforeBuild(ctx context.Context, b Build, describe func(context.Context) error) (*thv.RunConfig, error) {
	if g, ok := thv.ActivePolicyGate().(*Gate); !ok || g.policy != p {
		return nil, fmt.Errorf("%w: ToolHive asks another gate", gate.ErrUndecided)
	}
	q := &question{build: b}
	err := describe(context.WithValue(ctx, questionKey{}, q))
	switch {
	case q.err != nil && !errors.Is(err, q.err):
		return nil, fmt.Errorf("server creation blocked by policy: %w", q.err)
	case err != nil && !errors.Is(err, errAsked):
		return nil, err
	case q.cfg == nil || q.err != nil:
		return nil, fmt.Errorf("%w: ToolHive did not ask about %s", gate.ErrUndecided, b.Reference)
	}
	p.builds.allow(q.origin())
	return q.cfg, nil
}

// Remember notes that image was built of b, with the run config that
// [Policy.AskBeforeBuild] returned.
func (p *Policy) Remember(image string, b Build, cfg *thv.RunConfig) error {
	return p.origins.Remember(image, (&question{build: b, cfg: cfg}).origin())
}

func (q *question) origin() origins.Origin {
	return origins.Origin{Reference: q.build.Reference, Args: q.build.Args, Runtime: q.cfg.RuntimeConfig}
}

// builds are the builds that were allowed in this process.
type builds struct {
	mu     sync.Mutex
	byName map[string]origins.Origin
}

func (b *builds) allow(o origins.Origin) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byName == nil {
		b.byName = map[string]origins.Origin{}
	}
	b.byName[origins.Name(o.Reference)] = o
}

func (b *builds) of(image string) (origins.Origin, bool) {
	name, _, _ := strings.Cut(image, ":")
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.byName[name]
	return o, ok && origins.Built(image)
}

// whole returns cfg with what its image was built from, which cfg does not say,
// and the reference; cfg itself and "" where that is not known. An error means
// that the server's restarts would be taken for something else.
func (p *Policy) whole(ctx context.Context, cfg *thv.RunConfig) (*thv.RunConfig, string, error) {
	if q := questionIn(ctx); q != nil {
		return q.whole(cfg), q.build.Reference, nil
	}
	o, known := p.origins.Origin(cfg.Image)
	if !known {
		if o, known = p.builds.of(cfg.Image); !known {
			return cfg, "", nil
		}
		if err := p.origins.Remember(cfg.Image, o); err != nil {
			return nil, "", fmt.Errorf("%w: %w", gate.ErrUndecided, err)
		}
	}
	out := *cfg
	out.CmdArgs = slices.Concat(o.Args, cfg.CmdArgs)
	out.RuntimeConfig = o.Runtime
	return &out, o.Reference, nil
}

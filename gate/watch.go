package gate

import (
	"context"
	"reflect"

	"github.com/mcp-runner/mcp-runner/runner"
)

// PolicyRevision identifies the policies in force: what a decision that is made
// now has as its revision.
func (g *Gate) PolicyRevision() string {
	sources := make([]SourceRevision, len(g.sources))
	for i, s := range g.sources {
		sources[i] = SourceRevision{Name: s.name(), Revision: s.policy().Revision()}
	}
	return revision(sources)
}

// AwaitPolicyChange returns the revision of the policies in force once it is
// another than the given one, or the error of ctx.
func (g *Gate) AwaitPolicyChange(ctx context.Context, revision string) (string, error) {
	for {
		// What changes behind this line closes one of the channels.
		cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}}
		for _, s := range g.sources {
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(s.changed())})
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if now := g.PolicyRevision(); now != revision {
			return now, nil
		}
		reflect.Select(cases)
	}
}

// CheckRunningServer decides about a server that runs as CheckCreateServer does
// about one that is to be created. The decision that is recorded says so.
func (g *Gate) CheckRunningServer(ctx context.Context, cfg *runner.RunConfig) error {
	d := g.decideConfig(ctx, cfg)
	d.Running = true
	return g.record(ctx, d)
}

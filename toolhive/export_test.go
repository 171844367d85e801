package toolhive

import (
	"context"

	"github.com/mcp-runner/mcp-runner/gate"
)

// VersionOf is for tests.
var VersionOf = versionOf

// Gate opens the sources of p as a question does.
func (p *Policy) Gate(ctx context.Context) (*gate.Gate, error) {
	g, err := p.opened(ctx)
	if err != nil {
		return nil, err
	}
	return g, nil
}

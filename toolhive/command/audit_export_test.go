package command

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	rt "github.com/stacklok/toolhive/pkg/container/runtime"

	"github.com/mcp-runner/mcp-runner/toolhive"
)

// Fleet is what an audit is told of what runs.
type Fleet = fleet

// Audit is `policy audit` on a fleet of the test's; nil is no container engine.
func Audit(ctx context.Context, p *toolhive.Policy, f Fleet, output string, stop bool, stdout, stderr io.Writer) error {
	a := &audit{gate: p.Servers(), saved: savedConfigs, stop: stop, output: output, stdout: stdout, stderr: stderr}
	a.fleet = func(context.Context) (fleet, error) {
		if f == nil {
			return nil, errors.New("no engine\x1b[2J answers")
		}
		return f, nil
	}
	return a.run(ctx)
}

// SetReadDeadline bounds the reading of a saved run config until t ends.
func SetReadDeadline(t *testing.T, d time.Duration) {
	before := readDeadline
	readDeadline = d
	t.Cleanup(func() { readDeadline = before })
}

// SameImage and MayRun are how an audit looks at containers.
var (
	SameImage = sameImage
	MayRun    = func(state, status string) bool {
		return mayRun(rt.ContainerInfo{State: rt.WorkloadStatus(state), Status: status})
	}
)

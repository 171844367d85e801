package toolhive

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/mcp-runner/mcp-runner/gate"
)

// advisedRecorder says what to do where decisions cannot be written down.
type advisedRecorder struct {
	next gate.Recorder
	err  error // why there is no next
}

// Record implements [gate.Recorder].
func (r *advisedRecorder) Record(ctx context.Context, d *gate.Decision) error {
	err := r.err
	if err == nil {
		err = r.next.Record(ctx, d)
	}
	switch {
	case errors.Is(err, gate.ErrMask):
		return fmt.Errorf("%w; repair the rule in that policy source", err)
	case err != nil:
		return fmt.Errorf("%w; name a file that this user can write with %s", err, gate.DecisionLogVariable)
	}
	return nil
}

// Modules whose versions say what a gate of this package is.
const (
	modulePath   = "github.com/mcp-runner/mcp-runner/toolhive"
	toolhivePath = "github.com/stacklok/toolhive"
)

// version is that of this module, and of the ToolHive that it is linked to.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	own, theirs := "(devel)", "(unknown)"
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		switch {
		case m.Version == "":
		case m.Path == modulePath:
			own = m.Version
		case m.Path == toolhivePath:
			theirs = m.Version
		}
	}
	return own + ", ToolHive " + theirs
}

package command

import (
	"errors"
	"io"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
)

// Explain lays the decision in err out for a person: what is wrong, where, and
// what to do. It writes nothing where err carries none. ToolHive itself has
// written the one line of err.
func Explain(w io.Writer, err error) {
	d := decision(err)
	if d == nil {
		return
	}
	p := show.New(w)
	p.Printf("\n")
	p.Summary(d)
	p.Explain(d)
}

func decision(err error) *gate.Decision {
	if denied, ok := errors.AsType[*gate.DeniedError](err); ok {
		return denied.Decision
	}
	if undecided, ok := errors.AsType[*gate.UndecidedError](err); ok {
		return undecided.Decision
	}
	return nil
}

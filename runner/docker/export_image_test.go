package docker

import (
	"context"
	"io"

	"github.com/moby/moby/api/types/jsonstream"

	"github.com/mcp-runner/mcp-runner/runner"
)

// Connect returns what the engine is like that connect finds.
func (e *Engine) Connect(ctx context.Context) (local bool, platform string, err error) {
	api, err := e.connect(ctx)
	if err != nil {
		return false, "", err
	}
	return api.local, api.os + "/" + api.arch, nil
}

// EnsureImage is ensureImage at the engine that connect finds.
func (e *Engine) EnsureImage(ctx context.Context, cfg *runner.RunConfig) (string, error) {
	api, err := e.connect(ctx)
	if err != nil {
		return "", err
	}
	return e.ensureImage(ctx, api, cfg)
}

// Places are where an engine is looked for.
func Places(host string) ([]string, error) {
	places, err := findPlaces(host)
	var s []string
	for _, p := range places {
		s = append(s, p.String())
	}
	return s, err
}

// ShowProgress writes what a terminal of so many columns shows of a pull.
func ShowProgress(w io.Writer, columns int, name string, messages ...jsonstream.Message) {
	p := newProgress(w, name)
	p.columns = columns
	p.start()
	for _, m := range messages {
		p.shown = p.shown.AddDate(-1, 0, 0)
		p.show(m)
	}
	p.end(true)
}

// Loopback says which registries are spoken to without TLS.
var Loopback = loopback

package docker

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/containerd/errdefs"
	"github.com/docker/go-units"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"
	"golang.org/x/term"

	"github.com/mcp-runner/mcp-runner/runner"
)

// pull lets the engine pull the image by the digest of ref, never by a tag, with
// the credentials for its registry.
func (e *Engine) pull(ctx context.Context, api *engine, ref runner.ImageReference) (err error) {
	login := e.login(ctx, ref)
	header, err := login.header(ref)
	if err != nil {
		return fmt.Errorf("credentials for registry %s cannot be written down for the engine", ref.Registry)
	}
	name := displayed(ref)
	progress := newProgress(e.opts.Progress, name)
	progress.start()
	defer func() { progress.end(err == nil) }()
	stream, err := api.ImagePull(ctx, name, client.ImagePullOptions{RegistryAuth: header})
	if err != nil {
		return login.pullError(ref, err)
	}
	for message, err := range stream.JSONMessages(ctx) {
		if err != nil {
			return login.pullError(ref, err)
		}
		if message.Error != nil {
			return login.pullError(ref, message.Error)
		}
		progress.show(message)
	}
	return ctx.Err()
}

// pullError says what the engine's error means for the person who asked.
func (l login) pullError(ref runner.ImageReference, err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("pull: %w", err)
	case errdefs.IsUnauthorized(err), errdefs.IsPermissionDenied(err):
		return fmt.Errorf("pull: registry %s denies access to %s: %s", ref.Registry, repository(ref), l.advice(ref))
	}
	// The text is partly the registry's.
	text := err.Error()
	basic := base64.StdEncoding.EncodeToString([]byte(l.Username + ":" + l.Password))
	for _, secret := range []string{basic, l.Password, l.IdentityToken, l.RegistryToken} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "<redacted>")
		}
	}
	text = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, text)
	return fmt.Errorf("pull of %s: %.500s", displayed(ref), text)
}

// progress shows how far a pull is: on a terminal in one line that changes, else
// in one line at its start and one at its end. Where it cannot be written, the
// pull goes on.
type progress struct {
	w io.Writer
	// columns are those of the terminal, 0 where w is none.
	columns int
	name    string
	layers  map[string]layer
	shown   time.Time
}

type layer struct {
	current, total int64
	done           bool
}

// progressEvery is how often the line of a terminal changes.
const progressEvery = 100 * time.Millisecond

func newProgress(w io.Writer, name string) *progress {
	p := &progress{w: w, name: name, layers: map[string]layer{}}
	if w == nil {
		p.w = io.Discard
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.columns = 80
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			p.columns = columns
		}
	}
	return p
}

func (p *progress) start() { p.line("pulling " + p.name) }

// show takes only numbers from the message, and no text of the registry's.
func (p *progress) show(m jsonstream.Message) {
	if p.columns == 0 || !p.count(m) || time.Since(p.shown) < progressEvery {
		return
	}
	p.shown = time.Now()
	var all layer
	done := 0
	for _, l := range p.layers {
		all.current += l.current
		all.total += l.total
		if l.done {
			done++
		}
	}
	p.line(fmt.Sprintf("pulling %d of %d layers, %s of %s, %s", done, len(p.layers),
		units.HumanSize(float64(all.current)), units.HumanSize(float64(all.total)), p.name))
}

// count says whether the message was about a layer.
func (p *progress) count(m jsonstream.Message) bool {
	l := p.layers[m.ID]
	switch m.Status {
	case "Pulling fs layer", "Waiting", "Verifying Checksum", "Extracting":
	case "Downloading":
		if m.Progress != nil {
			l.current, l.total = m.Progress.Current, m.Progress.Total
		}
	case "Download complete":
		l.current = l.total
	case "Pull complete", "Already exists":
		l.current, l.done = l.total, true
	default:
		return false
	}
	p.layers[m.ID] = l
	return true
}

// end closes the last line.
func (p *progress) end(ok bool) {
	switch {
	case ok && p.columns == 0:
		p.line("pulled " + p.name)
	case ok:
		p.line("pulled " + p.name)
		p.write("\n")
	case p.columns > 0:
		p.line("")
	}
}

// line replaces the line of a terminal, and writes one anywhere else.
func (p *progress) line(text string) {
	if p.columns == 0 {
		p.write(text + "\n")
		return
	}
	// The name is ASCII, as all of a reference is.
	p.write("\r\x1b[K" + text[:min(len(text), p.columns-1)])
}

func (p *progress) write(text string) {
	_, _ = io.WriteString(p.w, text) // what cannot be shown is no reason not to pull
}

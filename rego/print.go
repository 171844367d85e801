package rego

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

const (
	maxPrint  = 100 // lines of one policy in one evaluation
	maxPrints = 100 * time.Millisecond
	// maxRedacted is how much of a line is redacted, and maxPrinted how much of it
	// is logged then.
	maxRedacted, maxPrinted = 64 << 10, 2 << 10
)

// printLog takes what policies print. It is used only where that is logged.
type printLog struct {
	log    *slog.Logger // nil logs nothing
	redact func(string) string
	watch  *deadline.Watch
}

// newPrintLog returns what takes the prints of a source, if its log wants them.
func newPrintLog(ctx context.Context, cfg LoadConfig) printLog {
	if cfg.Redact == nil || !cfg.log().Enabled(ctx, slog.LevelDebug) {
		return printLog{}
	}
	return printLog{log: cfg.log().With("source", cfg.Name), redact: cfg.Redact, watch: &deadline.Watch{}}
}

// printing prepares the query that prints, for a policy that does. It decides
// nothing: what print shows is evaluated apart from the decision, so that no
// operand of it can fail the policy, or take the time that the policy needs.
func (c *unitCompiler) printing(ctx context.Context, what string, modules []*module, body ast.Body) *query {
	if c.prints.log == nil || !slices.ContainsFunc(modules, (*module).prints) {
		return nil
	}
	printed := *c
	printed.printed = true
	comp, err := printed.compiler(modules)
	if err == nil {
		var printing *query
		if printing, err = newQuery(comp, body); err == nil {
			printing.lenient = true // an operand of print that fails is undefined
			return printing
		}
	}
	c.prints.log.DebugContext(ctx, "what is printed cannot be shown", "by", what, slog.Any("error", err))
	return nil
}

// prints says whether a module of the source calls print.
func (m *module) prints() bool {
	found := false
	eachCall(m.ast, func(op ast.Ref, _ *ast.Location) { found = found || op.String() == ast.Print.Name })
	return found
}

// print evaluates the policies that print once more, and logs what they print.
// It takes a part of the time that is left, and whatever goes wrong changes no
// decision.
func (p *Policy) print(ctx context.Context, input ast.Value) {
	if p.prints.log == nil || !slices.ContainsFunc(p.units, func(u *unit) bool { return u.printing != nil }) {
		return
	}
	most := maxPrints
	if at, ok := ctx.Deadline(); ok {
		most = min(most, time.Until(at)/2)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	_, err := deadline.Do(ctx, p.prints.watch, beginStep, func(d *deadline.Call) (struct{}, error) {
		return struct{}{}, p.printAll(&call{d, ctx}, input)
	})
	if err != nil {
		p.prints.log.DebugContext(ctx, "not all that is printed is shown", slog.Any("error", err))
	}
}

func (p *Policy) printAll(c *call, input ast.Value) error {
	about, end, err := p.data.begin(c.ctx, input)
	if err != nil {
		return err
	}
	defer end()
	for _, u := range p.units {
		if u.printing == nil {
			continue
		}
		c.Step(&u.what)
		hook := &printHook{printLog: p.prints, call: c, policy: u.name}
		about.adjust = func(t *topdown.Query) { t.WithPrintHook(hook) }
		if _, err := u.printing.run(c, about); err != nil {
			p.prints.log.DebugContext(c.ctx, "the policy fails, and prints no more", "policy", u.name, slog.Any("error", err))
		}
		if err := c.err(); err != nil {
			return err
		}
	}
	return nil
}

// printHook logs what one policy prints in one evaluation.
type printHook struct {
	printLog
	call   *call
	policy string
	lines  int
}

// Print implements [print.Hook].
func (h *printHook) Print(at print.Context, text string) error {
	if h.lines++; h.lines > maxPrint || h.call.Cancelled() {
		return nil
	}
	log := h.log.With("policy", h.policy)
	if at.Location != nil {
		log = log.With("at", fmt.Sprintf("%s:%d", at.Location.File, at.Location.Row))
	}
	redacted := h.redact(shorten(text, maxRedacted))
	if len(text) > maxRedacted { // a secret may have been cut there, and not be known as one
		redacted = shorten(redacted, max(0, len(redacted)-maxPrinted))
	}
	log.DebugContext(h.call.ctx, "print", "text", shorten(redacted, maxPrinted))
	if h.lines == maxPrint {
		log.DebugContext(h.call.ctx, "the policy may print more, which is not shown")
	}
	return nil
}

// shorten cuts what is more than most bytes.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.ToValidUTF8(s[:most], "�") + "…"
}

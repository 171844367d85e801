package gate

import (
	"context"
	"reflect"
	"slices"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
	"github.com/mcp-runner/mcp-runner/rego"
)

// maxAtOnce is how many bytes of text are redacted whatever time there is.
const maxAtOnce = 64 << 10

// redact redacts d, and leaves out what could not be redacted in the time of ctx.
func (g *Gate) redact(ctx context.Context, d *Decision) {
	if d.textSize() <= maxAtOnce {
		d.redact()
		return
	}
	redacted, err := deadline.Do(ctx, &g.watch, "redacting the decision", func(*deadline.Call) (Decision, error) {
		out := *d
		out.Violations, out.Errors = slices.Clone(d.Violations), slices.Clone(d.Errors)
		out.redact()
		return out, nil
	})
	if err != nil {
		d.Violations, d.Warnings, d.Errors = []rego.Violation{}, []string{}, []rego.PolicyError{}
		d.fail("%s", err)
		return
	}
	d.Violations, d.Warnings, d.Errors = redacted.Violations, redacted.Warnings, redacted.Errors
}

// textSize is about how much text of d is redacted.
func (d *Decision) textSize() int {
	n := 0
	for _, v := range d.Violations {
		n += len(v.Msg) + len(v.Title) + len(v.Remediation)
		for _, link := range v.Links {
			n += len(link)
		}
		for _, object := range []map[string]any{v.Details, v.Waiver} {
			if len(object) > 0 {
				n += textSize(reflect.ValueOf(object))
			}
		}
	}
	for _, w := range d.Warnings {
		n += len(w)
	}
	for _, e := range d.Errors {
		n += len(e.Msg)
	}
	return n
}

// redact takes out of what d says whatever reads as a secret by its own form.
// The input has none any more, but settings, waivers and data are written by
// people too, and policies quote them.
func (d *Decision) redact() {
	for i := range d.Violations {
		v := &d.Violations[i]
		for _, text := range []*string{&v.Level, &v.Msg, &v.Path, &v.Severity} {
			*text = RedactText(*text)
		}
		v.Title, v.Remediation = redactProse(v.Title), redactProse(v.Remediation)
		v.Links = slices.Clone(v.Links)
		for j, link := range v.Links {
			v.Links[j] = redactProse(link)
		}
		// A map stays a map, and nil stays nil: whether there is a waiver decides.
		v.Details, _ = redactValue(v.Details).(map[string]any)
		v.Waiver, _ = redactValue(v.Waiver).(map[string]any)
	}
	d.Warnings = redactTexts(d.Warnings)
	for i := range d.Errors {
		d.Errors[i].Msg = RedactText(d.Errors[i].Msg)
	}
}

// redactProse is [RedactText] for what the author of a policy wrote for people,
// where `--token NAME` is advice: only what is a secret by its own form goes.
func redactProse(s string) string {
	r := &redactor{ctx: context.Background()}
	return r.replace(s, urlSpans(s, tokenSpans(s, nil)))
}

func redactTexts(texts []string) []string {
	texts = slices.Clone(texts)
	for i, s := range texts {
		texts[i] = RedactText(s)
	}
	return texts
}

// redactValue copies a JSON value. Names call nothing a secret here: what they
// could be the names of was redacted before a policy saw it.
func redactValue(v any) any {
	switch x := v.(type) {
	case string:
		return RedactText(x)
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = redactValue(item)
		}
		return out
	case map[string]any:
		if x == nil {
			return v
		}
		out := make(map[string]any, len(x))
		for key, item := range x {
			out[RedactText(key)] = redactValue(item)
		}
		return out
	default:
		return v
	}
}

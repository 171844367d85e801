package command

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	thv "github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

// workload is one line of an audit.
type workload struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	// Running is nil where nobody knows.
	Running *bool `json:"running"`
	// Runs is what was asked for, as npx://pkg@1, an image or a URL.
	Runs    string `json:"runs"`
	Allowed bool   `json:"allowed"`
	// Severity is the worst of what denies; where nothing does, of what warns.
	Severity string `json:"severity,omitempty"`
	// Reason is the first of why it is denied, or of what warns.
	Reason string `json:"reason,omitempty"`
	// Error is why it was not judged. Nothing is allowed then.
	Error string `json:"error,omitempty"`
	// Decision is without its input; nil where the policy was not asked.
	Decision *gate.Decision `json:"decision"`
	Stopped  bool           `json:"stopped"`
}

const statusUnknown = "unknown"

// look fills what is known without a policy. containers are those of the workload.
func (w *workload) look(ctx context.Context, cfg *thv.RunConfig, containers []rt.ContainerInfo, fleet fleet, unknown error) {
	if cfg != nil {
		w.Runs = cfg.Image
	}
	switch {
	case unknown != nil:
		w.Status = statusUnknown
	case len(containers) > 0:
		c := containers[0]
		if i := slices.IndexFunc(containers, mayRun); i >= 0 {
			c = containers[i]
		}
		w.Status, w.Running, w.Runs = string(c.State), new(mayRun(c)), c.Image
	default: // a remote server, one that has no container now, or one that is hidden
		running, err := fleet.ProxyRuns(ctx, w.Name)
		switch {
		case err != nil:
			w.Status = statusUnknown
		case running:
			w.Status, w.Running = string(rt.WorkloadStatusRunning), new(true)
		case cfg != nil && cfg.RemoteURL == "":
			w.Status, w.Running = "no container", new(false)
		default:
			w.Status, w.Running = string(rt.WorkloadStatusStopped), new(false)
		}
	}
}

// asked takes over what the policy said. Its input is redacted.
func (w *workload) asked(d *gate.Decision) {
	if in := d.Input; in != nil {
		w.Runs = cmp.Or(in.Server.Source.Reference, in.Server.Image.Reference, in.Server.Remote.URL, w.Runs)
	}
	judged := *d
	judged.Input = nil
	w.Decision = &judged
	severities := []string{"low", "medium", "high", "critical"}
	worst := -1
	for _, v := range standing(d) {
		worst = max(worst, slices.Index(severities, v.Severity))
	}
	if worst >= 0 {
		w.Severity = severities[worst]
	}
}

// standing are the violations that deny; where none does, those that warn.
func standing(d *gate.Decision) []rego.Violation {
	at := func(warn bool) (found []rego.Violation) {
		for _, v := range d.Violations {
			if v.Waiver == nil && v.Level != rego.LevelAudit && (v.Level == rego.LevelWarn) == warn {
				found = append(found, v)
			}
		}
		return found
	}
	if denied := at(false); len(denied) > 0 || !d.Allowed {
		return denied
	}
	return at(true)
}

// compare sees to it that what runs is what was judged: the engine knows which
// image a container has, and the run config may have been written since.
func (w *workload) compare(cfg *thv.RunConfig, containers []rt.ContainerInfo) {
	if cfg == nil || w.Error != "" {
		return
	}
	for _, c := range containers {
		// Of an image whose name has moved on the engine knows the ID only.
		if mayRun(c) && !strings.HasPrefix(c.Image, "sha256:") && !sameImage(c.Image, cfg.Image) {
			w.Runs = c.Image
			w.Error = "runs another image than its run config has: cannot be judged"
		}
	}
}

// sameImage reports whether two references are to the same image. An engine may
// write one out, and Podman puts localhost/ before what was built there.
func sameImage(a, b string) bool {
	full := func(s string) string {
		ref, err := name.ParseReference(strings.TrimPrefix(s, "localhost/"))
		if err != nil {
			return s
		}
		return ref.Name()
	}
	return full(a) == full(b)
}

// settle says what became of it.
func (w *workload) settle() {
	d := w.Decision
	w.Allowed = w.Error == "" && d != nil && d.Allowed
	var reasons []string
	if w.Error != "" {
		reasons = append(reasons, w.Error)
	}
	if d != nil {
		for _, v := range standing(d) {
			reasons = append(reasons, v.Policy+": "+v.Msg)
		}
		for _, e := range d.Errors {
			reasons = append(reasons, strings.TrimPrefix(e.Policy+": "+e.Msg, ": "))
		}
	}
	w.Runs = gate.RedactText(w.Runs)
	reasons = slices.Compact(reasons)
	switch {
	case len(reasons) > 1:
		w.Reason = fmt.Sprintf("%s (and %d more)", reasons[0], len(reasons)-1)
	case len(reasons) == 1:
		w.Reason = reasons[0]
	case !w.Allowed:
		w.Reason = gate.ErrUndecided.Error()
	}
}

// verdict is one word for the table.
func (w *workload) verdict() string {
	switch {
	case w.Error != "":
		return "not judged"
	case w.Allowed:
		return "allowed"
	case len(standing(w.Decision)) > 0:
		return "denied"
	default:
		return "undecided"
	}
}

// oneLine is the text of an error without what could steer a terminal, and
// without a secret.
func oneLine(err error) string {
	return strings.TrimSpace(show.Clean(gate.RedactText(err.Error())))
}

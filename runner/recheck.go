package runner

import (
	"context"
	"fmt"
)

// PolicyWatcher is a PolicyGate whose policies change while servers run. Where
// the active gate is one, a Runner asks it again about each server that runs
// when another policy is in force: Options.OnPolicyChange.
type PolicyWatcher interface {
	PolicyGate

	// PolicyRevision identifies the policies in force.
	PolicyRevision() string
	// AwaitPolicyChange blocks until the policies in force are others than those
	// of revision, and returns their revision. An error means that there is
	// nothing to wait for any more, such as that ctx is done.
	AwaitPolicyChange(ctx context.Context, revision string) (string, error)
	// CheckRunningServer returns nil where the server that cfg describes, which
	// runs, might be created now, and otherwise why not. cfg is what
	// CheckCreateServer allowed.
	CheckRunningServer(ctx context.Context, cfg *RunConfig) error
}

// PolicyChange is what becomes of a server that runs where the policies that come
// into force would not allow it.
type PolicyChange string

// What becomes of such a server. That no verdict is reached counts as a denial.
const (
	// PolicyChangeWarn lets it go on and logs why it would not be allowed. It is
	// what the empty string means.
	PolicyChangeWarn PolicyChange = "warn"
	// PolicyChangeStop stops it: Run returns a *StoppedError.
	PolicyChangeStop PolicyChange = "stop"
	// PolicyChangeIgnore does not ask.
	PolicyChangeIgnore PolicyChange = "ignore"
)

// StoppedError says that a server was running and was stopped, because the
// policies that had come into force would not have allowed it. Err is the gate's
// own error.
type StoppedError struct {
	Err error
}

func (e *StoppedError) Error() string { return "server stopped by policy: " + e.Err.Error() }

// Unwrap returns the gate's own error.
func (e *StoppedError) Unwrap() error { return e.Err }

// recheck asks the gate about a running server whenever its policies change, and
// sends why the server is to be stopped. It ends with ctx. revision is what was
// in force before the server was allowed.
func (r *Runner) recheck(ctx context.Context, w PolicyWatcher, revision string, cfg *RunConfig, stop chan<- error) {
	for {
		err := judge(func() (err error) {
			revision, err = w.AwaitPolicyChange(ctx, revision)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				r.opts.Log.Error("changes of policy are not followed any more for a running server", "server", cfg.Name, "error", err)
			}
			return
		}
		err = judge(func() error { return w.CheckRunningServer(ctx, cfg.Clone()) })
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
		case r.opts.OnPolicyChange == PolicyChangeStop:
			stop <- &StoppedError{Err: err}
			return
		default:
			r.opts.Log.Warn("the policy in force would not allow a server that is running; it goes on", "server", cfg.Name, "reason", err)
		}
	}
}

// watcher is g where a running server is to be asked about again, else nil, and
// the revision that is in force now. The error is that g panicked.
func (r *Runner) watcher(g PolicyGate) (w PolicyWatcher, revision string, err error) {
	w, ok := g.(PolicyWatcher)
	if !ok || r.opts.OnPolicyChange == PolicyChangeIgnore {
		return nil, "", nil
	}
	err = judge(func() error {
		revision = w.PolicyRevision()
		return nil
	})
	return w, revision, err
}

// ParsePolicyChange reads what a person writes: warn, stop or ignore.
func ParsePolicyChange(s string) (PolicyChange, error) {
	switch c := PolicyChange(s); c {
	case PolicyChangeWarn, PolicyChangeStop, PolicyChangeIgnore:
		return c, nil
	}
	return "", fmt.Errorf("%q is not warn, stop or ignore", s)
}

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/state"

	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/toolhive"
)

const auditLong = `Ask the policy in force about every workload that ToolHive has saved and about
every one that runs, as if it were created now: ToolHive does not stop a server
when policies change.

What cannot be judged counts as denied: a run config that cannot be read, and a
container that runs without a run config or with another image than the one in it.
That includes what another user runs with ToolHive on the same container engine.
STATUS is what the container engine says, and for a remote server whether its
proxy runs. Where no engine answers it is unknown, and only what is saved is
judged.

An audit is a question without an effect: it reads the run configs without
ToolHive's migrations, and leaves no line in the decision log. With --stop it
stops what runs and is denied, in the way of 'thv stop'.

It exits 0 where all would be allowed, 3 where one would not, and 1 where the audit
or a stop failed.`

// audit is one run of `policy audit`.
type audit struct {
	gate   *toolhive.Gate
	saved  func() (state.Store, error)
	fleet  func(context.Context) (fleet, error)
	stop   bool
	output string
	// stdout takes the result, stderr what a person should know besides.
	stdout, stderr io.Writer
}

func newAuditCommand(p *toolhive.Policy) *cobra.Command {
	a := &audit{gate: p.Servers(), saved: savedConfigs, fleet: connect}
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Ask the policy in force about every saved and every running workload",
		Long:  auditLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.stdout, a.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return a.run(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&a.output, "output", "o", outputTable, "form of the result: table or json")
	cmd.Flags().BoolVar(&a.stop, "stop", false, "stop the workloads that run and are denied")
	return cmd
}

func (a *audit) run(ctx context.Context) error {
	if a.output != outputTable && a.output != outputJSON {
		return fmt.Errorf("--output %q: want table or json", a.output)
	}
	fleet, unknown := a.fleet(ctx)
	report, err := a.judge(ctx, fleet, unknown)
	if err != nil {
		return err
	}
	if a.stop {
		err = a.stopDenied(ctx, fleet, report)
	}
	if err := errors.Join(a.print(report), err); err != nil {
		return err
	}
	if report.Denied > 0 {
		return &ExitError{err: fmt.Errorf("%d of %d workloads would be denied now", report.Denied, len(report.Workloads)), code: exitDenied}
	}
	return nil
}

// report is what an audit found.
type report struct {
	Denied    int         `json:"denied"`
	Workloads []*workload `json:"workloads"`
	// Unknown is why nothing is known of what runs, or "".
	Unknown string `json:"unknown,omitempty"`
}

// judge asks about all workloads. fleet is nil where it is unknown what runs.
func (a *audit) judge(ctx context.Context, fleet fleet, unknown error) (*report, error) {
	store, err := a.saved()
	if err != nil {
		return nil, fmt.Errorf("saved workloads: %w", err)
	}
	names, err := store.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("saved workloads: %w", err)
	}
	r := &report{Workloads: []*workload{}}
	var containers []rt.ContainerInfo
	if unknown == nil {
		containers, unknown = fleet.Containers(ctx)
	}
	if unknown != nil {
		r.Unknown = oneLine(unknown)
	}
	for _, name := range names {
		cfg, err := readSaved(ctx, store, name)
		mine := slices.DeleteFunc(slices.Clone(containers), func(c rt.ContainerInfo) bool { return workloadName(c) != name })
		w := &workload{Name: name}
		w.look(ctx, cfg, mine, fleet, unknown)
		a.decide(ctx, w, cfg, err)
		w.compare(cfg, mine)
		r.Workloads = append(r.Workloads, w)
	}
	for _, c := range containers {
		if name := workloadName(c); mayRun(c) && !slices.Contains(names, name) {
			w := &workload{Name: name, Status: string(c.State), Running: new(true), Runs: c.Image}
			var err error
			cfg := inspectorOf(c)
			if cfg == nil {
				err = errors.New("no run config: cannot be judged")
			}
			a.decide(ctx, w, cfg, err)
			r.Workloads = append(r.Workloads, w)
		}
	}
	slices.SortStableFunc(r.Workloads, func(a, b *workload) int { return strings.Compare(a.Name, b.Name) })
	for _, w := range r.Workloads {
		w.settle()
		if !w.Allowed {
			r.Denied++
		}
	}
	return r, ctx.Err()
}

// decide asks about cfg, which could be read where err is nil.
func (a *audit) decide(ctx context.Context, w *workload, cfg *thv.RunConfig, err error) {
	if err != nil {
		w.Error = oneLine(err)
		return
	}
	d, err := a.gate.Decide(ctx, cfg)
	if d == nil {
		w.Error = oneLine(err)
		return
	}
	w.asked(d)
}

// stopDenied stops what runs and is denied, each by itself: ToolHive stops none of
// many any more when one could not be stopped.
func (a *audit) stopDenied(ctx context.Context, fleet fleet, r *report) error {
	if r.Unknown != "" {
		return fmt.Errorf("nothing is stopped: it is unknown what runs: %s", r.Unknown)
	}
	var errs []error
	for _, w := range r.Workloads {
		switch {
		case w.Allowed, w.Stopped:
		case w.Running == nil:
			errs = append(errs, fmt.Errorf("workload %s is not stopped: it is unknown whether it runs", show.Clean(w.Name)))
		case *w.Running:
			if err := fleet.Stop(ctx, w.Name); err != nil {
				errs = append(errs, fmt.Errorf("workload %s is not stopped: %s", show.Clean(w.Name), oneLine(err)))
				continue
			}
			w.Stopped = true
		}
	}
	return errors.Join(errs...)
}

package gate

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Recorder writes decisions down before they take effect. It may be called from
// many goroutines at once and must not keep or change d.
type Recorder interface {
	// Record returns once d is written down as safely as it will be. An error
	// denies: a decision that cannot be recorded is no decision.
	Record(ctx context.Context, d *Decision) error
}

// LogRecorder returns a Recorder that writes one line to log for each decision: who
// was asked about and what was answered, and no input. What a mask of the policies
// takes out of a [Record] can stand in it.
func LogRecorder(log *slog.Logger) Recorder { return logRecorder{log: log} }

type logRecorder struct{ log *slog.Logger }

func (r logRecorder) Record(ctx context.Context, d *Decision) error {
	level := slog.LevelInfo
	if !d.Allowed || len(d.Warnings) > 0 || slices.ContainsFunc(d.Violations, warns) {
		level = slog.LevelWarn
	}
	// The handler is asked itself: a Logger swallows its error. A level that the
	// operator switched off is no failure.
	handler := r.log.Handler()
	if !handler.Enabled(ctx, level) {
		return nil
	}
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	record := slog.NewRecord(time.Now(), level, "policy decision", pcs[0])
	record.AddAttrs(
		slog.String("id", d.ID),
		slog.Bool("allowed", d.Allowed),
		slog.String("server", serverName(d)),
		slog.String("subject", subject(d.Input)),
		slog.Bool("running", d.Running),
		slog.String("revision", d.Revision),
		slog.Any("denied_by", policiesAt(d, denies)),
		slog.Any("warned_by", policiesAt(d, warns)),
		slog.Any("warnings", d.Warnings),
		slog.Any("errors", errorTexts(d)),
	)
	// Who reads the log may have stopped to: a pipe that is full waits for ever.
	_, err := await(ctx, "writing", func() (struct{}, error) { return struct{}{}, handler.Handle(ctx, record) })
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

// LossyRecorder is a Recorder that lets a decision stand without a record.
type LossyRecorder interface {
	Recorder
	// Lost is how many decisions have no record.
	Lost() uint64
}

// OptionalRecorder returns a Recorder that never fails: where next does, the
// decision stands without a record, and log has a warning with the number of
// decisions that were lost so far.
func OptionalRecorder(next Recorder, log *slog.Logger) LossyRecorder {
	return &optionalRecorder{next: next, log: log}
}

type optionalRecorder struct {
	next Recorder
	log  *slog.Logger
	lost atomic.Uint64
}

func (r *optionalRecorder) Lost() uint64 { return r.lost.Load() }

func (r *optionalRecorder) Record(ctx context.Context, d *Decision) error {
	if err := r.next.Record(ctx, d); err != nil {
		r.log.WarnContext(ctx, "decision is not recorded", "id", d.ID, "allowed", d.Allowed,
			"lost", r.lost.Add(1), slog.Any("error", err))
	}
	return nil
}

func warns(v rego.Violation) bool { return v.Level == rego.LevelWarn && v.Waiver == nil }

func serverName(d *Decision) string {
	if d.Input == nil {
		return ""
	}
	return d.Input.Server.Name
}

func policiesAt(d *Decision, which func(rego.Violation) bool) []string {
	names := []string{}
	for _, v := range d.Violations { // sorted by policy
		if which(v) && !slices.Contains(names, v.Policy) {
			names = append(names, v.Policy)
		}
	}
	return names
}

func errorTexts(d *Decision) []string {
	texts := []string{}
	for _, e := range d.Errors {
		if e.Policy != "" {
			texts = append(texts, e.Policy+": "+e.Msg)
			continue
		}
		texts = append(texts, e.Msg)
	}
	return texts
}

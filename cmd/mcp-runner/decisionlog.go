package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
)

// logFlags say where decisions are written down.
type logFlags struct {
	file     string
	size     string
	age      time.Duration
	optional bool
}

func (f *logFlags) register(cmd *cobra.Command) {
	registerDecisionLog(cmd, &f.file, "`file` to write decisions to")
	fs := cmd.Flags()
	required := fs.VarPF(&required{&f.optional}, "decision-log-required", "", "start nothing where the decision cannot be written down; =false warns instead")
	required.NoOptDefVal = "true"
	fs.StringVar(&f.size, "decision-log-max-size", "32MiB", "rotate the decision log before it has more than this `size`; 0 means never")
	fs.DurationVar(&f.age, "decision-log-max-age", gate.DefaultRecordAge, "rotate the decision log when it begins with a decision older than this, and delete rotated ones as much later; 0 means never")
}

func registerDecisionLog(cmd *cobra.Command, file *string, usage string) {
	cmd.Flags().StringVar(file, "decision-log", "", usage+" (default: $"+gate.DecisionLogVariable+", or decisions.jsonl in the state directory of the user)")
}

// required is a flag that is true where optional is not.
type required struct{ optional *bool }

func (r *required) String() string { return strconv.FormatBool(r.optional == nil || !*r.optional) }
func (r *required) Type() string   { return "bool" }
func (r *required) Set(s string) error {
	v, err := strconv.ParseBool(s)
	*r.optional = !v
	return err
}

// decisionLogFile is the file that a flag names, or the environment, or the
// platform; named says that a person did.
func decisionLogFile(flag string) (path string, named bool, err error) {
	if flag == "" {
		flag = os.Getenv(gate.DecisionLogVariable)
	}
	if flag != "" {
		return flag, true, nil
	}
	path, err = gate.DefaultDecisionLog(os.Getenv)
	return path, false, err
}

// recorder writes decisions to the file. What is wrong with the file is the
// error of a decision, so that it denies; the error here is of the flags.
func (f *logFlags) recorder(log *slog.Logger) (gate.Recorder, error) {
	size, err := parseSize(f.size)
	if err != nil {
		return nil, usagef("--decision-log-max-size %q: %w", f.size, err)
	}
	if f.age < 0 {
		return nil, usagef("--decision-log-max-age %s: want no less than 0", f.age)
	}
	var next gate.Recorder
	path, _, err := decisionLogFile(f.file)
	if err == nil {
		next, err = gate.NewFileRecorder(gate.FileRecorderConfig{
			Path:    path,
			MaxSize: unlimited(size),
			MaxAge:  unlimited(f.age),
			Labels:  recordLabels(),
			Log:     log,
		})
	}
	record := &advisedRecorder{next: next, err: err, log: log, optional: f.optional}
	if f.optional {
		return gate.OptionalRecorder(record, log), nil
	}
	return record, nil
}

// unlimited turns the 0 of a flag into what means no limit to the gate.
func unlimited[T int64 | time.Duration](v T) T {
	if v == 0 {
		return -1
	}
	return v
}

func recordLabels() map[string]string {
	labels := map[string]string{"app": "mcp-runner", "version": buildVersion()}
	if label := os.Getenv(gate.EnvironmentVariable); label != "" {
		labels["environment"] = label
	}
	return labels
}

// advisedRecorder says what to do where decisions cannot be written down.
type advisedRecorder struct {
	next gate.Recorder
	err  error // why there is no next
	log  *slog.Logger
	// optional says that a lost record is a warning already.
	optional bool
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
	case err != nil && r.optional:
		return fmt.Errorf("%w; name a file that this user can write with --decision-log or %s", err, gate.DecisionLogVariable)
	case err != nil:
		return fmt.Errorf("%w; name a file that this user can write with --decision-log or %s, "+
			"or give --decision-log-required=false to go on without a record", err, gate.DecisionLogVariable)
	}
	if r.log.Enabled(ctx, slog.LevelDebug) {
		return gate.LogRecorder(r.log).Record(ctx, d)
	}
	return nil
}

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}}

// parseSize reads a number of bytes with or without a unit: 33554432, 32MiB.
// Nothing is 0.
func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number, factor := s, int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			number, factor = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("want a number of bytes such as 1000000, 500KiB or 32MiB")
	}
	return n * factor, nil
}

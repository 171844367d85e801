package command

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/mcp-runner/mcp-runner/internal/show"
)

// Forms of output.
const (
	outputTable = "table"
	outputJSON  = "json"
)

func (a *audit) print(r *report) error {
	if a.output == outputJSON {
		text, err := show.JSON(r, "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.stdout, text)
		return err
	}
	if r.Unknown != "" {
		if _, err := fmt.Fprintf(a.stderr, "It is unknown what runs: %s\n", r.Unknown); err != nil {
			return err
		}
	}
	if len(r.Workloads) == 0 {
		_, err := fmt.Fprintln(a.stdout, "No workloads")
		return err
	}
	return a.table(r)
}

func (a *audit) table(r *report) error {
	table := tabwriter.NewWriter(a.stdout, 0, 0, 3, ' ', 0)
	if _, err := fmt.Fprintln(table, "NAME\tSTATUS\tWHAT RUNS\tDECISION\tWORST SEVERITY\tWHY"); err != nil {
		return err
	}
	for _, w := range r.Workloads {
		cell := func(s string) string { return cmp.Or(show.Clean(s), "-") }
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			cell(w.Name), cell(w.Status), cell(w.Runs), w.verdict(), cell(w.Severity), cell(w.Reason)); err != nil {
			return err
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, w := range r.Workloads {
		if w.Stopped {
			if _, err := fmt.Fprintf(a.stdout, "Stopped %s\n", show.Clean(w.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

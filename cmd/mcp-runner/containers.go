package main

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// engine is the container engine of this process. It connects once it is needed.
func (a *app) engine(secrets func(context.Context, string) (string, error), log *slog.Logger) *docker.Engine {
	opts := docker.Options{Secrets: secrets, Log: log}
	if f, ok := a.stderr.(*os.File); ok && a.logFormat != "json" && term.IsTerminal(int(f.Fd())) {
		opts.Progress = f
	}
	return docker.New(opts)
}

func newPsCommand(a *app) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "ps [flags]",
		Short: "List the servers that run in containers",
		Long: `ps lists the containers of servers that mcp-runner started, whoever started
them, the oldest first. Each client session has one. It asks the container
engine, and reads the labels of the containers; there is no file of its own.

DECISION begins the id of the decision that allowed the server, as
mcp-runner decisions --id takes it; PID is the mcp-runner that owns it.`,
		Example: `  mcp-runner ps
  mcp-runner ps -o json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.ps(cmd.Context(), output) },
	}
	outputFlag(cmd, &output, "form of the list", "pretty", "json")
	return cmd
}

// listedServer is a docker.Container for programs.
type listedServer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Image is what the container was created from, Reference what was asked for.
	Image     string    `json:"image"`
	Reference string    `json:"reference"`
	Status    string    `json:"status"`
	Created   time.Time `json:"created"`
	PID       int       `json:"pid"`
	Decision  string    `json:"decision"`
	Revision  string    `json:"revision"`
}

func (a *app) ps(ctx context.Context, output string) error {
	if err := checkOutput(output, "pretty", "json"); err != nil {
		return err
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	containers, err := a.engine(nil, log).List(ctx)
	if err != nil {
		return err
	}
	if output == "json" {
		servers := []listedServer{}
		for _, c := range containers {
			servers = append(servers, listedServer{
				ID: c.ID, Name: gate.RedactText(c.Name), Image: gate.RedactText(c.Image), Reference: gate.RedactText(c.Reference), Status: c.Status,
				Created: c.Created, PID: c.PID, Decision: c.Decision, Revision: c.Revision,
			})
		}
		return a.printJSON(servers)
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 3, ' ', 0)
	p := newPrinter(table)
	p.Printf("ID\tNAME\tIMAGE\tSTATUS\tAGE\tPID\tDECISION\n")
	for _, c := range containers {
		p.Printf("%s\t%s\t%s\t%s\t%s\t%d\t%s\n", show.Clean(shortID(c.ID)), show.Clean(gate.RedactText(c.Name)), show.Clean(gate.RedactText(cmp.Or(c.Reference, c.Image))),
			show.Clean(c.Status), strings.ToLower(units.HumanDuration(time.Since(c.Created))), c.PID, show.Clean(shortDecision(c.Decision)))
	}
	if p.Err() != nil {
		return p.Err()
	}
	return table.Flush()
}

// shortID is as much of an ID as tells a few containers apart, and shortDecision
// that of a decision.
func shortID(id string) string       { return id[:min(len(id), 12)] }
func shortDecision(id string) string { return id[:min(len(id), 13)] }

func newLogsCommand(a *app) *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "logs [flags] NAME|ID",
		Short: "Show what a server in a container wrote to its error output",
		Long: `logs prints what the server of a container wrote to its error output so far, and
with --follow goes on until it ends. The engine keeps it for as long as the
container is there. What looks like a secret is left out, as from all output.

NAME is that of mcp-runner ps; where several have it, give an ID. An ID may be
cut short where no other begins so.`,
		Example: `  mcp-runner logs search
  mcp-runner logs -f 4f1c2d`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeServers,
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := a.logger()
			if err != nil {
				return err
			}
			engine := a.engine(nil, log)
			server, err := findServer(cmd.Context(), engine, args[0])
			if err != nil {
				return err
			}
			lines := &plainLines{w: a.stdout}
			if err := engine.Logs(cmd.Context(), server.ID, follow, lines); err != nil {
				return err
			}
			return lines.flush()
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what the server writes")
	return cmd
}

func newStopCommand(a *app) *cobra.Command {
	grace := 5 * time.Second
	cmd := &cobra.Command{
		Use:   "stop [flags] NAME|ID...",
		Short: "Stop servers that run in containers",
		Long: `stop ends the containers of servers, and removes them with all that belongs to
them. The client of such a server sees its session end; a client that comes
anew to an mcp-runner that offers the server over HTTP gets a new one.

NAME is that of mcp-runner ps; where several have it, give an ID. An ID may be
cut short where no other begins so.`,
		Example: `  mcp-runner stop search
  mcp-runner stop --time 30s 4f1c2d 77ab01`,
		Args:              usageArgs(cobra.MinimumNArgs(1)),
		ValidArgsFunction: a.completeServers,
		RunE: func(cmd *cobra.Command, args []string) error {
			if grace < 0 {
				return usagef("--time %s: want 0 or more", grace)
			}
			log, err := a.logger()
			if err != nil {
				return err
			}
			return a.stop(cmd.Context(), a.engine(nil, log), args, grace)
		},
	}
	cmd.Flags().DurationVarP(&grace, "time", "t", grace, "`time` that a server has to end before it is killed")
	return cmd
}

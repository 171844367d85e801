package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/stacklok/toolhive/cmd/thv/app"

	"github.com/mcp-runner/mcp-runner/toolhive"
)

// exitDenied is the exit code of mcp-runner and of thv-gated's own commands where
// policy does not allow: docs/contract.md, section 5.
const exitDenied = 3

// policyCommand is the name of what AddPolicy adds.
const policyCommand = "policy"

// ExitError is an error of a command of thv-gated with the exit code that the
// process is to end with: ToolHive knows only its own.
type ExitError struct {
	err  error
	code int
}

// Error implements error.
func (e *ExitError) Error() string { return e.err.Error() }

// Unwrap returns what went wrong, without the exit code.
func (e *ExitError) Unwrap() error { return e.err }

// ExitCode is what the process is to end with.
func (e *ExitError) ExitCode() int { return e.code }

// AddPolicy adds the commands about p to root, which is ToolHive's. An error
// means that ToolHive has a command of that name now.
func AddPolicy(root *cobra.Command, p *toolhive.Policy) error {
	for _, cmd := range root.Commands() {
		if cmd.Name() == policyCommand || cmd.HasAlias(policyCommand) {
			return fmt.Errorf("ToolHive has a command %s of its own", policyCommand)
		}
	}
	cmd := &cobra.Command{
		Use:   policyCommand,
		Short: "Look at workloads through the policy in force",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuditCommand(p))
	root.AddCommand(cmd)
	return nil
}

// IsPolicy reports whether a command line is about policies alone: it is for
// [Policy]. args are those of the process, its name first. Before the command only
// flags may stand that take no value: of another one the next word is the value,
// as in --name policy run IMAGE.
func IsPolicy(args []string) bool {
	for i, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		switch {
		case i == 0, name == "--debug", name == "--help", name == "-h":
		default:
			return arg == policyCommand
		}
	}
	return false
}

// Policy runs a command about policies, and returns what the process is to end
// with. It works where no container engine answers, and without ToolHive's
// migrations, which write. p is what ToolHive asks: should ToolHive take the
// command line for another command, that is not without a question.
func Policy(ctx context.Context, p *toolhive.Policy) int {
	root := app.NewRootCmd(false)
	err := errors.Join(Wrap(root, p), AddPolicy(root, p))
	if err == nil {
		err = root.ExecuteContext(ctx)
		Explain(os.Stderr, err)
	} else {
		slog.Error(err.Error())
	}
	if exit, ok := errors.AsType[*ExitError](err); ok {
		return exit.ExitCode()
	}
	return app.ExitCodeFromError(err)
}

// Command egress is the program of an egress container without the rest of
// mcp-runner, which takes long to build.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 || args[0] != egress.Command {
		return fmt.Errorf("want %s CONFIG, got %q", egress.Command, args)
	}
	cfg, err := egress.ParseConfig([]byte(args[1]))
	if err != nil {
		return err
	}
	return egress.Run(context.Background(), cfg, os.Stderr)
}

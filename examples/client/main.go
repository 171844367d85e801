// Command client starts the MCP servers of a client's configuration, as the
// client would, and says what each answers: its tools, or why there is none.
//
//	go run ./examples/client FILE [SERVER...]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/tailscale/hujson"
)

// configuration is what Claude Desktop, Cursor and many others read.
type configuration struct {
	Servers map[string]struct {
		Command string            `json:"command"`
		Args    []string          `json:"args"`
		Env     map[string]string `json:"env"`
	} `json:"mcpServers"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("want a file with mcpServers, and the names of servers where not all are meant")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	if data, err = hujson.Standardize(data); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	var cfg configuration
	if err := json.Unmarshal(data, &cfg); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	names := args[1:]
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(cfg.Servers))
	}
	for _, name := range names {
		server, ok := cfg.Servers[name]
		if !ok {
			return fmt.Errorf("%s: there is no server %q", args[0], name)
		}
		cmd := exec.CommandContext(ctx, server.Command, server.Args...)
		cmd.Env = os.Environ()
		for key, value := range server.Env {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
		show(ctx, name, cmd)
	}
	return nil
}

// show prints what the server of cmd answers.
func show(ctx context.Context, name string, cmd *exec.Cmd) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // npx may have to download
	defer cancel()
	client := mcp.NewClient(&mcp.Implementation{Name: "example", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	var answer *jsonrpc.Error
	switch {
	case errors.As(err, &answer):
		fmt.Printf("%s: JSON-RPC error %d: %s\n", name, answer.Code, answer.Message)
		return
	case err != nil:
		fmt.Printf("%s: %v\n", name, err)
		return
	}
	defer session.Close() // how the server ends is not the question here
	tools, err := session.ListTools(ctx, nil)
	if err != nil {
		fmt.Printf("%s: %v\n", name, err)
		return
	}
	fmt.Printf("%s: %d tools, the first is %q\n", name, len(tools.Tools), first(tools.Tools))
}

func first(tools []*mcp.Tool) string {
	if len(tools) == 0 {
		return ""
	}
	return tools[0].Name
}

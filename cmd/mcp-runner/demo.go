package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serveDemo is the demo server: it serves one client over stdin and stdout
// until the end of its input or of ctx.
func serveDemo(ctx context.Context) error {
	server := mcp.NewServer(&mcp.Implementation{Name: "mcp-runner-demo", Version: buildVersion()}, &mcp.ServerOptions{
		Instructions: "A small server to try mcp-runner with. It reads nothing and changes nothing.",
	})
	mcp.AddTool(server, &mcp.Tool{
		Name:        "echo",
		Description: "Returns the text that it is given.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, demoEcho)
	mcp.AddTool(server, &mcp.Tool{
		Name:        "add",
		Description: "Adds two numbers.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, demoAdd)
	mcp.AddTool(server, &mcp.Tool{
		Name:        "time",
		Description: "Returns the time now.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, demoTime)
	if err := server.Run(ctx, &mcp.StdioTransport{}); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("demo server: %w", err)
	}
	return nil
}

type echoInput struct {
	Message string `json:"message" jsonschema:"the text to return"`
}

func demoEcho(_ context.Context, _ *mcp.CallToolRequest, in echoInput) (*mcp.CallToolResult, any, error) {
	return demoText(in.Message), nil, nil
}

type addInput struct {
	A float64 `json:"a" jsonschema:"the first number"`
	B float64 `json:"b" jsonschema:"the second number"`
}

type addOutput struct {
	Sum float64 `json:"sum"`
}

func demoAdd(_ context.Context, _ *mcp.CallToolRequest, in addInput) (*mcp.CallToolResult, addOutput, error) {
	return nil, addOutput{Sum: in.A + in.B}, nil
}

type timeInput struct {
	Zone string `json:"zone,omitempty" jsonschema:"a time zone such as Europe/Berlin; UTC where it is left out"`
}

type timeOutput struct {
	Time string `json:"time"`
}

func demoTime(_ context.Context, _ *mcp.CallToolRequest, in timeInput) (*mcp.CallToolResult, timeOutput, error) {
	zone, err := time.LoadLocation(in.Zone) // "" is UTC
	if err != nil {
		return nil, timeOutput{}, fmt.Errorf("time zone %q is not known", in.Zone)
	}
	return nil, timeOutput{Time: time.Now().In(zone).Format(time.RFC3339)}, nil
}

func demoText(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

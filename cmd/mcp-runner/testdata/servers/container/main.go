// Command container is an MCP server for tests, for an image that holds nothing
// but it. Its tools tell and try what a container may do.
//
//	container            serves one client over stdio
//	container http ADDR  serves streamable HTTP on ADDR, at /mcp
//	container web ADDR   is no MCP server, and answers every request with its path
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	log.SetFlags(0)
	args := append(os.Args[1:], "", "")
	var err error
	switch args[0] {
	case "http":
		handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return newServer() }, nil)
		mux := http.NewServeMux()
		mux.Handle("/mcp", handler)
		err = http.ListenAndServe(args[1], mux)
	case "web":
		err = http.ListenAndServe(args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "web %s%s", r.Host, r.URL.Path)
		}))
	default:
		log.Print("the server has started")
		err = newServer().Run(context.Background(), &mcp.StdioTransport{})
	}
	if err != nil {
		log.Fatal(err)
	}
}

type input struct {
	Of string `json:"of"`
}

func newServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "container", Version: "1"}, nil)
	for name, does := range map[string]func(string) (string, error){
		"args":        func(string) (string, error) { return strings.Join(os.Args, "\n"), nil },
		"environment": func(string) (string, error) { return strings.Join(os.Environ(), "\n"), nil },
		"user":        func(string) (string, error) { return fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), nil },
		"hostname":    func(string) (string, error) { return os.Hostname() },
		"read":        read,
		"write": func(path string) (string, error) {
			return "written", os.WriteFile(path, []byte("by the server"), 0o644)
		},
		"interfaces": interfaces,
		"dial":       dial,
		"fetch":      fetch,
		"resolve":    resolve,
		"log":        func(text string) (string, error) { log.Print(text); return "logged", nil },
	} {
		mcp.AddTool(server, &mcp.Tool{Name: name}, func(_ context.Context, _ *mcp.CallToolRequest, in input) (*mcp.CallToolResult, any, error) {
			text, err := does(in.Of)
			if err != nil {
				return nil, nil, err
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
		})
	}
	return server
}

func read(path string) (string, error) {
	data, err := os.ReadFile(path)
	return string(data), err
}

func interfaces(string) (string, error) {
	all, err := net.Interfaces()
	var names []string
	for _, one := range all {
		if one.Flags&net.FlagUp != 0 {
			names = append(names, one.Name)
		}
	}
	return strings.Join(names, " "), err
}

// patience is how long a tool waits for an answer from the network.
const patience = 2 * time.Second

func dial(address string) (string, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return "", err
	}
	return "connected", conn.Close()
}

// fetch goes through the proxy that the environment names.
func fetch(url string) (string, error) {
	client := http.Client{Timeout: patience}
	res, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return string(body), err
}

func resolve(host string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(ctx, host)
	return strings.Join(addrs, " "), err
}

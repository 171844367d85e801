// Package clients finds and reads the files in which MCP clients name the
// servers that they start.
package clients

import (
	"fmt"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Syntax is what a file is written in.
type Syntax string

// Syntaxes of configurations.
const (
	SyntaxJSON Syntax = "json" // with comments and trailing commas
	SyntaxTOML Syntax = "toml"
	SyntaxYAML Syntax = "yaml"
	SyntaxXML  Syntax = "xml" // read only
)

// Client is a program that starts MCP servers from a file. Known returns those
// that this package knows; another one with the same ID is the same client.
type Client struct {
	// ID is its name in output and flags, such as claude-desktop.
	ID string
	// Name is its name for people, such as Claude Desktop.
	Name string
	// Docs is a page that describes its configuration.
	Docs string
}

// Scopes of a Location.
const (
	ScopeUser    = "user"
	ScopeProject = "project"
	ScopeSystem  = "system"
)

// Location is a file that was found, and whose it is. Only Path is needed: Read
// finds out the rest from the path and the text of the file.
type Location struct {
	Client Client
	Path   string
	// Scope is user, project or system.
	Scope string
	// Project is the directory to which a file of the project scope belongs: what
	// ${workspaceFolder} means in it. It is "" for other files.
	Project string
	// Home and OS are those of the machine on which the client runs: what
	// ${userHome} and ${pathSeparator} mean. "" is this process's own.
	Home, OS string
}

// Machine is where to look.
type Machine struct {
	// OS is linux, darwin or windows.
	OS string
	// Home is the directory of the user.
	Home string
	// Getenv reads the environment: XDG_CONFIG_HOME, APPDATA and the like.
	Getenv func(string) string
	// Projects are directories in which the files that clients read from a
	// project are looked for. Find adds those that Claude Code, VS Code and editors
	// made from it have been opened in.
	Projects []string
	// Root is put before the paths of the system's files, such as /etc: the place
	// where another machine's file system is mounted. "" is none.
	Root string
}

// File is a configuration that was read.
type File struct {
	Location
	Syntax  Syntax
	Servers []Server
	// Problems are places in the file that are not what the client expects. They
	// say nothing about the other servers of the file, and quote no value.
	Problems []Problem
}

// Problem is a place in a file and what is wrong with it. Line and Column are 0
// where it is about the whole file.
type Problem struct {
	Path         string
	Line, Column int
	Msg          string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.Path, p.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.Msg)
}

// Server is one server of a file.
type Server struct {
	// Name is how the file calls it.
	Name         string
	Line, Column int
	// Disabled says that the client does not start it as the file stands.
	Disabled bool
	// Config is what the client would start, with the variables whose values are
	// known put in. Config.Name is Name where that can be a server's name. Values
	// that only the client knows, such as an input that it asks for, are host
	// variables where they stand in the environment, secret references where they
	// stand in headers, and stay as they are written elsewhere. It is nil where
	// Problem says why.
	Config *runner.RunConfig
	// Dir is the directory in which the client starts it, or "".
	Dir string
	// Variables are the names of those whose values only the client knows.
	Variables []string
	// Problem says why there is no Config. It begins with the line and the column
	// where it is about one value.
	Problem string
}

// Entry is one server in the tree of a file: what a change of the file works on.
type Entry struct {
	Name string
	// Node is the object that describes the server. Where the file lists servers
	// as an array, Node is the element.
	Node *tree.Node
	// Launch is the object in which the fields of the command stand: Node, or a
	// member of it in the old forms of Zed and Continue.
	Launch *tree.Node
	// Fields are the names of the fields in Launch, of the client and, where a
	// client has several forms, of this entry's.
	Fields Fields
	// Container is the object or array that lists the servers, and Path the names
	// that lead to it from the root.
	Container *tree.Node
	Path      []string
	// Project is the directory for which the file lists the server, where it does
	// so for several, or "".
	Project string
	// NameStart and NameEnd are the bytes of the name in Container, quotes
	// included. Both are 0 where Container is an array.
	NameStart, NameEnd int
}

// Fields are the names under which an entry has what starts a server. A field
// that the client does not have is "". A dot leads into a member that is an
// object, as in requestOptions.headers. Where a client reads several names, the
// first that is there counts.
type Fields struct {
	// Command is a string, or, where Args is "", an array of the program and its
	// arguments.
	Command string
	Args    string
	// Env is an object of strings.
	Env string
	// HostEnv is an array of names of variables that the server gets from the
	// environment of the client.
	HostEnv string
	EnvFile string
	Dir     string
	URL     []string
	Headers []string
	Type    string
	// Disabled is a boolean that is true, and Enabled one that is false, where the
	// client does not start the server.
	Disabled, Enabled string
}

package clients

import (
	"slices"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Known returns the clients that this package knows, in the order in which they
// are looked for. A file that two of them read belongs to the first.
func Known() []Client {
	known := make([]Client, len(dialects))
	for i, d := range dialects {
		known[i] = d.client
	}
	return known
}

// Unknown is the client of a file whose form is known, but not whose it is.
var Unknown = Client{ID: "unknown", Name: "unknown client"}

// dialect is how a client writes its configuration.
type dialect struct {
	client Client
	places []place
	// names are those of files that are this client's wherever they are.
	names []string
	// containers are the paths from the root to the objects and arrays that list
	// servers. "*" is any name; no name at all is the root.
	containers [][]string
	fields     Fields
	// launch, where it is not nil, returns the object with the fields of the
	// command, and the fields that it has.
	launch func(entry *tree.Node, fields Fields) (*tree.Node, Fields)
	// variables are the ways in which a value refers to one.
	variables syntax
	// remoteType is the transport of a URL whose entry names no type; "" is
	// streamable HTTP. By the name of the field, where that says it.
	remoteType map[string]string
	// remoteFirst says that a URL counts where there is a command, too.
	remoteFirst bool
	// tildeArgs says that ~ at the beginning of an argument is the home directory.
	tildeArgs bool
	// read, where it is not nil, reads the whole file instead.
	read func(*reader) error
	// skip reports whether an entry is a part of the client itself.
	skip func(entry *tree.Node) bool
	// off reports whether another part of the file switches the entry off.
	off func(root *tree.Node, e Entry) bool
}

// dialects are all that is known of clients.
var dialects = slices.Concat(anthropicDialects, editorDialects, agentDialects, containerDialects)

// unknownDialect reads what most clients have in common.
var unknownDialect = &dialect{
	client: Unknown,
	containers: [][]string{
		{"mcpServers"}, {"servers"}, {"mcp", "servers"}, {"mcp", "mcpServers"}, {"mcp_servers"}, {"context_servers"},
	},
	fields: Fields{
		Command: "command", Args: "args", Env: "env", EnvFile: "envFile", Dir: "cwd", Type: "type",
		URL: []string{"url", "serverUrl", "httpUrl"}, Headers: []string{"headers", "requestOptions.headers"},
	},
	launch:    nestedLaunch,
	variables: envColon | braces | inputs | predefined,
}

// dialectOf returns that of a client, and the one of unknown clients for others.
func dialectOf(c Client) *dialect {
	if i := slices.IndexFunc(dialects, func(d dialect) bool { return d.client.ID == c.ID }); i >= 0 {
		return &dialects[i]
	}
	return unknownDialect
}

// remote are the fields that most clients took over from Claude Desktop, and those
// of a server somewhere else.
var remote = Fields{
	Command: "command", Args: "args", Env: "env", Type: "type", URL: []string{"url"}, Headers: []string{"headers"},
}

// with returns f changed.
func (f Fields) with(change func(*Fields)) Fields {
	change(&f)
	return f
}

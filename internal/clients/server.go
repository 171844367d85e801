package clients

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// server is what an entry starts.
func (r *reader) server(e Entry) Server {
	at := e.Node.Start
	if e.NameEnd > 0 {
		at = e.NameStart
	}
	s := &builder{reader: r, entry: e}
	s.Name = e.Name
	s.Line, s.Column = r.doc.Place(at)
	s.Disabled = r.disabled(e)
	project := e.Project
	if project == "" {
		project = r.file.Project
	}
	s.scope = scope{
		syntax: r.d.variables, os: r.file.OS, home: r.file.Home, project: project,
		file: r.file.Path, inputs: r.inputs,
	}
	cfg, err := s.config()
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		s.Problem = err.Error()
		return s.Server
	}
	s.Config = cfg
	return s.Server
}

// disabled reports whether the client leaves an entry out.
func (r *reader) disabled(e Entry) bool {
	if n := field(e.Node, e.Fields.Disabled); n != nil && n.Kind == tree.Bool && n.Text == "true" {
		return true
	}
	if n := field(e.Node, e.Fields.Enabled); n != nil && n.Kind == tree.Bool && n.Text == "false" {
		return true
	}
	return r.d.off != nil && r.d.off(r.doc.Root, e)
}

// builder makes the Server of one entry.
type builder struct {
	Server
	*reader
	entry Entry
	scope scope
}

// fault is an error about one value of the entry.
func (b *builder) fault(n *tree.Node, format string, args ...any) error {
	line, column := b.doc.Place(n.Start)
	return fmt.Errorf("%d:%d: %s", line, column, fmt.Sprintf(format, args...))
}

// expand puts the known variables into s and notes the others.
func (b *builder) expand(s string) expanded {
	return b.scope.expand(s, func(name string) {
		if !slices.Contains(b.Variables, name) {
			b.Variables = append(b.Variables, name)
		}
	})
}

func (b *builder) config() (*runner.RunConfig, error) {
	if b.entry.Node.Kind != tree.Object {
		return nil, b.fault(b.entry.Node, "the server is %s, want an object", kindName(b.entry.Node.Kind))
	}
	b.checkNames(b.entry.Node)
	if b.entry.Launch != b.entry.Node {
		b.checkNames(b.entry.Launch)
	}
	cfg := &runner.RunConfig{SchemaVersion: runner.CurrentSchemaVersion, Name: serverName(b.entry.Name)}
	command, err := b.command()
	if err != nil {
		return nil, err
	}
	address, addressField := firstField(b.entry.Launch, b.entry.Fields.URL)
	kind, err := b.kind(len(command) > 0, address != nil)
	if err != nil {
		return nil, err
	}
	for _, helper := range []string{"headersHelper", "http_headers_helper"} {
		if n := field(b.entry.Node, helper); n != nil {
			b.problem(n.Start, "server %q: %s is a command that the client runs, too, and is not looked at", shorten(b.Name), helper)
		}
	}
	if kind == runner.TransportStdio {
		return cfg, b.local(cfg, command)
	}
	if kind == "" {
		if kind = b.d.remoteType[addressField]; kind == "" {
			kind = runner.TransportStreamableHTTP
		}
	}
	return cfg, b.remote(cfg, address, kind)
}

// checkNames notes the names that are there twice.
func (b *builder) checkNames(n *tree.Node) {
	seen := map[string]bool{}
	for _, m := range n.Members {
		if seen[m.Name] {
			b.problem(m.NameStart, "server %q: %q is there twice: the last one counts", shorten(b.Name), shorten(m.Name))
		}
		seen[m.Name] = true
	}
}

// kind is the transport that the entry asks for: stdio, one of a remote server,
// or "" for whatever the client takes its URL for.
func (b *builder) kind(local, remote bool) (string, error) {
	named := ""
	if n := field(b.entry.Launch, b.entry.Fields.Type); n != nil {
		if n.Kind != tree.String {
			return "", b.fault(n, "%s is %s, want a string", b.entry.Fields.Type, kindName(n.Kind))
		}
		switch strings.ToLower(n.Text) {
		case "stdio", "local", "command":
			named = runner.TransportStdio
		case "sse":
			named = runner.TransportSSE
		case "http", "streamable-http", "streamablehttp", "streamable_http", "streamable":
			named = runner.TransportStreamableHTTP
		case "remote", "":
		default:
			return "", b.fault(n, "%s is none that is known here: stdio, http or sse", b.entry.Fields.Type)
		}
	}
	switch {
	case !local && !remote:
		return "", b.fault(b.entry.Node, "there is neither a command nor a URL: what the client starts does not stand in this file")
	case local && remote && named == "" && b.d.remoteFirst:
		return "", nil
	case local && remote && named == "":
		return "", b.fault(b.entry.Node, "there is a command and a URL: which of them the client takes is not known")
	case named == runner.TransportStdio && !local:
		return "", b.fault(b.entry.Node, "the type is one of a command, and there is none")
	case named != "" && named != runner.TransportStdio && !remote:
		return "", b.fault(b.entry.Node, "the type is one of a URL, and there is none")
	case named == "" && local:
		return runner.TransportStdio, nil
	}
	return named, nil
}

// command is the program and its arguments, or nothing.
func (b *builder) command() ([]string, error) {
	n := field(b.entry.Launch, b.entry.Fields.Command)
	if n == nil || n.Kind == tree.String && n.Text == "" {
		return nil, nil
	}
	words := []*tree.Node{n}
	if b.entry.Fields.Args == "" && n.Kind == tree.Array {
		words = n.Elements
	} else if n.Kind != tree.String {
		return nil, b.fault(n, "%s is %s, want a string", b.entry.Fields.Command, kindName(n.Kind))
	}
	if args := field(b.entry.Launch, b.entry.Fields.Args); args != nil {
		if args.Kind != tree.Array {
			return nil, b.fault(args, "%s is %s, want a list of strings", b.entry.Fields.Args, kindName(args.Kind))
		}
		words = append(slices.Clip(words), args.Elements...)
	}
	command := make([]string, 0, len(words))
	for i, word := range words {
		text, err := b.word(word)
		if err != nil {
			return nil, err
		}
		value := b.expand(text)
		if i == 0 {
			if len(value.unknown) > 0 {
				return nil, b.fault(word, "what it starts stands in a variable, %s, whose value only the client knows: "+
					"write the program instead", shorten(value.unknown[0]))
			}
			value.text = b.scope.tilde(value.text)
		} else if b.d.tildeArgs {
			value.text = b.scope.tilde(value.text)
		}
		command = append(command, value.text)
	}
	return command, nil
}

// word is an argument. Clients turn numbers into text or refuse them; the text
// is what would be started.
func (b *builder) word(n *tree.Node) (string, error) {
	switch n.Kind {
	case tree.String:
		return n.Text, nil
	case tree.Number, tree.Bool:
		b.problem(n.Start, "server %q: an argument is %s, want a string", shorten(b.Name), kindName(n.Kind))
		return n.Text, nil
	}
	return "", b.fault(n, "an argument is %s, want a string", kindName(n.Kind))
}

// remote fills in a server that someone else runs.
func (b *builder) remote(cfg *runner.RunConfig, address *tree.Node, transport string) error {
	if address.Kind != tree.String {
		return b.fault(address, "the URL is %s, want a string", kindName(address.Kind))
	}
	value := b.expand(address.Text)
	if len(value.unknown) > 0 {
		return b.fault(address, "what it connects to stands in a variable, %s, whose value only the client knows: "+
			"write the URL instead", shorten(value.unknown[0]))
	}
	cfg.RemoteURL, cfg.Transport = value.text, transport
	h := newHeaders()
	if err := b.headers(h); err != nil {
		return err
	}
	h.into(cfg)
	return nil
}

// serverName is the name where it can be one, and else what is left of it.
func serverName(name string) string {
	cleaned := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '-'
		}
		return c
	}, strings.ToValidUTF8(name, "-"))
	if cleaned == "" {
		return "server"
	}
	return cleaned
}

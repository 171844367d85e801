package wrap

import (
	"net/http"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// ownLogin are parts of names of members by which a client logs in itself, or
// sends what mcp-runner does not. They are compared in lower case.
var ownLogin = []string{"auth", "token", "header", "cert", "proxy", "credential", "secret", "verifyssl", "requestoptions", "requestinit"}

// literalArguments are the clients that put variables into URLs and headers, and
// do not say that they do so in arguments.
var literalArguments = []string{"copilot-cli", "copilot-jetbrains", "amazon-q", "kiro", "cline", "goose"}

// words of clients for the transports of servers, where they are not those of
// most.
var (
	stdioWords  = map[string]string{"opencode": "local"}
	remoteWords = map[string]string{
		"opencode": "remote", "goose": "streamable_http", "continue": "streamable-http", "cline": "streamableHttp", "roo-code": "streamable-http",
	}
)

func wordOf(words map[string]string, client, other string) string {
	if word, ok := words[client]; ok {
		return word
	}
	return other
}

// wrapRemote makes a command of a server that the client would reach itself. The
// members stay where they are and get other names, so that the values of headers
// become those of variables.
func (w wrapper) wrapRemote(p *plan, e Entry, f fields) (Change, error) {
	if note := w.remoteNote(p, e, f); note != "" {
		return left(note)
	}
	args := w.begin(e)
	if transportOf(e, f) == runner.TransportSSE {
		args = append(args, "--transport", runner.TransportSSE)
	}
	taken := map[string]bool{}
	if headers := f.headers.Value; headers != nil && headers.Kind == tree.Object {
		for _, m := range headers.Members {
			secret := secretName(m.Name, taken)
			args = append(args, "--header-secret", m.Name+"="+secret)
			p.rename(headers, m, secretVariable+secret, "")
		}
		p.rename(e.Launch, f.headers, e.Fields.Env, "")
	}
	if f.kind.Value != nil {
		p.set(f.kind.Value, wordOf(stdioWords, p.format.Client.ID, "stdio"))
	}
	c := Change{Action: Wrapped, Note: w.note(e)}
	if len(taken) == 0 {
		c.Note = "sends no header: if the server asks for a login, which only the client can do, unwrap it again"
	}
	url := f.url.Value
	items := append(itemsOf(args), item{url.Text, p.raw(url)})
	p.rename(e.Launch, f.url, e.Fields.Command, "")
	if e.Fields.Args == "" {
		p.setList(url, append(itemsOf([]string{w.opts.Runner}), items...), w.sibling(e), p.compact(f.url))
		return c, nil
	}
	p.set(url, w.opts.Runner)
	return c, p.addArray(e.Launch, f.url, e.Fields.Args, items, w.sibling(e))
}

// remoteNote says why mcp-runner cannot reach a server as the client does.
func (w wrapper) remoteNote(p *plan, e Entry, f fields) string {
	if e.Fields.Command == "" || e.Fields.Env == "" {
		return "its client starts no commands"
	}
	for _, m := range []tree.Member{f.args, f.env, f.hostEnv, f.envFile} {
		if m.Value != nil {
			return "it has both " + f.url.Name + " and " + m.Name
		}
	}
	for _, m := range e.Launch.Members {
		name := strings.ToLower(m.Name)
		switch {
		case f.headers.Value != nil && m.NameStart == f.headers.NameStart, m.Value.Kind == tree.Null:
		case slices.ContainsFunc(ownLogin, func(part string) bool { return strings.Contains(name, part) }):
			return m.Name + " is something that only the client can do"
		case slices.Contains(e.Fields.URL, m.Name) && m.NameStart != f.url.NameStart:
			return "it has both " + f.url.Name + " and " + m.Name
		}
	}
	url := f.url.Value
	if url.Kind != tree.String {
		return f.url.Name + " is no string"
	}
	if f.kind.Value != nil && f.kind.Value.Kind != tree.String {
		return f.kind.Name + " is no string"
	}
	if note := transportNote(e, f); note != "" {
		return note
	}
	if note := w.urlNote(p, e, f); note != "" {
		return note
	}
	return headersNote(f)
}

// urlNote says why a URL cannot be an argument.
func (w wrapper) urlNote(p *plan, e Entry, f fields) string {
	text := f.url.Value.Text
	variable := strings.Contains(text, "$") || strings.Contains(text, "{env:") || strings.Contains(text, "%{")
	c := &runner.RunConfig{SchemaVersion: runner.CurrentSchemaVersion, RemoteURL: text}
	switch {
	case !variable && c.Validate() != nil, variable && !strings.HasPrefix(text, "http") && !strings.HasPrefix(text, "$"):
		return f.url.Name + " is no URL with http or https"
	case variable && slices.Contains(literalArguments, p.format.Client.ID):
		return f.url.Name + " holds a variable, and it is not known that the client replaces those in " + e.Fields.Args
	case w.opts.Secret != nil && w.opts.Secret(text):
		return f.url.Name + " holds a secret, which a command line would show to everybody on the machine: move it into a header"
	}
	return ""
}

// transportOf is the transport that an entry asks for, "" for whatever the client
// takes the URL for. A URL that ends like those of the older HTTP+SSE transport is
// one of it where the entry says nothing.
func transportOf(e Entry, f fields) string {
	transport := ""
	if e.Server.Config != nil {
		transport = e.Server.Config.Transport
	}
	if f.kind.Value != nil {
		switch word := strings.ToLower(f.kind.Value.Text); word {
		case runner.TransportSSE, "ws", "websocket":
			return word
		}
		return transport
	}
	path, _, _ := strings.Cut(f.url.Value.Text, "?")
	if transport == "" && strings.HasSuffix(strings.TrimRight(path, "/"), "/sse") {
		return runner.TransportSSE
	}
	return transport
}

// transportNote says why the runner cannot talk to the server.
func transportNote(e Entry, f fields) string {
	transport := transportOf(e, f)
	switch {
	case transport != "" && transport != runner.TransportStreamableHTTP && transport != runner.TransportSSE:
		return "its transport is " + transport + ", and mcp-runner reaches remote servers over streamable HTTP and sse only"
	case f.kind.Value == nil && e.Server.Config != nil && e.Server.Config.Transport == runner.TransportSSE:
		return "its transport is sse because its URL stands in " + f.url.Name + ", which unwrap could not know"
	case e.Server.Config == nil && e.Server.Problem != "":
		return "its client would not start it: " + e.Server.Problem
	}
	return ""
}

// headersNote says why the headers cannot be sent.
func headersNote(f fields) string {
	headers := f.headers.Value
	if headers == nil || headers.Kind == tree.Null {
		return ""
	}
	if headers.Kind != tree.Object {
		return f.headers.Name + " is no object"
	}
	secrets := map[string]string{}
	seen := map[string]bool{}
	for _, m := range headers.Members {
		key := http.CanonicalHeaderKey(m.Name)
		switch {
		case m.Value.Kind != tree.String || m.Value.Text == "":
			return f.headers.Name + " has a header without a value, which mcp-runner does not send"
		case strings.Contains(m.Name, "=") || seen[key]:
			return f.headers.Name + " has a header that is there twice, or has no name"
		}
		seen[key] = true
		secrets[m.Name] = "X"
	}
	c := &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion, RemoteURL: "https://x",
		HeaderForward: &runner.HeaderForward{AddHeadersFromSecret: secrets},
	}
	if c.Validate() != nil {
		return f.headers.Name + " has a name that no header can have"
	}
	return ""
}

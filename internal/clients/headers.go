package clients

import (
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// headers collects what a client sends to a remote server. A name is in one of
// the two.
type headers struct {
	plain   map[string]string
	secrets map[string]string
}

func newHeaders() *headers {
	return &headers{plain: map[string]string{}, secrets: map[string]string{}}
}

// set notes a header. A value with an unknown variable is a secret of that name.
func (h *headers) set(name string, value expanded) {
	delete(h.plain, name)
	delete(h.secrets, name)
	if len(value.unknown) > 0 {
		h.secrets[name] = secretName(value.unknown[0])
	} else {
		h.plain[name] = value.text
	}
}

func (h *headers) into(cfg *runner.RunConfig) {
	if len(h.plain)+len(h.secrets) == 0 {
		return
	}
	cfg.HeaderForward = &runner.HeaderForward{}
	if len(h.plain) > 0 {
		cfg.HeaderForward.AddPlaintextHeaders = h.plain
	}
	if len(h.secrets) > 0 {
		cfg.HeaderForward.AddHeadersFromSecret = h.secrets
	}
}

// secretName is a name that a run config takes for that of a secret.
func secretName(name string) string { return strings.ReplaceAll(name, "=", "-") }

// headers reads those of the entry.
func (b *builder) headers(h *headers) error {
	for _, name := range b.entry.Fields.Headers {
		n := field(b.entry.Launch, name)
		if n == nil {
			continue
		}
		if n.Kind != tree.Object {
			return b.fault(n, "%s is %s, want an object", name, kindName(n.Kind))
		}
		b.checkNames(n)
		for _, m := range n.Members {
			if m.Value.Kind == tree.Null {
				continue
			}
			if m.Value.Kind == tree.Object || m.Value.Kind == tree.Array {
				return b.fault(m.Value, "header %s is %s, want a string", shorten(m.Name), kindName(m.Value.Kind))
			}
			h.set(m.Name, b.expand(m.Value.Text))
		}
	}
	return b.credentials(h)
}

// credentials reads the fields in which Codex has the names of variables, and
// Codex and Continue a token.
func (b *builder) credentials(h *headers) error {
	fromVariable := func(name string, variable *tree.Node) error {
		if variable.Kind != tree.String || variable.Text == "" {
			return b.fault(variable, "want the name of a variable")
		}
		if !slices.Contains(b.Variables, variable.Text) {
			b.Variables = append(b.Variables, variable.Text)
		}
		h.set(name, expanded{unknown: []string{variable.Text}})
		return nil
	}
	if n := field(b.entry.Launch, "env_http_headers"); n != nil {
		if n.Kind != tree.Object {
			return b.fault(n, "env_http_headers is %s, want an object", kindName(n.Kind))
		}
		for _, m := range n.Members {
			if err := fromVariable(m.Name, m.Value); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{"bearer_token", "apiKey"} {
		if n := field(b.entry.Launch, name); n != nil && n.Kind == tree.String {
			h.set("Authorization", b.expand("Bearer "+n.Text))
		}
	}
	if n := field(b.entry.Launch, "bearer_token_env_var"); n != nil {
		return fromVariable("Authorization", n)
	}
	return nil
}

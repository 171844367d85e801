package clients

import (
	"maps"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// environment collects the variables of a server. A name is in one of the three.
type environment struct {
	values  map[string]string
	hosts   map[string]bool
	secrets map[string]string // by name, what the client calls the secret
}

func newEnvironment() *environment {
	return &environment{values: map[string]string{}, hosts: map[string]bool{}, secrets: map[string]string{}}
}

func (e *environment) set(name, value string) {
	e.remove(name)
	e.values[name] = value
}

// host notes a variable whose value the client takes from somewhere else.
func (e *environment) host(name string) {
	e.remove(name)
	e.hosts[name] = true
}

func (e *environment) secret(name, secret string) {
	if strings.ContainsAny(secret, ",=\x00") || secret == "" {
		e.host(name)
		return
	}
	e.remove(name)
	e.secrets[name] = secret
}

func (e *environment) remove(name string) {
	delete(e.values, name)
	delete(e.hosts, name)
	delete(e.secrets, name)
}

func (e *environment) into(cfg *runner.RunConfig) {
	if len(e.values) > 0 {
		cfg.EnvVars = e.values
	}
	cfg.HostEnv = slices.Sorted(maps.Keys(e.hosts))
	for _, name := range slices.Sorted(maps.Keys(e.secrets)) {
		cfg.Secrets = append(cfg.Secrets, e.secrets[name]+",target="+name)
	}
}

// env reads the object of variables.
func (b *builder) env(env *environment) error {
	n := field(b.entry.Launch, b.entry.Fields.Env)
	if n == nil {
		return nil
	}
	if n.Kind != tree.Object {
		return b.fault(n, "%s is %s, want an object", b.entry.Fields.Env, kindName(n.Kind))
	}
	b.checkNames(n)
	for _, m := range n.Members {
		if m.Name == "" || strings.ContainsAny(m.Name, "=\x00") {
			return b.fault(&tree.Node{Start: m.NameStart}, "%s has a name that no variable can have", b.entry.Fields.Env)
		}
		switch m.Value.Kind {
		case tree.String, tree.Number, tree.Bool:
		case tree.Null:
			// VS Code takes the variable away; other clients refuse the file.
			env.remove(m.Name)
			continue
		default:
			b.problem(m.Value.Start, "server %q: variable %s is %s, want a string", shorten(b.Name), shorten(m.Name), kindName(m.Value.Kind))
			env.host(m.Name)
			continue
		}
		if m.Value.Kind != tree.String {
			b.problem(m.Value.Start, "server %q: variable %s is %s, want a string", shorten(b.Name), shorten(m.Name), kindName(m.Value.Kind))
		}
		value := b.expand(m.Value.Text)
		switch {
		case len(value.unknown) == 0:
			env.set(m.Name, value.text)
		case value.password:
			env.secret(m.Name, value.unknown[0])
		default:
			env.host(m.Name)
		}
	}
	return nil
}

// hostEnv reads the names of variables that the client hands on.
func (b *builder) hostEnv(env *environment) error {
	n := field(b.entry.Launch, b.entry.Fields.HostEnv)
	if n == nil {
		return nil
	}
	if n.Kind != tree.Array {
		return b.fault(n, "%s is %s, want a list of names", b.entry.Fields.HostEnv, kindName(n.Kind))
	}
	for _, element := range n.Elements {
		name := element
		if element.Kind == tree.Object {
			name = field(element, "name")
		}
		if name == nil || name.Kind != tree.String || name.Text == "" || strings.ContainsAny(name.Text, "=\x00") {
			return b.fault(element, "%s has something that is not the name of a variable", b.entry.Fields.HostEnv)
		}
		env.host(name.Text)
		if !slices.Contains(b.Variables, name.Text) {
			b.Variables = append(b.Variables, name.Text)
		}
	}
	return nil
}

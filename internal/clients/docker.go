package clients

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// readDocker reads Docker's registry.yaml, which names the servers that the
// gateway starts, with the catalogs and the settings beside it; or one catalog,
// whose servers are disabled unless the registry beside it names them.
func readDocker(r *reader) error {
	registry := r.doc.Root.Get("registry")
	if r.doc.Root.Kind == tree.Null || registry == nil || registry.Kind == tree.Null {
		return nil
	}
	if registry.Kind != tree.Object {
		return fmt.Errorf("%s: registry is %s, want an object", r.file.Path, kindName(registry.Kind))
	}
	if len(registry.Members) > MaxServers {
		return fmt.Errorf("%s: has more than %d servers", r.file.Path, MaxServers)
	}
	d := &dockerReader{reader: r}
	dir := filepath.Dir(r.file.Path)
	var enabled map[string]bool
	if isCatalog(registry) {
		dir = filepath.Dir(dir)
		enabled = d.enabled(filepath.Join(dir, "registry.yaml"))
	} else {
		d.readCatalogs(filepath.Join(dir, "catalogs"))
	}
	d.settings = d.optional(filepath.Join(dir, "config.yaml"))
	for _, m := range registry.Members {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if registry.Get(m.Name) != m.Value {
			r.problem(m.NameStart, "server %q is there twice: the last one counts", shorten(m.Name))
			continue
		}
		entry := m.Value
		if d.catalogs != nil {
			entry = d.catalogs[m.Name]
		}
		s := d.server(m.Name, entry)
		s.Line, s.Column = r.doc.Place(m.NameStart)
		s.Disabled = enabled != nil && !enabled[m.Name]
		r.file.Servers = append(r.file.Servers, s)
	}
	return nil
}

// isCatalog reports whether entries say what they start.
func isCatalog(registry *tree.Node) bool {
	return slices.ContainsFunc(registry.Members, func(m tree.Member) bool {
		return m.Value.Get("image") != nil || m.Value.Get("remote") != nil || m.Value.Get("type") != nil
	})
}

type dockerReader struct {
	*reader
	// catalogs are the entries of all catalogs by name; nil while a catalog itself
	// is read.
	catalogs map[string]*tree.Node
	// settings are those of config.yaml, which entries refer to.
	settings *tree.Node
}

// optional reads a YAML file beside the registry. What is wrong with it is a
// problem, unless it does not exist.
func (d *dockerReader) optional(path string) *tree.Node {
	data, err := readRegular(path)
	if missing(err) {
		return nil
	}
	var doc *tree.Document
	if err == nil {
		doc, err = tree.YAML(data)
	}
	if fault, ok := errors.AsType[*tree.SyntaxError](err); ok {
		d.file.Problems = append(d.file.Problems, Problem{Path: path, Line: fault.Line, Column: fault.Column, Msg: fault.Msg})
		return nil
	}
	if err != nil {
		d.file.Problems = append(d.file.Problems, Problem{Path: path, Msg: reason(err)})
		return nil
	}
	return doc.Root
}

// enabled are the names in a registry, or nil without one.
func (d *dockerReader) enabled(path string) map[string]bool {
	root := d.optional(path)
	if root == nil {
		return nil
	}
	names := map[string]bool{}
	if registry := root.Get("registry"); registry != nil {
		for _, m := range registry.Members {
			names[m.Name] = true
		}
	}
	return names
}

// readCatalogs reads all catalogs. Docker's own comes first; of an entry that
// several have, the last counts.
func (d *dockerReader) readCatalogs(dir string) {
	d.catalogs = map[string]*tree.Node{}
	paths := expand(dir, []string{"*.yaml"}, func(dir string, err error) {
		d.file.Problems = append(d.file.Problems, Problem{Path: dir, Msg: reason(err)})
	})
	slices.SortStableFunc(paths, func(a, b string) int {
		return boolInt(filepath.Base(b) == "docker-mcp.yaml") - boolInt(filepath.Base(a) == "docker-mcp.yaml")
	})
	for _, path := range paths {
		root := d.optional(path)
		if root == nil {
			continue
		}
		if registry := root.Get("registry"); registry != nil {
			for _, m := range registry.Members {
				d.catalogs[m.Name] = m.Value
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *dockerReader) server(name string, entry *tree.Node) Server {
	s := Server{Name: name}
	cfg := &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion, Name: serverName(name), Transport: runner.TransportStdio,
	}
	e := &dockerEntry{entry: entry, settings: d.settings, cfg: cfg, env: newEnvironment()}
	err := e.fill()
	if err == nil {
		err = cfg.Validate()
	}
	s.Variables = e.unknown
	if err != nil {
		s.Problem = err.Error()
		return s
	}
	s.Config = cfg
	return s
}

// dockerEntry turns an entry of a catalog into a run config.
type dockerEntry struct {
	entry    *tree.Node
	settings *tree.Node
	cfg      *runner.RunConfig
	env      *environment
	unknown  []string
}

func (e *dockerEntry) fill() error {
	if e.entry == nil {
		return errors.New("it is enabled, but stands in no catalog beside the registry")
	}
	if e.entry.Kind != tree.Object {
		return fmt.Errorf("the entry is %s, want an object", kindName(e.entry.Kind))
	}
	if text(e.entry, "type") == "poci" {
		return errors.New("it starts a container for each of its tools, which are not looked at")
	}
	if address := text(e.entry, "remote", "url"); address != "" {
		return e.remote(address, text(e.entry, "remote", "transport_type"))
	}
	if address := text(e.entry, "sseEndpoint"); address != "" {
		return e.remote(address, runner.TransportSSE)
	}
	if e.cfg.Image = text(e.entry, "image"); e.cfg.Image == "" {
		return errors.New("the catalog names neither an image nor a URL for it")
	}
	var err error
	if e.cfg.CmdArgs, err = e.list("command"); err != nil {
		return err
	}
	if e.cfg.Volumes, err = e.list("volumes"); err != nil {
		return err
	}
	if err := e.environment(); err != nil {
		return err
	}
	e.env.into(e.cfg)
	// allowHosts is left out: the gateway holds to it with --block-network only.
	if n := e.entry.Get("disableNetwork"); n != nil && n.Kind == tree.Bool && n.Text == "true" {
		e.cfg.PermissionProfile = &runner.PermissionProfile{Network: &runner.NetworkPermissions{Mode: "none"}}
	}
	return nil
}

func (e *dockerEntry) environment() error {
	if n := orNil(e.entry.Get("env")); n != nil {
		for _, element := range n.Elements {
			name := text(element, "name")
			if name == "" || strings.ContainsAny(name, "=\x00") {
				return errors.New("env has a name that no variable can have")
			}
			values, ok := e.template(text(element, "value"))
			if !ok || len(values) > 1 || len(values) == 1 && strings.Contains(values[0], "$") {
				// The gateway puts secrets in for $NAME.
				e.env.host(name)
				continue
			}
			if len(values) == 1 {
				e.env.set(name, values[0])
			}
		}
	}
	if n := orNil(e.entry.Get("secrets")); n != nil {
		for _, element := range n.Elements {
			variable := text(element, "env")
			if variable == "" || strings.ContainsAny(variable, "=\x00") {
				return errors.New("secrets has a name that no variable can have")
			}
			e.env.secret(variable, text(element, "name"))
		}
	}
	return nil
}

func (e *dockerEntry) remote(address, transport string) error {
	e.cfg.RemoteURL = address
	e.cfg.Transport = runner.TransportStreamableHTTP
	if transport == runner.TransportSSE {
		e.cfg.Transport = runner.TransportSSE
	}
	h := newHeaders()
	sc := &scope{syntax: braces | dollar}
	if sent := orNil(e.entry.Get("remote", "headers")); sent != nil {
		for _, m := range sent.Members {
			h.set(m.Name, sc.expand(m.Value.Text, e.note))
		}
	}
	h.into(e.cfg)
	return nil
}

// list is a list of texts with settings put in.
func (e *dockerEntry) list(name string) ([]string, error) {
	n := orNil(e.entry.Get(name))
	if n == nil {
		return nil, nil
	}
	if n.Kind != tree.Array {
		return nil, fmt.Errorf("%s is %s, want a list", name, kindName(n.Kind))
	}
	var list []string
	for _, element := range n.Elements {
		values, ok := e.template(element.Text)
		if !ok && name == "volumes" {
			return nil, errors.New("what it mounts stands in a template that is not known here")
		}
		for _, value := range values {
			if value != "" {
				list = append(list, value)
			}
		}
	}
	return list, nil
}

func (e *dockerEntry) note(name string) {
	if !slices.Contains(e.unknown, name) {
		e.unknown = append(e.unknown, name)
	}
}

// text is the string behind a path, or "".
func text(n *tree.Node, path ...string) string {
	if found := n.Get(path...); found != nil && found.Kind != tree.Object && found.Kind != tree.Array {
		return found.Text
	}
	return ""
}

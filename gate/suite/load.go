package suite

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// maxBytes bounds the file of a suite.
const maxBytes = 4 << 20

// DefaultTime is input.context.time of a case that does not say one.
var DefaultTime = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Load reads the suite at path. What it does not know is an error with its line.
func Load(path string) (_ *Suite, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads a suite that was read from path. Files that it names are beside
// path.
func Parse(path string, data []byte) (*Suite, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxBytes)
	}
	s := &Suite{File: path}
	err := s.decode(data)
	if err == nil && len(s.Cases) == 0 {
		err = errNoCases
	}
	if at, ok := errors.AsType[*lineError](err); ok {
		return nil, fmt.Errorf("%s:%d: %s", path, at.line, at.msg)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *Suite) decode(data []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return errNoCases
	case err != nil:
		return err
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return errorAt(&second, "a second YAML document begins here: write one document in a file")
	case !errors.Is(err, io.EOF):
		return err
	}
	r := &reader{}
	return r.fields(doc.Content[0], "a suite", map[string]field{
		"cases": func(n *yaml.Node) error {
			return r.list(n, func(n *yaml.Node) error {
				c, err := s.readCase(r, n)
				s.Cases = append(s.Cases, c)
				return err
			})
		},
	})
}

// sources are the keys of which a case has exactly one.
var sources = []string{"image", "remote_url", "command", "run_config", "run_config_file", "registry"}

func (s *Suite) readCase(r *reader, n *yaml.Node) (Case, error) {
	c := Case{Row: n.Line, Time: DefaultTime, Expect: Expectation{Warnings: -1}}
	var given, file []string
	var expected bool
	source := func(key string, read field) field {
		return func(n *yaml.Node) error {
			given = append(given, key)
			return read(n)
		}
	}
	ofFile := func(key string, into *string) field {
		return func(n *yaml.Node) error {
			file = append(file, key)
			return r.text(into)(n)
		}
	}
	var reference string
	var words []string
	fields := map[string]field{
		"name":            r.text(&c.Name),
		"image":           source("image", r.text(&reference)),
		"remote_url":      source("remote_url", r.text(&reference)),
		"command":         source("command", r.texts(&words)),
		"run_config":      source("run_config", func(n *yaml.Node) (err error) { c.Config, err = r.runConfig(n); return err }),
		"run_config_file": source("run_config_file", func(n *yaml.Node) (err error) { c.Config, err = s.runConfigFile(r, n); return err }),
		"registry":        source("registry", func(n *yaml.Node) error { return c.readRegistry(r, n) }),
		"path":            ofFile("path", &c.Command.Argv0),
		"resolved":        ofFile("resolved", &c.Command.Path),
		"sha256":          ofFile("sha256", &c.Command.SHA256),
		"interpreter": func(n *yaml.Node) error {
			file = append(file, "interpreter")
			c.Command.Interpreter = &runner.Interpreter{}
			return r.fields(n, "an interpreter", map[string]field{
				"path": r.text(&c.Command.Interpreter.Path), "sha256": r.text(&c.Command.Interpreter.SHA256),
			})
		},
		"time":        r.time(&c.Time),
		"environment": r.text(&c.Environment),
		"expect": func(n *yaml.Node) error {
			expected = true
			return c.Expect.read(r, n)
		},
	}
	if err := r.fields(n, "a case", fields); err != nil {
		return c, err
	}
	switch {
	case c.Name == "":
		return c, errorAt(n, "the case has no name")
	case slices.ContainsFunc(s.Cases, func(other Case) bool { return other.Name == c.Name }):
		return c, errorAt(n, "there are two cases named %q", c.Name)
	case len(given) != 1:
		return c, errorAt(n, "the case %q has %d of %s: want one", c.Name, len(given), strings.Join(sources, ", "))
	case !expected:
		return c, errorAt(n, "the case %q expects nothing: write expect: {allowed: true} or false", c.Name)
	}
	switch given[0] {
	case "image":
		c.Config = &runner.RunConfig{Image: reference, IsolateNetwork: !runner.IsPackage(reference)}
	case "remote_url":
		c.Config = &runner.RunConfig{RemoteURL: reference}
	case "command":
		if len(words) == 0 {
			return c, errorAt(n, "the case %q: command is empty", c.Name)
		}
		c.Config = &runner.RunConfig{Command: words[0], CmdArgs: words[1:]}
	}
	if len(file) > 0 && (c.Config == nil || c.Config.Command == "") {
		return c, errorAt(n, "the case %q: %s is of a command, and the server is none", c.Name, file[0])
	}
	if c.Config == nil {
		return c, nil
	}
	if c.Config.SchemaVersion == "" {
		c.Config.SchemaVersion = runner.CurrentSchemaVersion
	}
	if c.Config.Host == "" {
		c.Config.Host = "127.0.0.1" // as check and run do
	}
	if err := c.Config.Validate(); err != nil {
		return c, errorAt(n, "the case %q: %s", c.Name, err)
	}
	return c, nil
}

// readRegistry reads an operation on a registry. Its file is nowhere looked up:
// the path that is written is the one that it has.
func (c *Case) readRegistry(r *reader, n *yaml.Node) error {
	to := &c.Registry
	var operation *string
	err := r.fields(n, "a registry", map[string]field{
		"operation": r.oneOf(&operation, gate.OperationUpdateRegistry, gate.OperationDeleteRegistry),
		"name":      r.text(&to.Name), "url": r.text(&to.URL), "api_url": r.text(&to.APIURL),
		"local_path": r.text(&to.LocalPath), "resolved": r.text(&to.Resolved),
		"allow_private_ip": r.boolean(&to.AllowPrivateIP), "has_auth": r.boolean(&to.HasAuth),
	})
	switch {
	case err != nil:
		return err
	case operation == nil:
		return errorAt(n, "the registry has no operation: want %s or %s", gate.OperationUpdateRegistry, gate.OperationDeleteRegistry)
	}
	c.Operation, to.Resolved = *operation, cmp.Or(to.Resolved, strings.TrimPrefix(to.LocalPath, "file://"))
	if _, err := gate.RegistryInput(c.Operation, *to); err != nil {
		return errorAt(n, "%s", err)
	}
	return nil
}

func (e *Expectation) read(r *reader, n *yaml.Node) error {
	var said bool
	err := r.fields(n, "expect", map[string]field{
		"allowed": func(n *yaml.Node) error {
			said = true
			return r.boolean(&e.Allowed)(n)
		},
		"warnings": r.count(&e.Warnings),
		"violations": func(n *yaml.Node) error {
			e.Violations = []Violation{}
			return r.list(n, func(n *yaml.Node) error {
				var v Violation
				var waived bool
				err := r.fields(n, "a violation", map[string]field{
					"policy": r.optional(&v.Policy), "level": r.oneOf(&v.Level, rego.LevelDeny, rego.LevelWarn, rego.LevelAudit),
					"msg": r.optional(&v.Msg), "path": r.optional(&v.Path),
					"severity": r.oneOf(&v.Severity, "low", "medium", "high", "critical"),
					"waived": func(n *yaml.Node) error {
						v.Waived = &waived
						return r.boolean(&waived)(n)
					},
				})
				if err == nil && v == (Violation{}) {
					err = errorAt(n, "the violation says nothing: write at least its policy")
				}
				e.Violations = append(e.Violations, v)
				return err
			})
		},
	})
	if err == nil && !said {
		err = errorAt(n, "expect does not say allowed: true or false")
	}
	return err
}

// position is where a mistake is in the JSON that was made of YAML, which nobody
// has seen.
var position = regexp.MustCompile(`^\d+:\d+: `)

func (r *reader) runConfig(n *yaml.Node) (*runner.RunConfig, error) {
	v, err := r.value(n)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, errorAt(n, "run_config: %s", err)
	}
	cfg, err := runner.ParseRunConfig(data)
	if err != nil {
		return nil, errorAt(n, "run_config: %s", position.ReplaceAllString(err.Error(), ""))
	}
	return cfg, nil
}

func (s *Suite) runConfigFile(r *reader, n *yaml.Node) (*runner.RunConfig, error) {
	var name string
	if err := r.text(&name)(n); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(s.File), filepath.FromSlash(name))
	}
	cfg, err := runner.LoadRunConfig(name)
	if err != nil {
		return nil, errorAt(n, "run_config_file: %s", err)
	}
	return cfg, nil
}

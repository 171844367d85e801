package gate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcp-runner/mcp-runner/runner"
)

// InputFor returns the input of policies for cfg: normalised, every field
// there, secrets redacted. Context is empty: the gate fills it. cfg must be
// resolved ([runner.Resolve]), because policies see the file that will run and
// the real paths of mounts. An error means that cfg cannot be judged; it holds
// no secret in clear.
func InputFor(cfg *runner.RunConfig) (Input, error) {
	return inputFor(context.Background(), cfg)
}

// inputFor is InputFor, given up when ctx is done.
func inputFor(ctx context.Context, cfg *runner.RunConfig) (Input, error) {
	in, err := rawInput(cfg)
	switch {
	case err != nil && len(err.Error()) > maxText:
		return Input{}, errTooMuchText
	case err != nil:
		return Input{}, errors.New(RedactText(err.Error()))
	}
	total(&in)
	return redact(ctx, in)
}

// Unredacted is [InputFor] before secrets are taken out, for a host that changes
// the input before it asks: it must go nowhere but to [Gate.Check] and
// [Gate.Decide], which take them out.
func Unredacted(cfg *runner.RunConfig) (Input, error) {
	in, err := rawInput(cfg)
	if err != nil {
		return Input{}, errors.New(RedactText(err.Error()))
	}
	total(&in)
	return in, nil
}

// rawInput is the input before redaction.
func rawInput(cfg *runner.RunConfig) (Input, error) {
	if cfg == nil {
		return Input{}, errors.New("run config is nil")
	}
	if err := checkResolved(cfg); err != nil {
		return Input{}, err
	}
	in := Input{Version: InputVersion, Operation: OperationCreateServer}
	s := &in.Server
	s.Name, s.Group, s.Transport = cfg.Name, cfg.Group, cfg.Transport
	for _, name := range slices.Sorted(maps.Keys(cfg.ContainerLabels)) {
		s.Labels = append(s.Labels, Label{Name: name, Value: cfg.ContainerLabels[name]})
	}
	var err error
	if s.Endpoint, err = endpoint(cfg); err != nil {
		return Input{}, err
	}
	s.Auth = Auth{
		OIDC:  says(cfg.OIDCConfig),
		Authz: says(cfg.AuthzConfig) || cfg.AuthzConfigPath != "",
		Audit: configured(cfg.AuditConfig) || cfg.AuditConfigPath != "",
		Tools: slices.Sorted(slices.Values(cfg.ToolsFilter)),
	}
	s.Provenance = Provenance{
		RegistryServerName: cfg.RegistryServerName,
		RegistryURL:        registryURL(cfg.RegistryURL),
		RegistryAPIURL:     registryURL(cfg.RegistryAPIURL),
	}
	for _, fill := range []func(*runner.RunConfig, *Server) error{
		fillSource, fillEnvironment, fillPorts, fillPermissions, fillContainer, fillLaunch, fillKubernetes,
	} {
		if err := fill(cfg, s); err != nil {
			return Input{}, err
		}
	}
	if cfg.Resolved != nil {
		for _, m := range cfg.Resolved.Mounts {
			s.Mounts = append(s.Mounts, Mount{Source: m.Source, Resolved: m.Resolved, Target: m.Target, ReadOnly: m.ReadOnly})
		}
	}
	in.Config, err = configObject(cfg)
	return in, err
}

// checkResolved refuses a config of which policies would see less than what
// will run.
func checkResolved(cfg *runner.RunConfig) error {
	profile := cfg.PermissionProfile
	switch {
	case cfg.Command != "" && (cfg.Resolved == nil || cfg.Resolved.Command == nil):
		return errors.New("run config is not resolved: the file behind its command is not known")
	case cfg.Resolved == nil && (len(cfg.Volumes) > 0 || profile != nil && len(profile.Read)+len(profile.Write) > 0):
		return errors.New("run config is not resolved: the real paths of its mounts are not known")
	}
	return nil
}

func fillSource(cfg *runner.RunConfig, s *Server) error {
	s.Command.Args = slices.Clone(cfg.CmdArgs)
	var given int
	for _, source := range []string{cfg.Image, cfg.RemoteURL, cfg.Command} {
		if source != "" {
			given++
		}
	}
	if given > 1 {
		return errors.New("run config has more than one of image, remote_url and command")
	}
	if runner.ImageScheme(cfg.Image) != "image" && strings.ContainsFunc(cfg.Image, unicode.IsSpace) {
		return errors.New("package has white space in its name: no package has") // which may be a secret
	}
	var err error
	switch {
	case cfg.AsCommand() != cfg: // a package and its launcher
		err = fillCommand(cfg.AsCommand(), s)
		s.Source.Reference, s.Source.Scheme = cfg.Image, runner.ImageScheme(cfg.Image)
	case cfg.Image != "":
		s.Kind = KindContainer
		s.Source = Source{Reference: cfg.Image, Scheme: runner.ImageScheme(cfg.Image)}
		if s.Source.Scheme == "image" {
			s.Image, err = parseImage(cfg.Image)
		} else {
			err = fillPackage(cfg.Image, s)
			if buildsElsewhere(cfg.RuntimeConfig) {
				s.Source.Opaque, s.Source.OpaqueReason = true, "runtime_config has a builder_image, which is no image that policies see"
			}
		}
	case cfg.RemoteURL != "":
		s.Kind = KindRemote
		s.Source = Source{Reference: cfg.RemoteURL, Scheme: "url"}
		s.Remote, err = parseRemote(cfg.RemoteURL)
		s.Remote.Authenticated = s.Remote.Authenticated || authenticated(cfg)
	case cfg.Command != "":
		err = fillCommand(cfg, s)
	}
	return err
}

// buildsElsewhere reports whether a package is built in an image of the run
// config's choice. What cannot be read is taken for one.
func buildsElsewhere(runtime jsontext.Value) bool {
	if !configured(runtime) {
		return false
	}
	members, err := jsonObject(runtime)
	for name, value := range members {
		if strings.EqualFold(name, "builder_image") && value != "" && value != nil {
			return true
		}
	}
	return err != nil
}

// authenticated reports whether cfg says how to log in to a remote server.
func authenticated(cfg *runner.RunConfig) bool {
	if configured(cfg.RemoteAuthConfig) {
		return true
	}
	headers := cfg.HeaderForward
	if headers == nil {
		return false
	}
	for name, value := range headers.AddPlaintextHeaders {
		if value != "" && secretName(name) != secretNone {
			return true
		}
	}
	return len(headers.AddHeadersFromSecret) > 0
}

func fillEnvironment(cfg *runner.RunConfig, s *Server) error {
	for name, value := range cfg.EnvVars {
		s.Environment = append(s.Environment, Variable{Name: name, Source: "literal", Value: value})
	}
	for _, name := range cfg.HostEnv {
		s.Environment = append(s.Environment, Variable{Name: name, Source: "host"})
	}
	for i, text := range cfg.Secrets {
		secret, err := runner.ParseSecret(text)
		if err != nil {
			return fmt.Errorf("secrets[%d]: %w", i, err)
		}
		s.Secrets = append(s.Secrets, Secret{Name: secret.Name, Target: secret.Target})
		s.Environment = append(s.Environment, Variable{Name: secret.Target, Source: "secret"})
	}
	slices.SortFunc(s.Environment, compareVariables)
	return nil
}

func compareVariables(a, b Variable) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
}

func fillPorts(cfg *runner.RunConfig, s *Server) error {
	for i, text := range cfg.Publish {
		m, err := runner.ParsePublish(text)
		if err != nil {
			return fmt.Errorf("publish[%d]: %w", i, err)
		}
		s.PublishedPorts = append(s.PublishedPorts, PublishedPort{HostIP: m.HostIP, HostPort: m.HostPort, ContainerPort: m.ContainerPort})
	}
	return nil
}

func fillPermissions(cfg *runner.RunConfig, s *Server) error {
	p, name := cfg.PermissionProfile, cfg.PermissionProfileNameOrPath
	s.Permissions.Network.Isolated = cfg.IsolateNetwork
	switch {
	case p != nil && p.Name != "":
		name = p.Name
	case p == nil && (name == runner.ProfileNone || name == runner.ProfileNetwork):
		var err error
		if p, err = runner.LoadPermissionProfile(name); err != nil {
			return err
		}
	case p == nil && name != "":
		return fmt.Errorf("permission profile %q is named, but what it allows is not in the run config", name)
	}
	s.Permissions.Profile = name
	if p == nil {
		return nil
	}
	s.Permissions.Privileged = p.Privileged
	n := p.Network
	if n == nil {
		return nil
	}
	s.Permissions.Network.Mode = n.Mode
	if n.Outbound != nil {
		s.Permissions.Network.Outbound = Outbound{
			AllowAll: n.Outbound.InsecureAllowAll,
			Hosts:    hostNames(n.Outbound.AllowHost),
			Ports:    slices.Clone(n.Outbound.AllowPort),
		}
	}
	if n.Inbound != nil {
		s.Permissions.Network.Inbound.Hosts = hostNames(n.Inbound.AllowHost)
	}
	return nil
}

// hostNames are names, or patterns of names as proxies have them, in the form
// that compares equal.
func hostNames(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, strings.ToLower(strings.TrimSuffix(name, ".")))
	}
	return out
}

// configured reports whether a part of the config that is kept as JSON says
// anything.
func configured(v jsontext.Value) bool {
	v = bytes.TrimSpace(v)
	return len(v) > 0 && string(v) != "null"
}

// says reports whether v is configured and not an empty object, which names
// nobody who may come in.
func says(v jsontext.Value) bool {
	members, err := jsonObject(v)
	return configured(v) && (err != nil || len(members) > 0)
}

// configObject is cfg as its JSON object.
func configObject(cfg *runner.RunConfig) (map[string]any, error) {
	object, err := jsonObject(cfg)
	if err != nil {
		return nil, fmt.Errorf("run config: %w", err)
	}
	return object, nil
}

// jsonObject is v as a JSON object, numbers exact; nil where v encodes as null.
func jsonObject(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	return object, nil
}

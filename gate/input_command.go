package gate

import (
	"errors"
	"slices"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/launch"
)

// fillCommand fills in the file that will run and what its command line says:
// a launcher's package, or a container client's container, so that one rule
// serves a server however it is started.
func fillCommand(cfg *runner.RunConfig, s *Server) error {
	s.Source = Source{Reference: cfg.Command, Scheme: "command"}
	c := cfg.Resolved.Command
	s.Command.Args = slices.Clone(cfg.CmdArgs)
	s.Command.Path, s.Command.Resolved, s.Command.SHA256 = c.Argv0, c.Path, c.SHA256
	if c.Interpreter != nil {
		s.Command.Interpreter = Interpreter{Path: c.Interpreter.Path, SHA256: c.Interpreter.SHA256}
	}
	line, err := launchLine(cfg)
	if err != nil {
		return err
	}
	s.Source.Opaque, s.Source.OpaqueReason = line.Opaque, line.Reason
	s.Package = packageInput(line.Package)
	for _, p := range line.Packages {
		s.Packages = append(s.Packages, packageInput(p))
	}
	s.Kind = KindProcess
	if line.Kind == launch.KindContainer {
		s.Kind = KindContainer
	}
	if line.Container != nil && line.Container.Image != "" {
		s.Image, err = parseImage(line.Container.Image)
	}
	return err
}

// launchLine is what [runner.Resolve] found out, or the same from what the host
// has resolved itself.
func launchLine(cfg *runner.RunConfig) (launch.Line, error) {
	if cfg.Resolved.Launch != nil {
		return *cfg.Resolved.Launch, nil
	}
	line := runner.LaunchLine(cfg)
	if line.Container != nil && len(line.Container.Mounts) > 0 {
		return launch.Line{}, errors.New("run config is not resolved: the real paths of the mounts in its command line are not known")
	}
	return line, nil
}

func packageInput(p launch.Package) Package {
	return Package{Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version, Pinned: p.Pinned}
}

// fillPackage fills in the package that stands in place of an image, where the
// host builds one of it.
func fillPackage(reference string, s *Server) error {
	p, err := launch.ParseScheme(reference)
	s.Package = packageInput(p)
	return err
}

// fillLaunch adds what a command line asks for to what the config itself does:
// variables, and for a container ports and permissions. Its mounts are among
// those resolved.
func fillLaunch(cfg *runner.RunConfig, s *Server) error {
	cfg = cfg.AsCommand()
	if cfg.Command == "" {
		return nil
	}
	line, err := launchLine(cfg)
	if err != nil {
		return err
	}
	for _, v := range line.Env {
		s.addVariable(v)
	}
	if line.Kind != launch.KindContainer {
		return nil
	}
	network := &s.Permissions.Network
	network.Isolated = false // nothing of this project stands between
	c := line.Container
	if c == nil {
		network.Outbound.AllowAll = true
		return nil
	}
	for _, v := range c.Env {
		s.addVariable(v)
	}
	for _, p := range c.Ports {
		s.PublishedPorts = append(s.PublishedPorts, PublishedPort{HostIP: p.HostIP, HostPort: p.HostPort, ContainerPort: p.ContainerPort})
	}
	if c.Network != "" {
		network.Mode = c.Network
	}
	network.Outbound.AllowAll = c.Network != "none"
	s.Permissions.Privileged = s.Permissions.Privileged || c.Privileged
	s.Permissions.addCapabilities(c.Capabilities)
	s.Permissions.User, s.Permissions.ReadOnlyRoot = c.User, c.ReadOnlyRoot
	s.Permissions.Limits = Limits{MemoryBytes: c.MemoryBytes, CPUs: c.CPUs, PIDs: c.PIDs}
	return nil
}

// addVariable adds a variable of a command line, in its place by name. One that
// is only passed on is there already where the config sets it.
func (s *Server) addVariable(v launch.Variable) {
	added := Variable{Name: v.Name, Source: "literal", Value: v.Value}
	if v.Host {
		if slices.ContainsFunc(s.Environment, func(other Variable) bool { return other.Name == v.Name }) {
			return
		}
		added = Variable{Name: v.Name, Source: "host"}
	}
	if slices.Contains(s.Environment, added) {
		return
	}
	s.Environment = append(s.Environment, added)
	slices.SortStableFunc(s.Environment, compareVariables)
}

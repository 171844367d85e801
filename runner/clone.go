package runner

import (
	"maps"
	"slices"
)

// Clone returns a copy of c, Resolved included, that shares no memory with it.
func (c *RunConfig) Clone() *RunConfig {
	if c == nil {
		return nil
	}
	d := *c
	d.CmdArgs = slices.Clone(c.CmdArgs)
	d.AllowedOrigins = slices.Clone(c.AllowedOrigins)
	d.Publish = slices.Clone(c.Publish)
	d.PermissionProfile = c.PermissionProfile.Clone()
	d.EnvVars = maps.Clone(c.EnvVars)
	d.HostEnv = slices.Clone(c.HostEnv)
	d.Secrets = slices.Clone(c.Secrets)
	d.Volumes = slices.Clone(c.Volumes)
	d.ContainerLabels = maps.Clone(c.ContainerLabels)
	d.ToolsFilter = slices.Clone(c.ToolsFilter)
	d.HeaderForward = c.HeaderForward.clone()
	if c.Container != nil {
		container := *c.Container
		d.Container = &container
	}
	d.Resolved = c.Resolved.clone()
	for _, raw := range d.rawValues() {
		*raw = raw.Clone()
	}
	return &d
}

// Clone returns a copy of p that shares no memory with it.
func (p *PermissionProfile) Clone() *PermissionProfile {
	if p == nil {
		return nil
	}
	d := *p
	d.Read = slices.Clone(p.Read)
	d.Write = slices.Clone(p.Write)
	d.Network = p.Network.clone()
	for _, raw := range d.rawValues() {
		*raw = raw.Clone()
	}
	return &d
}

// clone leaves Extra, and that of the parts, to the caller's rawValues.
func (n *NetworkPermissions) clone() *NetworkPermissions {
	if n == nil {
		return nil
	}
	d := *n
	if n.Outbound != nil {
		outbound := *n.Outbound
		outbound.AllowHost = slices.Clone(outbound.AllowHost)
		outbound.AllowPort = slices.Clone(outbound.AllowPort)
		d.Outbound = &outbound
	}
	if n.Inbound != nil {
		inbound := *n.Inbound
		inbound.AllowHost = slices.Clone(inbound.AllowHost)
		d.Inbound = &inbound
	}
	return &d
}

// clone leaves Extra to the caller's rawValues.
func (h *HeaderForward) clone() *HeaderForward {
	if h == nil {
		return nil
	}
	d := *h
	d.AddPlaintextHeaders = maps.Clone(h.AddPlaintextHeaders)
	d.AddHeadersFromSecret = maps.Clone(h.AddHeadersFromSecret)
	return &d
}

func (r *Resolved) clone() *Resolved {
	if r == nil {
		return nil
	}
	d := *r
	d.Mounts = slices.Clone(r.Mounts)
	d.MountFiles = slices.Clone(r.MountFiles)
	d.CommandArgs = slices.Clone(r.CommandArgs)
	d.Launch = r.Launch.Clone()
	if r.Container != nil {
		container := *r.Container
		container.Network.Hosts = slices.Clone(container.Network.Hosts)
		container.Network.Ports = slices.Clone(container.Network.Ports)
		d.Container = &container
	}
	if r.Command != nil {
		command := *r.Command
		if command.Interpreter != nil {
			interpreter := command.Interpreter.clone()
			command.Interpreter = &interpreter
		}
		command.Further = slices.Clone(command.Further)
		for i := range command.Further {
			command.Further[i] = command.Further[i].clone()
		}
		d.Command = &command
	}
	return &d
}

func (i Interpreter) clone() Interpreter {
	i.Argv, i.Env = slices.Clone(i.Argv), slices.Clone(i.Env)
	return i
}

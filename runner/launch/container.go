package launch

import (
	"regexp"
	"slices"
	"strings"
)

// container reads the line of docker, podman or nerdctl.
func (p parser) container(tool string, args []string) Line {
	l := Line{Kind: KindProcess}
	globals := containerGlobals[tool].parse(args)
	l.refuse(globals.why)
	rest := globals.rest
	if len(rest) > 1 && rest[0] == "container" {
		rest = rest[1:]
	}
	switch {
	case globals.lost || len(rest) == 0:
		if slices.Contains(args, "run") {
			l.Kind, l.Container = KindContainer, &Container{}
		}
		l.refuse(tool + " without a subcommand")
		return l
	case rest[0] != "run":
		if !harmless[rest[0]] {
			l.Kind = KindContainer
		}
		l.refuse("a subcommand of " + tool + " that is not run")
		return l
	}
	l.Kind, l.Container = KindContainer, &Container{}
	run := containerRuns[tool].parse(rest[1:])
	l.refuse(run.why)
	for _, g := range run.given {
		l.refuse(l.Container.option(tool, g))
	}
	l.refuse(l.Container.networks(tool, run.all("--network")))
	l.Container.limits(run)
	switch {
	case run.lost:
	case len(run.rest) == 0 || run.rest[0] == "":
		l.refuse("names no image")
	default:
		l.Container.Image, l.Container.Args = run.rest[0], slices.Clone(run.rest[1:])
		if tool == "podman" && !namesRegistry(l.Container.Image) {
			l.refuse("podman looks for an image without a registry in its own list of registries")
		}
	}
	return l
}

// namesRegistry reports whether the first part of an image is a registry, and
// not the name of a transport.
func namesRegistry(image string) bool {
	first, _, ok := strings.Cut(image, "/")
	switch {
	case !ok, strings.HasSuffix(first, ":"):
		return false
	}
	switch transport, _, _ := strings.Cut(image, ":"); transport {
	case "dir", "docker", "docker-archive", "docker-daemon", "oci", "oci-archive", "containers-storage", "ostree", "sif", "tarball":
		return false
	}
	return first == "localhost" || strings.ContainsAny(first, ".:")
}

// option takes up one option of run and returns what makes the line opaque.
func (c *Container) option(tool string, g given) (why string) {
	if modes, ok := namespaceModes[g.name]; ok {
		mode, _, _ := strings.Cut(g.value, ":")
		if g.value != "" && (!modes[mode] || mode != g.value && mode != "keep-id" && mode != "auto") {
			return "option " + g.name + ": " + widens
		}
		return ""
	}
	switch g.name {
	case "--privileged":
		c.Privileged = g.value != "" && !slices.Contains([]string{"0", "f", "F", "false", "FALSE", "False"}, g.value)
	case "--cap-add":
		for _, name := range strings.Split(g.value, ",") {
			name = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "CAP_")
			if name != "" && !slices.Contains(c.Capabilities, name) {
				c.Capabilities = append(c.Capabilities, name)
			}
		}
	case "--env":
		return c.variable(tool, g.value)
	case "--volume":
		return c.volume(tool, g.value)
	case "--mount":
		return c.mount(tool, g.value)
	case "--publish":
		return c.publish(tool, g.value)
	case "--security-opt":
		switch g.value {
		case "no-new-privileges", "no-new-privileges:true", "no-new-privileges=true":
		default:
			return "option --security-opt: " + widens
		}
	case "--tls-verify":
		if g.value != "" && g.value != "true" {
			return "option --tls-verify: the image may come from somewhere else"
		}
	case "--log-opt":
		if tool == "podman" && strings.HasPrefix(g.value, "path") {
			return "option --log-opt: it writes a file of the host"
		}
	case "--help":
		return "option --help"
	}
	return ""
}

func (c *Container) variable(tool, s string) (why string) {
	name, value, literal := strings.Cut(s, "=")
	switch {
	case name == "":
		return "option --env has no name"
	case !literal && tool == "podman" && strings.HasSuffix(name, "*"):
		return "option --env passes on whatever begins with a name"
	}
	c.Env = append(c.Env, Variable{Name: name, Value: value, Host: !literal})
	return ""
}

// dockerLong is how docker tells its long form of --network from a name.
var dockerLong = regexp.MustCompile(`\w+=\w+(,\w+=\w+)*`)

// networks takes up the networks of a container; the first counts where an
// error keeps the rest from being read.
func (c *Container) networks(tool string, all []string) (why string) {
	for i, s := range all {
		name, bad := network(tool, s)
		switch {
		case why != "":
		case bad:
			why = "option --network: " + widens
		case i > 0 && name != c.Network:
			why = "option --network: more than one network"
		}
		if i == 0 || name == "host" {
			c.Network = name
		}
	}
	return why
}

func network(tool, s string) (name string, bad bool) {
	if strings.HasPrefix(s, "container:") {
		return s, false
	}
	if tool == "docker" && dockerLong.MatchString(s) {
		if strings.ContainsAny(s, "\"\n\r") {
			return "", true
		}
		for _, field := range strings.Split(strings.ToLower(s), ",") {
			key, value, _ := strings.Cut(field, "=")
			switch strings.TrimSpace(key) {
			case "name":
				name = strings.TrimSpace(value)
			case "alias", "ip", "ip6", "mac-address", "link-local-ip", "gw-priority":
			default:
				bad = true
			}
		}
		return name, bad || name == ""
	}
	name = s
	if tool == "podman" {
		var options string
		name, options, _ = strings.Cut(s, ":")
		bad = name == "ns" || (name == "slirp4netns" || name == "pasta") && options != ""
	}
	return name, bad || name == "" || strings.Contains(name, ",")
}

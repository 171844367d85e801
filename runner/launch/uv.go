package launch

import (
	"regexp"
	"slices"
	"strings"
)

// uvCommon are the options that uv, uv run and uv tool run share.
var uvCommon = slices.Concat(
	flags(`-q,--quiet -v,--verbose -n,--no-cache,--no-cache-dir --refresh --offline --isolated --no-config --no-progress --no-color
		--native-tls --system-certs --no-native-tls --no-system-certs --managed-python --no-managed-python --no-python-downloads
		--allow-python-downloads --preview --no-preview -U,--upgrade --no-upgrade --reinstall,--force-reinstall --no-build --no-binary --no-sources
		--no-build-isolation --compile-bytecode --no-compile-bytecode --no-env-file --lfs --no-installer-metadata`),
	values(`--color --python-preference --preview-features -P,--upgrade-package --refresh-package --reinstall-package --keyring-provider
		--resolution --prerelease --fork-strategy --exclude-newer --exclude-newer-package --no-sources-package --link-mode
		--config-setting --config-settings --config-settings-package --no-build-isolation-package --no-binary-package --no-build-package
		--python-platform -p,--python --project --directory -w,--with --with-editable`),
	refused(otherSource, flags("--no-index"), values(`--index --default-index -i,--index-url --extra-index-url -f,--find-links --index-strategy
		--allow-insecure-host --trusted-host --torch-backend --config-file --cache-dir`)),
	refused(fromFile, values("--env-file --with-requirements -c,--constraint,--constraints --override,--overrides -b,--build-constraint,--build-constraints")),
)

var (
	uvGlobal = newTable(clusters|shortEqual, uvCommon, flags("-h,--help -V,--version"))
	uvxTable = newTable(clusters|shortEqual, uvCommon, values("--from --with-executables-from"), flags("-h,--help -V,--version"))
	uvRun    = newTable(clusters|shortEqual, uvCommon, flags(`--all-extras --no-dev --only-dev --dev --no-default-groups --all-groups
		--no-editable --exact --no-exact --no-project --no-workspace --locked --frozen --no-sync --active --no-active --all-packages -m,--module
		-s,--script --gui-script -h,--help`), values("--extra --no-extra --group --no-group --only-group --package"))
	uvPython  = regexp.MustCompile(`^(?:cpython|pypy|graalpy|python|cp|pp)?[-@]?[0-9][0-9.]*(?:t|[+]freethreaded)?$|^(?:cpython|pypy|graalpy|python3?)$|^[<>=~!0-9.,*]+$`)
	webScript = regexp.MustCompile(`^(?i:https?)://`)
)

// uv reads uv run and uv tool run.
func (p parser) uv(args []string) Line {
	d := uvGlobal.parse(args)
	q := p
	_, directory := d.last("--directory")
	q.moved = p.moved || directory
	var l Line
	switch {
	case d.lost || len(d.rest) == 0:
		return p.opaque(args, "a subcommand of uv that is neither run nor tool run")
	case d.rest[0] == "run":
		l = q.uvRun(d.rest[1:])
	case d.rest[0] == "tool":
		tool := uvGlobal.parse(d.rest[1:])
		if tool.lost || len(tool.rest) == 0 || tool.rest[0] != "run" {
			return p.opaque(args, "a subcommand of uv that is neither run nor tool run")
		}
		l = q.uvx(tool.rest[1:])
		q.uvOptions(&l, tool)
	default:
		return p.opaque(args, "a subcommand of uv that is neither run nor tool run")
	}
	q.uvOptions(&l, d)
	return l
}

// uvOptions adds to l what options of uv ask for.
func (p parser) uvOptions(l *Line, d parsed) {
	l.refuse(d.why)
	for _, list := range d.all("--with", "--with-editable", "--with-executables-from") {
		// A comma separates packages, but also the versions and extras of one.
		specs := []string{list}
		if !strings.ContainsAny(list, "[<>=~!") || anyScheme.MatchString(list) {
			specs = strings.Split(list, ",")
		} else if strings.Contains(list, ",") && !oneRequirement.MatchString(list) {
			l.refuse("option --with: several packages with versions")
		}
		for _, spec := range specs {
			pkg, why := pypiPackage(spec, false)
			l.refuse(why)
			if pkg != (Package{}) {
				l.Packages = append(l.Packages, pkg)
			}
		}
	}
	for _, python := range d.all("--python") {
		if !uvPython.MatchString(strings.ToLower(python)) {
			l.refuse("option --python: an interpreter that is not named by its version")
		}
	}
	if len(d.all("--with-executables-from")) > 0 {
		l.refuse("option --with-executables-from: the program may be that of another package")
	}
}

// oneRequirement is a single package with extras or several versions.
var oneRequirement = regexp.MustCompile(`^[^,\[<>=~!]+(?:\[[^\]]*\])?(?:[<>=~!]{1,3}[^,\[<>=~!]+)?(?:,[<>=~!]{1,3}[^,\[<>=~!]+)*$`)

// uvx reads what stands behind uvx and uv tool run.
func (p parser) uvx(args []string) Line {
	d := uvxTable.parse(args)
	l := Line{Kind: KindProcess}
	p.uvOptions(&l, d)
	from, hasFrom := d.last("--from")
	if hasFrom {
		pkg, why := pypiPackage(from, true)
		l.refuse(why)
		if pkg != (Package{}) {
			l.Packages = append([]Package{pkg}, l.Packages...)
		}
	}
	switch {
	case d.lost:
		return l
	case len(d.rest) == 0:
		l.refuse("uvx without a package")
		return l
	case !hasFrom:
		var why string
		l.Package, why = pypiPackage(d.rest[0], true)
		l.refuse(why)
		p.checkProgram(&l, d.rest, true)
		return l
	}
	return p.withFirst(l, p.inner(d.rest), d.rest)
}

// withFirst is withPackages where the first package is the one whose program
// is asked for.
func (p parser) withFirst(l, called Line, argv []string) Line {
	if len(l.Packages) == 0 {
		return p.withPackages(l, called, nil)
	}
	more := l.Packages[1:]
	l.Packages = l.Packages[:1]
	out := p.withPackages(l, called, argv)
	for _, pkg := range more {
		if !slices.Contains(out.Packages, pkg) {
			out.Packages = append(out.Packages, pkg)
		}
	}
	return out
}

// uvRun reads what stands behind uv run: a script, a module, or any program,
// with the packages of a project and further ones.
func (p parser) uvRun(args []string) Line {
	d := uvRun.parse(args)
	if _, ok := d.last("--directory"); ok {
		p.moved = true
	}
	l := Line{Kind: KindProcess}
	switch {
	case d.lost:
	case len(d.rest) == 0:
		l.refuse("uv run without a program")
	case d.on("--module"):
		l = p.module(d.rest)
	case d.rest[0] == "-":
		l.refuse("a script from standard input")
	case webScript.MatchString(d.rest[0]):
		l = p.web(d.rest)
	case d.on("--script"), d.on("--gui-script"), isScript(d.rest[0], ".py", ".pyw", ".pyz"):
		l = p.script(d.rest)
	default:
		if l = p.inner(d.rest); l.claims() {
			l.refuse("uv run takes a launcher from the project's environment where that has one")
		}
	}
	p.uvOptions(&l, d)
	return l
}

// web is a line that runs a script from the network.
func (p parser) web(argv []string) Line {
	l := p.script(argv)
	location, _, _ := strings.Cut(argv[0], "#")
	name, ok := sourceURL(location)
	if !ok {
		l.refuse("a URL that cannot be read")
		return l
	}
	l.Package = Package{Name: name}
	return l
}

var pipxTable = newTable(clusters,
	flags("--no-cache -q,--quiet -v,--verbose --system-site-packages --fetch-missing-python"),
	values("--spec --python --with"),
	refused(otherSource, values("-i,--index-url --pip-args --backend")),
	refused("it runs from a directory", flags("--pypackages --path -e,--editable")),
)

// pipx reads pipx run.
func (p parser) pipx(args []string) Line {
	if len(args) == 0 || args[0] != "run" {
		return p.opaque(args, "a subcommand of pipx that is not run")
	}
	d := pipxTable.parse(args[1:])
	l := Line{Kind: KindProcess}
	p.uvOptions(&l, d)
	switch {
	case d.lost:
		return l
	case len(d.rest) == 0:
		l.refuse("pipx run without a package")
		return l
	}
	app := d.rest[0]
	if spec, ok := d.last("--spec"); ok {
		pkg, why := pypiPackage(spec, false)
		l.refuse(why)
		if pkg != (Package{}) {
			l.Packages = append([]Package{pkg}, l.Packages...)
		}
		return p.withFirst(l, p.inner(d.rest), d.rest)
	}
	switch {
	case webScript.MatchString(app):
		web := p.web(d.rest)
		web.Packages = append(web.Packages, l.Packages...)
		web.refuse(l.Reason)
		return web
	case isLocal(app), strings.ContainsAny(app, `/\`), isScript(app, ".py"):
		l.refuse("pipx run of a path")
		return l
	}
	var why string
	l.Package, why = pypiPackage(app, false)
	l.refuse(why)
	p.checkProgram(&l, d.rest, true)
	return l
}

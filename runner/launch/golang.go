package launch

import (
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

var goRun = newTable(oneDash,
	flags("-a -n -race -msan -asan -cover -v -work -x -linkshared -modcacherw -trimpath -json"),
	values("-p -asmflags -buildmode -covermode -coverpkg -gccgoflags -gcflags -installsuffix -ldflags -tags -pgo"),
	optionals("-buildvcs"),
	refused("it changes what is built", values("-C -mod -modfile -overlay -pkgdir -compiler -toolexec -exec")),
)

// golang reads go run.
func (p parser) golang(args []string) Line {
	if len(args) == 0 || args[0] != "run" {
		return p.opaque(args, "a subcommand of go that is not run")
	}
	d := goRun.parse(args[1:])
	l := Line{Kind: KindProcess}
	switch {
	case d.lost:
	case len(d.rest) == 0:
		l.refuse("go run without a package")
	case isLocal(d.rest[0]) || strings.HasSuffix(d.rest[0], ".go"):
		l = p.script(d.rest)
	default:
		var why string
		l.Package, why = goPackage(d.rest[0])
		l.refuse(why)
		if l.Package.Version == "" {
			l.refuse("the version of the package stands in a go.mod file")
		}
		if seesContainer(d.rest[1:]) {
			l.Kind = KindContainer
			l.refuse("the arguments of the package name a container client")
		}
	}
	l.refuse(d.why)
	return l
}

// goPackage reads PATH[@VERSION].
func goPackage(s string) (Package, string) {
	name, version, _ := strings.Cut(s, "@")
	p := Package{Ecosystem: "go", Name: name, Version: version}
	if err := module.CheckImportPath(name); err != nil {
		return Package{}, "a package that cannot be read"
	}
	plain := strings.TrimSuffix(version, "+incompatible")
	p.Pinned = pinnedCommit(version) || semver.IsValid(plain) && semver.Canonical(plain) == plain
	return p, ""
}

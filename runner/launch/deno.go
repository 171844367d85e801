package launch

import (
	"regexp"
	"strings"
)

var denoRun = newTable(clusters|shortEqual,
	flags("-A,--allow-all --no-prompt --no-check --no-remote --no-npm --no-config --no-lock --cached-only --no-code-cache -q,--quiet --no-clear-screen --use-env-proxy"),
	optionals(`-R,--allow-read -W,--allow-write -N,--allow-net -E,--allow-env -S,--allow-sys -I,--allow-import --allow-run --allow-ffi
		--deny-read --deny-write --deny-net --deny-env --deny-sys --deny-run --deny-ffi --deny-import --ignore-env --ignore-read
		--check -r,--reload --node-modules-dir --vendor --frozen,--frozen-lockfile --v8-flags --inspect --allow-scripts --watch`),
	values("--ext --seed --location -L,--log-level --min-dep-age,--minimum-dependency-age --conditions --node-modules-linker"),
	refused(otherSource, values("--import-map -c,--config --cert"), optionals("--unsafely-ignore-certificate-errors")),
	refused(fromFile, values("--preload --require"), optionals("--env-file -P,--permission-set")),
)

// deno reads deno run of a package, a URL or a file, also where run is left out.
func (p parser) deno(args []string) Line {
	d := denoRun.parse(args)
	l := Line{Kind: KindProcess}
	l.refuse(d.why)
	rest := d.rest
	if len(rest) > 0 && rest[0] == "run" {
		d = denoRun.parse(rest[1:])
		l.refuse(d.why)
		rest = d.rest
	} else if len(rest) > 0 && !strings.ContainsAny(rest[0], ":./") {
		return p.opaque(args, "a subcommand of deno that is not run")
	}
	if d.lost || len(rest) == 0 {
		l.refuse("deno without a script")
		return l
	}
	why := l.Reason
	target := rest[0]
	switch scheme, spec, _ := strings.Cut(target, ":"); {
	case scheme == "npm", scheme == "jsr":
		l = p.script(rest)
		var odd string
		l.Package, odd = denoPackage(scheme, spec)
		l.refuse(odd)
	case webScript.MatchString(target):
		l = p.web(rest)
	case target == "-", denoOther.MatchString(target):
		l.refuse("a script that is not in a file")
	default:
		l = p.script(rest)
	}
	l.refuse(why)
	return l
}

// denoOther are URLs, but not drives of Windows.
var denoOther = regexp.MustCompile(`^(?:file:|[A-Za-z][A-Za-z0-9+.-]+:)`)

// denoPackage reads [/]NAME[@VERSION][/PATH] behind npm: or jsr:.
func denoPackage(scheme, spec string) (Package, string) {
	spec = strings.TrimPrefix(spec, "/")
	segments := 1
	if strings.HasPrefix(spec, "@") {
		segments = 2
	}
	parts := strings.SplitN(spec, "/", segments+1)
	if len(parts) < segments {
		return Package{}, "a package that cannot be read"
	}
	p, why := npmPackage(strings.Join(parts[:segments], "/"))
	if p.Ecosystem != "npm" || why != "" {
		return Package{}, "a package that cannot be read"
	}
	if scheme == "jsr" {
		p.Ecosystem, p.Name = "", "jsr:"+p.Name
	}
	return p, ""
}

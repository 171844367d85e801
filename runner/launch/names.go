package launch

import (
	"path"
	"regexp"
	"strings"
)

// Launchers by what they are. Together they are the programs that this package
// knows by name.
var (
	containerClients = wordSet("docker podman nerdctl finch docker-compose podman-compose podman-remote")
	// containerTools run containers with the subcommands of containerStarts. Their
	// names stand in many arguments that run nothing.
	containerTools  = wordSet("container ctr crictl buildah apptainer singularity runc crun kubectl oc distrobox")
	containerStarts = wordSet("run exec debug create start attach rsh shell enter ephemeral instance t task c containers")
	packageRunners  = wordSet("npx npm bunx bun pnpm pnpx yarn uvx uv pipx deno go")
	posixShells     = wordSet("sh bash dash ash zsh ksh mksh")
	interpreters    = wordSet("python node perl ruby php lua")
	// wrappers run what their arguments name, in a way that is known.
	wrappers = wordSet(`env sudo doas nice nohup ionice timeout gtimeout time stdbuf setsid command exec tini dumb-init catatonit
		gosu su-exec winpty arch caffeinate unbuffer busybox toybox cmd powershell pwsh`)
	// runners run what they are told to, in a way that is not read here.
	runners = wordSet(`xargs su runuser chroot chrt taskset numactl unshare nsenter setpriv systemd-run ssh script watch parallel
		flock strace ltrace gdb sg doppler wsl fish csh tcsh nu elvish xonsh expect tclsh osascript wscript cscript mshta rundll32 start
		bash-static rbash eval source corepack dnx jbang nix nix-shell guix pkgx pip-run coursier`)
	// fetchers install what they then run, with these subcommands.
	fetchers = map[string]map[string]bool{
		"dotnet": wordSet("dnx tool"), "gem": wordSet("exec"), "pixi": wordSet("exec x"), "mise": wordSet("exec x"), "rtx": wordSet("exec x"),
		"volta": wordSet("run"),
	}
	// runWords are the subcommands with which package runners run what follows.
	runWords = map[string]map[string]bool{
		"npm": wordSet("exec x init create"), "pnpm": wordSet("dlx exec create"), "yarn": wordSet("dlx exec create"),
		"bun": wordSet("x create"), "uv": wordSet("run tool"), "deno": wordSet("run x eval serve"), "go": wordSet("run"),
	}
	// multiCall act by the name that they are called by.
	multiCall = wordSet("busybox toybox bun")
)

// nicknames are the other names of what is known.
var nicknames = map[string]string{
	"npx-cli.js": "npx", "npm-cli.js": "npm", "npx-cli": "npx", "npm-cli": "npm",
	"pnpm.cjs": "pnpm", "pnpm.js": "pnpm", "pnpm.mjs": "pnpm", "pnpx.cjs": "pnpx", "pnpx.js": "pnpx",
	"yarn.js": "yarn", "yarn.cjs": "yarn", "yarnpkg": "yarn", "nodejs": "node", "com.docker.cli": "docker",
	"pythonw": "python", "pypy": "python", "cpython": "python", "graalpy": "python", "py": "python", "pyw": "python",
}

var (
	versionedInterpreter = regexp.MustCompile(`^(python|pypy|node|perl|ruby|php|lua|npx|npm|bash|zsh|ksh|docker|podman)w?[-_]?[0-9][0-9.]*[a-z]?$`)
	programEndings       = []string{".exe", ".cmd", ".bat", ".com", ".ps1"}
)

// commandName is the last element of a path of any system, in lower case and
// without the ending of a Windows program. Windows drops trailing dots and
// spaces.
func commandName(p string) string {
	name := strings.ToLower(strings.TrimRight(p, ". "))
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	for _, ending := range programEndings {
		if rest, ok := strings.CutSuffix(name, ending); ok && rest != "" {
			name = strings.TrimRight(rest, ". ")
		}
	}
	return name
}

// identity is the launcher that goes by a name or path, "" where none does.
func identity(name string) string {
	base := commandName(name)
	if id, ok := nicknames[base]; ok {
		return id
	}
	if m := versionedInterpreter.FindStringSubmatch(base); m != nil {
		base = strings.Replace(m[1], "pypy", "python", 1)
	}
	if fetchers[base] != nil {
		return base
	}
	for _, set := range []map[string]bool{containerClients, containerTools, packageRunners, posixShells, interpreters, wrappers, runners} {
		if set[base] {
			return base
		}
	}
	return ""
}

// systemDirs are directories in which a launcher named by a path inside another
// line is taken for what its name says. Nobody looks at that file.
var systemDirs = wordSet(`/bin /sbin /usr/bin /usr/sbin /usr/local/bin /opt/homebrew/bin /opt/local/bin /snap/bin
	/usr/lib/node_modules/npm/bin /usr/local/lib/node_modules/npm/bin
	/opt/homebrew/lib/node_modules/npm/bin /applications/docker.app/contents/resources/bin c:/windows c:/windows/system32
	c:/windows/system32/windowspowershell/v1.0`)

// SystemDir reports whether dir is one in which the system keeps its programs.
func SystemDir(dir string) bool {
	return systemDirs[path.Clean(strings.ToLower(strings.ReplaceAll(dir, `\`, "/")))]
}

// trustedPlace reports whether a program that another one starts is named by
// its name alone, or by a path in a directory of the system.
func trustedPlace(name string) bool {
	p := strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	if !strings.Contains(p, "/") {
		return !strings.Contains(p, ":")
	}
	if p != path.Clean(p) {
		return false
	}
	return systemDirs[path.Dir(p)] || strings.HasPrefix(p, "c:/program files/")
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

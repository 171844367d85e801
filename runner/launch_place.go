package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mcp-runner/mcp-runner/runner/launch"
)

// checkLaunchPlace makes line opaque where the environment of the runner makes
// it mean something else: a PATH with relative directories, or a working
// directory with the configuration of a package runner. A server's repository is
// often the working directory, and its files are not part of the line.
func (r *resolver) checkLaunchPlace(cfg *RunConfig, line *launch.Line) {
	list, err := cfg.searchPath()
	if line.Nested && err == nil && slices.ContainsFunc(filepath.SplitList(list), func(dir string) bool { return !filepath.IsAbs(dir) }) {
		line.Refuse("PATH has a directory that is not absolute, in which the launcher may be found")
	}
	if line.Container != nil || line.Package != (launch.Package{}) || len(line.Packages) > 0 {
		if err != nil || !knownPath(cfg, list) {
			line.Refuse("variable PATH: the launcher finds its own programs elsewhere")
		}
	}
	if line.Package == (launch.Package{}) && len(line.Packages) == 0 {
		return
	}
	dir, err := r.dir()
	if err != nil {
		line.Refuse("the working directory cannot be found out")
		return
	}
	words := slices.Concat([]string{cfg.Command}, cfg.CmdArgs)
	for _, word := range words {
		for _, file := range placeFiles[programName(word)] {
			if holdsAbove(dir, file) {
				line.Refuse("the working directory, or one above it, has " + file + ", which the package runner reads")
			}
		}
	}
	for _, p := range slices.Concat([]launch.Package{line.Package}, line.Packages) {
		if p.Ecosystem == "npm" {
			r.checkNPMPlace(line, dir, p, words)
		}
	}
}

// knownPath reports whether each directory of list is one of the system, one of
// the runner's own PATH, or the one of the launcher. npx takes its shell from
// there, uvx its Python, docker what knows its passwords.
func knownPath(cfg *RunConfig, list string) bool {
	own := filepath.SplitList(os.Getenv("PATH"))
	command := cfg.Resolved.Command
	for _, dir := range filepath.SplitList(list) {
		ofLauncher := command.Path != "" && (filepath.Clean(dir) == filepath.Dir(command.Argv0) || filepath.Clean(dir) == filepath.Dir(command.Path))
		if !slices.Contains(own, dir) && !launch.SystemDir(dir) && !ofLauncher {
			return false
		}
	}
	return true
}

// placeFiles are the files of a working directory with which package runners do
// something else. Those of npm are looked into.
var placeFiles = map[string][]string{
	"yarn": {".yarnrc.yml", ".yarnrc"}, "yarnpkg": {".yarnrc.yml", ".yarnrc"},
	"pnpm": {".pnpmfile.cjs", ".pnpmfile.mjs"}, "pnpx": {".pnpmfile.cjs", ".pnpmfile.mjs"},
	"bun": {"bunfig.toml"}, "bunx": {"bunfig.toml"},
	"deno": {"deno.json", "deno.jsonc"},
	"pipx": {"__pypackages__"},
}

func programName(word string) string {
	name := strings.ToLower(filepath.Base(filepath.FromSlash(word)))
	return strings.TrimSuffix(strings.TrimSuffix(name, ".exe"), ".cmd")
}

// checkNPMPlace looks for what npm takes from the project around dir before it
// asks the registry for p.
func (r *resolver) checkNPMPlace(line *launch.Line, dir string, p launch.Package, words []string) {
	home, homeErr := r.home()
	for _, dir := range dirsAbove(dir) {
		// The person's own settings are no server's.
		if (homeErr != nil || dir != filepath.Clean(home)) && redirects(filepath.Join(dir, ".npmrc")) {
			line.Refuse("the working directory, or one above it, has an .npmrc that changes where packages come from or how they run")
		}
		if p.Version == "" {
			continue // any version will do, and so will one that is there
		}
		modules := filepath.Join(dir, "node_modules")
		if exists(filepath.Join(modules, filepath.FromSlash(p.Name))) {
			line.Refuse("the package is in node_modules of the working directory, or of one above it")
		}
		for _, word := range words {
			if strings.HasPrefix(word, p.Name+"@") && (exists(filepath.Join(modules, ".bin", filepath.FromSlash(word))) || hasProgram(dir, word)) {
				line.Refuse("the working directory, or one above it, has a program with the name of the package")
			}
		}
	}
}

// harmlessNPM are settings of a project that say neither where packages come
// from nor what runs them.
var harmlessNPM = strings.Fields(`save-exact save-prefix save engine-strict legacy-peer-deps strict-peer-deps fund audit audit-level loglevel package-lock
	auto-install-peers strict-peer-dependencies shamefully-hoist node-linker resolution-mode link-workspace-packages
	prefer-workspace-packages update-notifier progress color always-auth ignore-scripts enable-pre-post-scripts public-hoist-pattern[]
	hoist-pattern[] hoist dedupe-peer-dependents prefer-offline lockfile frozen-lockfile use-lockfile-v6 provenance access message
	tag-version-prefix workspaces-update install-links save-workspace-protocol ignore-workspace-root-check force fetch-retries fetch-timeout`)

// redirects reports whether an .npmrc says more than what is harmless. One that
// cannot be read does.
func redirects(file string) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		return exists(file)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"'`)
		switch {
		case slices.Contains(harmlessNPM, key), strings.HasPrefix(key, "//"):
		case key == "registry" && strings.TrimSuffix(value, "/") == "https://registry.npmjs.org":
		default:
			return true
		}
	}
	return false
}

// hasProgram reports whether the package.json of dir has a program called name.
func hasProgram(dir, name string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return false
	}
	// Maps, because the names of JavaScript are told apart by case.
	var manifest, programs, directories map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &manifest) != nil {
		return false // npm does not read it either
	}
	var own, folder string
	if json.Unmarshal(manifest["bin"], &programs) == nil && programs[name] != nil {
		return true
	}
	if json.Unmarshal(manifest["name"], &own) == nil && own == name {
		return true
	}
	return json.Unmarshal(manifest["directories"], &directories) == nil && json.Unmarshal(directories["bin"], &folder) == nil &&
		exists(filepath.Join(dir, filepath.FromSlash(folder), filepath.FromSlash(name)))
}

// dirsAbove are dir and all directories above it.
func dirsAbove(dir string) []string {
	dirs := []string{dir}
	for up := filepath.Dir(dir); up != dir; dir, up = up, filepath.Dir(up) {
		dirs = append(dirs, up)
	}
	return dirs
}

func holdsAbove(dir, name string) bool {
	return slices.ContainsFunc(dirsAbove(dir), func(dir string) bool { return exists(filepath.Join(dir, name)) })
}

// exists is true too where it cannot be found out.
func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
}

// searchPath is the PATH of the server, in which a secret goes before the
// host's variable, and that before a literal.
func (c *RunConfig) searchPath() (string, error) {
	for _, reference := range c.Secrets {
		if secret, err := ParseSecret(reference); err != nil || secret.Target == "PATH" {
			return "", errors.New("depends on PATH, which comes from a secret")
		}
	}
	literal, isLiteral := c.EnvVars["PATH"]
	inherited, isSet := os.LookupEnv("PATH")
	if isLiteral && (!isSet || !slices.Contains(c.HostEnv, "PATH")) {
		return literal, nil
	}
	return inherited, nil
}

package clients

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The systems of Machine.OS.
const (
	linux   = "linux"
	darwin  = "darwin"
	windows = "windows"
)

// Place is where a client has a file, for people.
type Place struct {
	Client Client
	// Scope is user, project or system.
	Scope string
	// Path has placeholders: ~, PROJECT, %APPDATA% and other variables, and * for
	// any name.
	Path string
}

// Places are the places in which Find looks on a system, linux, darwin or
// windows, sorted by client as in Known.
func Places(system string) []Place {
	var places []Place
	for _, d := range dialects {
		for _, p := range d.places {
			if !p.on(system) {
				continue
			}
			shown := p.root().shown(system) + "/" + p.tail()
			if system == windows {
				shown = strings.ReplaceAll(shown, "/", `\`)
			}
			places = append(places, Place{Client: d.client, Scope: p.scope, Path: shown})
		}
	}
	return places
}

// place is where a client has a file. Its path begins with the name of a root
// and has slashes on every system; * is any name of one segment.
type place struct {
	path  string
	scope string
	// systems are those on which the client has it; none is all.
	systems []string
}

func (p place) on(system string) bool {
	return len(p.systems) == 0 || slices.Contains(p.systems, system)
}

// root is a directory with which places begin.
type root struct {
	name string
	// own says that the directory is the client's, so that a path that ends with it
	// and the place is the client's file.
	own bool
	// variable overrides the directory where it is set.
	variable map[string]string
	// below is the directory: below the home directory, or, where it begins with a
	// slash or a drive, as it is.
	below map[string]string
}

// roots are the directories in the words of the systems. Electron's appData is
// config: ~/.config, ~/Library/Application Support and %APPDATA%.
var roots = []root{
	{name: "HOME", below: everywhere("")},
	{
		name:     "CONFIG",
		variable: map[string]string{linux: "XDG_CONFIG_HOME", windows: "APPDATA"},
		below:    map[string]string{linux: ".config", darwin: "Library/Application Support", windows: "AppData/Roaming"},
	},
	{
		// XDG is for programs that take ~/.config on macOS, too.
		name:     "XDG",
		variable: map[string]string{linux: "XDG_CONFIG_HOME", darwin: "XDG_CONFIG_HOME", windows: "APPDATA"},
		below:    map[string]string{linux: ".config", darwin: ".config", windows: "AppData/Roaming"},
	},
	{
		// DOTCONFIG is ~/.config on Windows, too.
		name:     "DOTCONFIG",
		variable: map[string]string{linux: "XDG_CONFIG_HOME", darwin: "XDG_CONFIG_HOME", windows: "XDG_CONFIG_HOME"},
		below:    everywhere(".config"),
	},
	{
		name:     "STATE",
		variable: map[string]string{linux: "XDG_STATE_HOME", darwin: "XDG_STATE_HOME", windows: "LOCALAPPDATA"},
		below:    map[string]string{linux: ".local/state", darwin: "Library/Application Support", windows: "AppData/Local"},
	},
	{
		name:     "LOCAL",
		variable: map[string]string{windows: "LOCALAPPDATA"},
		below:    map[string]string{linux: ".config", darwin: ".config", windows: "AppData/Local"},
	},
	{name: "CLAUDE", variable: allSystems("CLAUDE_CONFIG_DIR"), below: everywhere("")},
	{name: "CODEX", own: true, variable: allSystems("CODEX_HOME"), below: everywhere(".codex")},
	{name: "COPILOT", own: true, variable: allSystems("COPILOT_HOME"), below: everywhere(".copilot")},
	{name: "CONTINUE", own: true, variable: allSystems("CONTINUE_GLOBAL_DIR"), below: everywhere(".continue")},
	{name: "ETC", below: map[string]string{linux: "/etc", darwin: "/Library/Application Support", windows: "C:/ProgramData"}},
	{name: "PROGRAMS", variable: map[string]string{windows: "ProgramFiles"}, below: map[string]string{windows: "C:/Program Files"}},
	{name: "UNIXETC", below: map[string]string{linux: "/etc", darwin: "/etc"}},
	{name: "PROJECT"},
}

func everywhere(dir string) map[string]string {
	return map[string]string{linux: dir, darwin: dir, windows: dir}
}

func allSystems(variable string) map[string]string { return everywhere(variable) }

// shown is the root as a person writes it.
func (r root) shown(system string) string {
	below := r.below[system]
	switch {
	case r.name == "PROJECT":
		return "PROJECT"
	case system == windows && slices.Contains([]string{"APPDATA", "LOCALAPPDATA", "ProgramFiles"}, r.variable[system]):
		return "%" + r.variable[system] + "%"
	case absolute(below):
		return below
	case system == windows:
		return strings.TrimSuffix("%USERPROFILE%/"+below, "/")
	}
	return strings.TrimSuffix("~/"+below, "/")
}

// dir is the root on m, or "" where m has none. project is a directory for
// PROJECT.
func (r root) dir(m Machine, project string) string {
	if r.name == "PROJECT" {
		return project
	}
	below, ok := r.below[m.OS]
	if !ok {
		return ""
	}
	if variable := r.variable[m.OS]; variable != "" && m.Getenv != nil {
		// A relative directory would be below whatever directory this process is in.
		if dir := m.Getenv(variable); filepath.IsAbs(dir) {
			return dir
		}
	}
	if absolute(below) {
		return filepath.Join(m.Root, filepath.FromSlash(below))
	}
	if m.Home == "" {
		return ""
	}
	return filepath.Join(m.Home, filepath.FromSlash(below))
}

func absolute(dir string) bool {
	return strings.HasPrefix(dir, "/") || strings.HasPrefix(dir, "C:/")
}

// files are the paths of p on m, whether or not they exist. project is a
// directory for PROJECT. Only the stars of the table are stars: one in the name
// of a directory is a character. A directory that is there and cannot be listed
// is reported.
func (p place) files(m Machine, project string, report func(dir string, err error)) []string {
	dir := p.root().dir(m, project)
	if dir == "" {
		return nil
	}
	return expand(dir, strings.Split(p.tail(), "/"), report)
}

// expand returns the paths below dir, in the order of their names.
func expand(dir string, segments []string, report func(dir string, err error)) []string {
	if len(segments) == 0 {
		return []string{dir}
	}
	first, rest := segments[0], segments[1:]
	if !strings.Contains(first, "*") {
		return expand(filepath.Join(dir, first), rest, report)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !missing(err) {
			report(dir, err)
		}
		return nil
	}
	var paths []string
	for _, entry := range entries {
		// The table's patterns are valid, so there is no error to look at.
		if ok, _ := path.Match(first, entry.Name()); ok && len(paths) < maxMatches {
			paths = append(paths, expand(filepath.Join(dir, entry.Name()), rest, report)...)
		}
	}
	return paths
}

// maxMatches bounds what one star stands for.
const maxMatches = 10_000

// root is the one with whose name p begins.
func (p place) root() root {
	name, _, _ := strings.Cut(p.path, "/")
	return roots[slices.IndexFunc(roots, func(r root) bool { return r.name == name })]
}

// ending is how a path of p ends on any machine.
func (p place) ending() string {
	if r := p.root(); r.own {
		return r.below[linux] + "/" + p.tail()
	}
	return p.tail()
}

// tail is the path of p without its root.
func (p place) tail() string {
	_, rest, _ := strings.Cut(p.path, "/")
	return rest
}

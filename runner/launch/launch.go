// Package launch reads the command lines of programs that launch others:
// package runners such as npx, uvx and go run, container clients, shells, and
// wrappers such as env and sudo. It says what would run in the end.
//
// It looks at words alone: no file system, no network, no environment. What it
// cannot read with certainty it calls opaque, and never guesses.
package launch

import (
	"reflect"
	"slices"
	"strings"
)

// Kinds of what runs.
const (
	KindProcess   = "process"
	KindContainer = "container"
)

// Line is what a command line would run.
type Line struct {
	// Kind is KindContainer where a container client runs a container, also
	// where it cannot be read how, else KindProcess.
	Kind string
	// Opaque says that the line may do more than what stands here.
	Opaque bool
	// Reason says why the line is opaque. It names options, never values.
	Reason string
	// Package is the package whose program runs; zero where a file or an
	// installed program does.
	Package Package
	// Packages are further packages that the line installs.
	Packages []Package
	// Env are the variables that the line itself sets for what it runs. Those of
	// a container stand in Container.
	Env []Variable
	// Container is set where a container client was recognised, even if not all
	// of its line could be read.
	Container *Container
	// Nested says that the launcher stands inside the line of another program,
	// which finds it on its own: through PATH, and perhaps another file than the
	// one that was seen.
	Nested bool
}

// Package is a package that a launcher installs.
type Package struct {
	// Ecosystem is npm, pypi, go, or "" for what comes from no registry of these.
	Ecosystem string
	// Name is canonical for its ecosystem; for a repository, a URL or a path it
	// is that, without revision and login.
	Name string
	// Version is as asked for; "" where none was.
	Version string
	// Pinned says that Version is exactly one version, or a full commit.
	Pinned bool
}

// Variable is an environment variable. Host says that it has no value here but
// that of the environment in which the line runs.
type Variable struct {
	Name, Value string
	Host        bool
}

// Container is what a container client is told to run.
type Container struct {
	// Image is as written.
	Image string
	// Args are those behind the image.
	Args []string
	// Mounts have their sources as written: a path of the host, or the name of a
	// volume. What has no source on the host (tmpfs, anonymous volumes) is left out.
	Mounts []Mount
	Env    []Variable
	Ports  []Port
	// Network is host, none, container:…, or the name of a network; "" where the
	// line does not say.
	Network    string
	Privileged bool
	// Capabilities are those added: upper case, without CAP_.
	Capabilities []string
	// User is NAME or UID, with or without :GROUP; "" leaves it to the image.
	User         string
	ReadOnlyRoot bool
	// MemoryBytes, CPUs and PIDs are limits; 0 is none, or one that is written in a
	// way that is not known.
	MemoryBytes int
	CPUs        float64
	PIDs        int
}

// Mount is something of the host that a container gets.
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// Port is a published port; HostPort 0 is any free one.
type Port struct {
	HostIP        string
	HostPort      int
	ContainerPort int
}

// Parse reads a command line. argv[0] is the program: a name or a path of any
// operating system, with or without .exe and the like.
func Parse(argv []string) Line {
	l := parser{}.line(argv)
	if len(argv) > 0 {
		l.checkPlace(argv[0])
	}
	l.Environment(nil, nil)
	return l
}

// ContainerClient reports whether a file of this name is a container client.
func ContainerClient(name string) bool { return containerClients[identity(name)] }

// ParseAs is Parse for a file that is known by several names: as it was asked
// for, as it was found, and behind its symbolic links, in this order. Names of
// launchers that would read the arguments differently make an opaque line.
func ParseAs(names, args []string) Line {
	var known []string // the names that say something, one of each launcher
	renamed := false
	for i, name := range names {
		id := identity(name)
		if id == "" || slices.ContainsFunc(known, func(other string) bool { return identity(other) == id }) {
			continue
		}
		// A program with many names acts by the name it is called by.
		if multiCall[id] && i > 0 {
			renamed = renamed || len(known) == 0 && identity(names[0]) == ""
			if len(known) > 0 || renamed && id != "bun" {
				continue
			}
		}
		known = append(known, name)
	}
	if len(known) == 0 && renamed {
		return parser{}.opaque(args, "the file is a program of many names, and is called by one that is not known")
	}
	if len(known) == 0 {
		if len(names) == 0 {
			return Parse(nil)
		}
		return Parse(append([]string{names[0]}, args...))
	}
	line := Parse(append([]string{known[0]}, args...))
	line.checkPlace(names[0])
	for _, name := range known[1:] {
		other := Parse(append([]string{name}, args...))
		if reflect.DeepEqual(line, other) {
			continue
		}
		line.absorb(other)
		line.refuse("the file goes by the names of two launchers, which read the line differently")
	}
	return line
}

// Clone returns a copy of l that shares no memory with it.
func (l *Line) Clone() *Line {
	if l == nil {
		return nil
	}
	d := *l
	d.Packages = slices.Clone(l.Packages)
	d.Env = slices.Clone(l.Env)
	if l.Container != nil {
		c := *l.Container
		c.Args = slices.Clone(c.Args)
		c.Mounts = slices.Clone(c.Mounts)
		c.Env = slices.Clone(c.Env)
		c.Ports = slices.Clone(c.Ports)
		c.Capabilities = slices.Clone(c.Capabilities)
		d.Container = &c
	}
	return &d
}

// Refuse makes l opaque for a reason that lies outside the line. The first
// reason stays.
func (l *Line) Refuse(why string) { l.refuse(why) }

// claims reports whether l says more than that a program runs.
func (l *Line) claims() bool { return l.Container != nil || l.Package != (Package{}) }

// checkPlace makes l opaque where the launcher is given by a relative path. A
// server's own directory may hold a file of any name.
func (l *Line) checkPlace(name string) {
	relative := strings.ContainsAny(name, `/\`) && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, `\`) && !drivePath.MatchString(name)
	if relative && l.claims() {
		l.refuse("a launcher that is given by a relative path may be any file")
	}
}

// refuse makes l opaque; the first reason stays.
func (l *Line) refuse(why string) {
	if why == "" {
		return
	}
	if !l.Opaque {
		l.Reason = why
	}
	l.Opaque = true
}

// absorb adds to an opaque line what is seen of another that runs beside it.
// None of their packages is the one that runs.
func (l *Line) absorb(other Line) {
	if other.Kind == KindContainer {
		l.Kind = KindContainer
	}
	for _, p := range append([]Package{l.Package, other.Package}, other.Packages...) {
		if p != (Package{}) && !slices.Contains(l.Packages, p) {
			l.Packages = append(l.Packages, p)
		}
	}
	l.Package = Package{}
	l.Env = append(l.Env, other.Env...)
	if other.Container == nil {
		return
	}
	if l.Container == nil {
		l.Container = other.Container
		return
	}
	c, o := l.Container, other.Container
	c.Mounts = append(c.Mounts, o.Mounts...)
	c.Env = append(c.Env, o.Env...)
	c.Ports = append(c.Ports, o.Ports...)
	c.Capabilities = append(c.Capabilities, o.Capabilities...)
	c.Privileged = c.Privileged || o.Privileged
	if o.Network == "host" || c.Network == "none" {
		c.Network = o.Network
	}
}

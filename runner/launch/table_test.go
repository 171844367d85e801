package launch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner/launch"
	"github.com/stretchr/testify/require"
)

// describe says in one line what a line is: "opaque", "container IMAGE …" or
// "process", then the package, further packages behind +, variables behind $.
func describe(l launch.Line) string {
	var b strings.Builder
	if l.Opaque {
		b.WriteString("opaque ")
	}
	b.WriteString(l.Kind)
	pkg := func(p launch.Package) string {
		s := p.Ecosystem + ":" + p.Name + "@" + p.Version
		if p.Pinned {
			s += "!"
		}
		return s
	}
	if l.Package != (launch.Package{}) {
		b.WriteString(" " + pkg(l.Package))
	}
	for _, p := range l.Packages {
		b.WriteString(" +" + pkg(p))
	}
	for _, v := range l.Env {
		b.WriteString(" $" + v.Name + "=" + v.Value)
	}
	c := l.Container
	if c == nil {
		return b.String()
	}
	b.WriteString(" " + c.Image)
	for _, m := range c.Mounts {
		mode := "rw"
		if m.ReadOnly {
			mode = "ro"
		}
		b.WriteString(" -v" + m.Source + ":" + m.Target + ":" + mode)
	}
	for _, v := range c.Env {
		b.WriteString(" -e" + v.Name)
		if !v.Host {
			b.WriteString("=" + v.Value)
		}
	}
	for _, p := range c.Ports {
		fmt.Fprintf(&b, " -p%s:%d:%d", p.HostIP, p.HostPort, p.ContainerPort)
	}
	if c.Network != "" {
		b.WriteString(" --network=" + c.Network)
	}
	if c.Privileged {
		b.WriteString(" --privileged")
	}
	for _, name := range c.Capabilities {
		b.WriteString(" --cap-add=" + name)
	}
	if c.User != "" {
		b.WriteString(" --user=" + c.User)
	}
	if c.ReadOnlyRoot {
		b.WriteString(" --read-only")
	}
	if c.MemoryBytes+c.PIDs != 0 || c.CPUs != 0 {
		fmt.Fprintf(&b, " --memory=%d --cpus=%g --pids-limit=%d", c.MemoryBytes, c.CPUs, c.PIDs)
	}
	return b.String()
}

// argv reads a line of the tables: words at spaces, in '…' as one.
func argv(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func check(t *testing.T, table string) {
	t.Helper()
	n := 0
	for row := range strings.Lines(table) {
		if strings.HasPrefix(row, "#") {
			continue
		}
		line, want, ok := strings.Cut(strings.TrimSpace(row), " => ")
		if !ok {
			require.Empty(t, line, "a row without =>")
			continue
		}
		n++
		l := launch.Parse(argv(line))
		require.Equal(t, strings.TrimSpace(want), strings.TrimSpace(describe(l)), "%s\n%s", line, l.Reason)
		require.Equal(t, l.Opaque, l.Reason != "", line)
	}
	require.NotZero(t, n)
}

package main_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// terminal is a pseudoterminal: what a program writes to it can be read while it
// runs.
type terminal struct {
	program *os.File // the end of the program

	mu   sync.Mutex
	text bytes.Buffer
	over chan struct{}
}

func newTerminal(t *testing.T, columns int) *terminal {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(ours.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: uint16(columns)}))
	term := &terminal{over: make(chan struct{})}
	term.program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	go func() { // ends when the program's end is closed
		defer close(term.over)
		_, _ = io.Copy(term, ours) // EIO is the end of a terminal
	}()
	t.Cleanup(func() {
		term.close()
		_ = ours.Close() // it was read to its end
	})
	return term
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *terminal) seen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// close ends the program's side and returns all that was written to it.
func (t *terminal) close() string {
	_ = t.program.Close() // a second time is harmless
	<-t.over
	return strings.ReplaceAll(t.seen(), "\r\n", "\n")
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// On a terminal the table is cut to its width, and has colours unless they are
// not wanted.
func TestAuditTableFitsTheTerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir, ".cursor/mcp.json", `{"mcpServers": {
		"a-server-with-a-name-that-nobody-would-give-to-one": {"command": "docker", "args": ["run", "-v", "/var/run/docker.sock:/s", "registry.example.com/team/a-long-image-name:latest"]},
		"plain": {"command": "/opt/none/server", "args": ["--with", "some", "arguments", "that", "go", "on", "and", "on", "and", "on"]}
	}}`)
	for _, width := range []int{40, 80, 129, 130, 200} {
		term := newTerminal(t, width)
		cmd := exec.CommandContext(t.Context(), binary, "audit", ".cursor/mcp.json")
		cmd.Dir, cmd.Stdout = dir, term.program
		cmd.Env = append(os.Environ(), "NO_COLOR=", "TERM=xterm")
		require.Error(t, cmd.Run())
		text := term.close()
		require.Contains(t, text, "\x1b[1;31mdenied\x1b[0m")
		text = escapes.ReplaceAllString(text, "")
		table, _, _ := strings.Cut(text, "\n\n")
		lines := strings.Split(table, "\n")
		least := max(width, 72) // the columns with one word each, and a little of the others
		for _, line := range lines {
			require.LessOrEqual(t, utf8.RuneCountInString(line), least, "%d columns: %s", width, line)
		}
		require.Equal(t, width >= 130, strings.Contains(lines[0], "WHAT TO DO"), "%d columns", width)
		require.Contains(t, table, "Take the mount out")
		require.Contains(t, text, "--wide  ")
	}
	for _, plain := range [][]string{{"NO_COLOR=1", "audit"}, {"NO_COLOR=1", "audit", "--wide"}} {
		term := newTerminal(t, 80)
		cmd := exec.CommandContext(t.Context(), binary, append(plain[1:], ".cursor/mcp.json")...)
		cmd.Dir, cmd.Stdout, cmd.Env = dir, term.program, append(os.Environ(), plain[0])
		require.Error(t, cmd.Run())
		text := term.close()
		require.NotContains(t, text, "\x1b")
		require.Equal(t, len(plain) == 3, strings.Contains(text, filepath.Join(dir, ".cursor", "mcp.json")+":2:3"))
	}
}

// A long audit shows on a terminal how far it is, and takes that away in the end.
// Ctrl-C ends it at once, without half a report.
func TestAuditShowsHowFarItIs(t *testing.T) {
	dir := t.TempDir()
	files, _ := many(t, dir)
	const bar = "\r["
	start := func() (*exec.Cmd, *terminal, *bytes.Buffer) {
		term := newTerminal(t, 80)
		cmd := exec.CommandContext(t.Context(), binary, append([]string{"audit", "-o", "github"}, files...)...)
		var stdout bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, term.program
		cmd.Env = append(os.Environ(), "TERM=xterm")
		require.NoError(t, cmd.Start())
		return cmd, term, &stdout
	}
	cmd, term, stdout := start()
	require.Eventually(t, func() bool { return strings.Contains(term.seen(), bar) }, time.Minute, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	asked := time.Now()
	require.Error(t, cmd.Wait())
	require.Less(t, time.Since(asked), 5*time.Second)
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Empty(t, stdout.String())
	text := term.close()
	require.Regexp(t, `\r\[#*-+\] \d+ of 5000 servers`, text)
	require.Regexp(t, `\r\x1b\[Kmcp-runner: .+\n$`, text)

	files = files[:50]
	cmd, term, stdout = start()
	require.Error(t, cmd.Wait())
	require.Equal(t, 3, cmd.ProcessState.ExitCode())
	require.Regexp(t, `(?m)^500 servers in 50 files`, stdout.String())
	if text := term.close(); text != "" { // it was fast enough to show nothing, or it cleaned up
		require.True(t, strings.HasSuffix(text, "\r\x1b[K"), "%q", text)
	}
}

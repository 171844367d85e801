package runner_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/runner"
)

// printer copies the test binary to path; it prints its executable's last byte
// when it runs, so that copies with other ends are told apart.
func printer(t *testing.T, path, name string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	data, err := os.ReadFile(self)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(data, name[0]), 0o755))
}

var _ = func() bool {
	systemChildren["which"] = func(string) {
		f, err := os.Open("/proc/self/exe")
		must(err)
		info, err := f.Stat()
		must(err)
		last := make([]byte, 1)
		_, err = f.ReadAt(last, info.Size()-1)
		must(err)
		fmt.Printf("%s", last)
	}
	systemChildren["names"] = func(string) {
		exe, err := os.Readlink("/proc/self/exe")
		must(err)
		fmt.Printf("%s %s", os.Args[0], exe)
	}
	return true
}()

// exitProgram is a program so small that many are started in a moment.
func exitProgram(t *testing.T, code byte) []byte {
	t.Helper()
	const headers, at = 64 + 56, 0x400000
	machine, text := uint16(62), []byte{0xbf, code, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05}
	if runtime.GOARCH != "amd64" {
		require.Equal(t, "arm64", runtime.GOARCH)
		machine, text = 183, []byte{code << 5, code >> 3, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4}
	}
	size := uint64(headers + len(text))
	var file bytes.Buffer
	for _, part := range []any{
		elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_EXEC), Machine: machine, Version: 1, Entry: at + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
		},
		elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: at, Paddr: at, Filesz: size, Memsz: size, Align: 0x1000},
		text,
	} {
		require.NoError(t, binary.Write(&file, binary.LittleEndian, part))
	}
	return file.Bytes()
}

// run runs cfg and returns what it wrote.
func run(t *testing.T, cfg *runner.RunConfig) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: &stdout, Stderr: &stderr})
	t.Log(stderr.String())
	return stdout.String(), err
}

// afterTheQuestion lets change happen when the gate has been asked.
func afterTheQuestion(t *testing.T, change func()) {
	t.Helper()
	register(t, gateFunc(func(context.Context, *runner.RunConfig) error { change(); return nil }))
}

// Whatever a path leads to, what runs is what was hashed, or nothing.
func TestSwappedProgramsDoNotEscape(t *testing.T) {
	dir := t.TempDir()
	server, other := filepath.Join(dir, "server"), filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(server, exitProgram(t, 1), 0o755))
	require.NoError(t, os.WriteFile(other, exitProgram(t, 2), 0o755))

	asked := -1 // the code of the program that the gate was asked about
	codes := map[string]int{fileSHA256(t, server): 1, fileSHA256(t, other): 2}
	var swaps atomic.Int64
	swap := func() error {
		swaps.Add(1)
		return unix.Renameat2(unix.AT_FDCWD, server, unix.AT_FDCWD, other, unix.RENAME_EXCHANGE)
	}
	questions := 0
	register(t, gateFunc(func(_ context.Context, cfg *runner.RunConfig) error {
		asked = codes[cfg.Resolved.Command.SHA256]
		if questions++; questions%5 == 0 { // on one processor the other goroutine may never be in time
			return swap()
		}
		return nil
	}))
	ctx, stop := context.WithCancel(t.Context())
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for ctx.Err() == nil {
			if err := swap(); err != nil {
				t.Error(err)
				return
			}
			runtime.Gosched()
		}
	})
	starts, refused := 0, 0
	for range 20 * soak.Times(200) {
		if starts >= soak.Times(200) && refused > 0 {
			break
		}
		err := runner.New(runner.Options{}).Run(t.Context(), &runner.RunConfig{Command: server}, runner.Stdio{})
		ended, ran := errors.AsType[*runner.ExitError](err)
		if !ran {
			require.ErrorContains(t, err, "change")
			refused++
			continue
		}
		require.Equal(t, asked, ended.Code, "another program ran than was asked about")
		starts++
	}
	stop()
	swapping.Wait()
	require.GreaterOrEqual(t, starts, soak.Times(200))
	require.Positive(t, refused)
	soak.Report(t, "%d starts of a program that another was exchanged with %d times: %d refused, 0 escapes", starts+refused, swaps.Load(), refused)
}

// One that is renamed over the program after the question does not run.
func TestReplacementByRename(t *testing.T) {
	dir := t.TempDir()
	server, other := filepath.Join(dir, "server"), filepath.Join(dir, "other")
	printer(t, server, "A")
	printer(t, other, "B")
	cfg := childConfig(t, "which")
	cfg.Command = server
	afterTheQuestion(t, func() { require.NoError(t, os.Rename(other, server)) })
	out, err := run(t, cfg)
	require.ErrorContains(t, err, "changed since policy was asked about it")
	require.Empty(t, out)
}

// A program of the same name that is put into an earlier directory of PATH after
// the question is not what runs, neither for the command nor for a line of env.
func TestPathShadowing(t *testing.T) {
	root := tree(t, map[string]string{
		"early/.txt":  "",
		"late/server": "#!/usr/bin/env tell\n",
		"late/tell":   "->/bin/echo",
	})
	t.Setenv("PATH", root+"/early:"+root+"/late")
	afterTheQuestion(t, func() {
		for _, name := range []string{"server", "tell"} {
			require.NoError(t, os.WriteFile(filepath.Join(root, "early", name), []byte("#!/bin/sh\necho shadow\n"), 0o755))
		}
	})
	out, err := run(t, &runner.RunConfig{Command: "server", CmdArgs: []string{"x"}})
	require.NoError(t, err)
	require.Equal(t, root+"/late/server x\n", out)
}

func TestTheProgramSeesItsOwnNames(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	printer(t, filepath.Join(dir, "server"), "A")
	require.NoError(t, os.Symlink("server", link))
	cfg := childConfig(t, "names")
	cfg.Command = link
	out, err := run(t, cfg)
	require.NoError(t, err)
	real, err := filepath.EvalSymlinks(link)
	require.NoError(t, err)
	require.Equal(t, link+" "+real, out)
}

// A stream's number must not come to stand for the program's.
func TestStreamsWithHighAndSwappedNumbers(t *testing.T) {
	server := filepath.Join(t.TempDir(), "server")
	printer(t, server, "A")
	for _, at := range []int{3, 50, 200} {
		reading, writing, err := os.Pipe()
		require.NoError(t, err)
		high, err := unix.FcntlInt(writing.Fd(), unix.F_DUPFD_CLOEXEC, at)
		require.NoError(t, err)
		stdout := os.NewFile(uintptr(high), "high")
		require.NoError(t, writing.Close())
		cfg := childConfig(t, "which")
		cfg.Command = server
		require.NoError(t, runner.New(runner.Options{}).Run(t.Context(), cfg, runner.Stdio{Stdout: stdout, Stderr: os.Stdout}))
		require.NoError(t, stdout.Close())
		out := make([]byte, 8)
		n, err := reading.Read(out)
		require.NoError(t, err)
		require.Equal(t, "A", string(out[:n]))
		require.NoError(t, reading.Close())
	}
}

// A file that cannot be executed is named by its path, not by a descriptor.
func TestWhatCannotBeExecutedIsNamed(t *testing.T) {
	root := tree(t, map[string]string{"server": "not a program"})
	_, err := run(t, &runner.RunConfig{Command: root + "/server"})
	require.EqualError(t, err, "command "+root+"/server: fork/exec "+root+"/server: exec format error")
	require.True(t, errors.Is(err, unix.ENOEXEC))
}

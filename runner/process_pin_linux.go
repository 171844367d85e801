package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// pinned are the files of a command that is started: the program, which is open,
// and the scripts that it is to read.
type pinned struct {
	path    string // of the program
	files   []*os.File
	scripts []pinnedScript
}

// pinnedScript is a file that a program opens by its path.
type pinnedScript struct {
	path string
	key  fileKey
}

// pin lets cmd, whose streams are set, execute the command: through a descriptor
// of the file that was just compared with what was resolved. It is to be closed
// when cmd has started.
//
// The kernel would give a script to its interpreter through a path of the
// descriptor, which is gone by then. So the interpreter is executed, with the
// arguments that it would get from the kernel.
func (r *ResolvedCommand) pin(ctx context.Context, cmd *exec.Cmd, args []string) (_ *pinned, err error) {
	p := &pinned{path: r.Path}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	argv := append([]string{r.Argv0}, args...)
	program, key, err := openSame(ctx, r.Path, r.SHA256)
	if err != nil {
		return nil, err
	}
	p.files = append(p.files, program)
	if r.Interpreter != nil {
		for _, i := range append([]Interpreter{*r.Interpreter}, r.Further...) {
			if len(i.Argv) == 0 {
				return nil, fmt.Errorf("interpreter %s: not resolved", i.Path)
			}
			p.scripts = append(p.scripts, pinnedScript{argv[0], key})
			argv, cmd.Env = append(append([]string{}, i.Argv...), argv...), append(cmd.Env, i.Env...)
			if program, key, err = openSame(ctx, i.Path, i.SHA256); err != nil {
				return nil, fmt.Errorf("interpreter: %w", err)
			}
			p.path, p.files = i.Path, append(p.files, program)
		}
	}
	cmd.Args = argv
	return p, p.lead(cmd, program)
}

// openSame opens the file at path, which has to have the digest.
func openSame(ctx context.Context, path, sha256 string) (*os.File, fileKey, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, fileKey{}, err
	}
	now, key, err := digests.open(ctx, f)
	if err == nil && now.sha256 != sha256 {
		err = fmt.Errorf("%s: changed since policy was asked about it", path)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, fileKey{}, err
	}
	return f, key, nil
}

// lead makes cmd execute program.
func (p *pinned) lead(cmd *exec.Cmd, program *os.File) error {
	highest, err := p.giveStreams(cmd)
	if err != nil {
		return err
	}
	// The child moves its streams to descriptors of its own before it executes
	// anything, at most a handful of them right behind the highest.
	const room = 16
	n, err := unix.FcntlInt(program.Fd(), unix.F_DUPFD_CLOEXEC, highest+room)
	if err != nil {
		return &os.PathError{Op: "dup", Path: p.path, Err: err}
	}
	path := fmt.Sprintf("/proc/self/fd/%d", n)
	dup := os.NewFile(uintptr(n), path)
	p.files = append(p.files, dup)
	is, err := onProcfs("/proc/self/fd")
	if err != nil {
		return err
	}
	ours, err := dup.Stat()
	if err != nil {
		return err
	}
	if theirs, err := os.Stat(path); !is || err != nil || !os.SameFile(ours, theirs) {
		return errors.New("/proc, through which the file that was compared is executed, is not mounted here, or is that of other processes: mount it")
	}
	cmd.Path = path
	return nil
}

// giveStreams opens the null device for the streams that cmd does not have, as it
// would itself, and returns the highest descriptor of the streams.
func (p *pinned) giveStreams(cmd *exec.Cmd) (highest int, err error) {
	var null *os.File
	for _, missing := range []bool{cmd.Stdin == nil, cmd.Stdout == nil, cmd.Stderr == nil} {
		if missing && null == nil {
			if null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
				return 0, err
			}
			p.files = append(p.files, null)
		}
	}
	if cmd.Stdin == nil {
		cmd.Stdin = null
	}
	if cmd.Stdout == nil {
		cmd.Stdout = null
	}
	if cmd.Stderr == nil {
		cmd.Stderr = null
	}
	for _, stream := range []any{cmd.Stdin, cmd.Stdout, cmd.Stderr} {
		file, ok := stream.(*os.File)
		if !ok {
			return 0, fmt.Errorf("stream is a %T and no file", stream)
		}
		highest = max(highest, int(file.Fd()))
	}
	return highest, nil
}

// named puts the path of the program in an error of starting it.
func (p *pinned) named(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: failed.Op, Path: p.path, Err: failed.Err}
	}
	return err
}

// confirm finds out, after the start, whether the paths that programs open still
// lead to the files that were compared.
func (p *pinned) confirm() error {
	for _, script := range p.scripts {
		info, err := os.Stat(script.path)
		if err != nil {
			return fmt.Errorf("%w: changed since policy was asked about it", err)
		}
		if now, _ := keyOfInfo(info); now != script.key {
			return fmt.Errorf("%s: changed since policy was asked about it", script.path)
		}
	}
	return nil
}

func (p *pinned) close() { closeAll(p.files) }

//go:build !linux

package runner

import (
	"context"
	"fmt"
	"os/exec"
)

// pinned are the files of a command that is started.
type pinned struct{}

// pin lets cmd execute the command. It finds out whether the files are still those
// that were resolved, which narrows the time in which one can be exchanged to that
// until it is executed.
func (r *ResolvedCommand) pin(ctx context.Context, cmd *exec.Cmd, args []string) (*pinned, error) {
	same := func(path, sha256 string) error {
		now, err := digests.file(ctx, path)
		if err == nil && now.sha256 != sha256 {
			err = fmt.Errorf("%s: changed since policy was asked about it", path)
		}
		return err
	}
	if err := same(r.Path, r.SHA256); err != nil {
		return nil, err
	}
	if r.Interpreter != nil {
		for _, i := range append([]Interpreter{*r.Interpreter}, r.Further...) {
			if err := same(i.Path, i.SHA256); err != nil {
				return nil, err
			}
		}
	}
	cmd.Path, cmd.Args = r.Path, append([]string{r.Argv0}, args...)
	return &pinned{}, nil
}

func (*pinned) named(err error) error { return err }

func (*pinned) confirm() error { return nil }

func (*pinned) close() {}

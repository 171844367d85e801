package wrap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Report is what was done with one file, or would be.
type Report struct {
	Result
	Format Format
	// Before is the text as it was.
	Before []byte
	// Backup is the path of the backup, where there is one now.
	Backup string
}

// Changed reports whether the new text is another one.
func (r Report) Changed() bool { return !bytes.Equal(r.Before, r.Data) }

// Files says how files are changed.
type Files struct {
	// DryRun leaves them as they are.
	DryRun bool
	// KeepBackup leaves backups where they are, though nothing of a file is wrapped
	// any more.
	KeepBackup bool
}

// Wrap is the function Wrap for a file, with a backup beside it. An error begins
// with a path and means that the file is as it was.
func (fs Files) Wrap(ctx context.Context, path string, opts Options) (r Report, err error) {
	f, err := fs.open(ctx, path)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r = Report{Before: f.Data}
	if r.Format, err = FormatOf(path, f.Data); err != nil {
		return r, err
	}
	if r.Result, err = Wrap(r.Format, f.Data, opts); err != nil || !r.Changed() {
		return r, err
	}
	have, err := f.Backup()
	if err != nil {
		return r, err
	}
	backup, err := Backup(r.Format, f.Data, have, opts.Runner)
	if err == nil {
		err = Check(r.Format, r.Data, backup, opts.Runner)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	r.Backup = f.BackupPath()
	if fs.DryRun {
		return r, nil
	}
	if have == nil || !bytes.Equal(have, backup) {
		if err := f.WriteBackup(backup); err != nil {
			return r, err
		}
	}
	return r, f.Replace(r.Data)
}

// Unwrap is the function Unwrap for a file. Its backup goes where nothing in the
// file is wrapped any more.
func (fs Files) Unwrap(ctx context.Context, path string, opts UnwrapOptions) (r Report, err error) {
	f, err := fs.open(ctx, path)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r = Report{Before: f.Data}
	if r.Format, err = FormatOf(path, f.Data); err != nil {
		return r, err
	}
	if opts.Before, err = f.Backup(); err != nil {
		return r, err
	}
	if r.Result, err = Unwrap(r.Format, f.Data, opts); err != nil {
		return r, err
	}
	if opts.Before != nil {
		r.Backup = f.BackupPath()
	}
	if fs.DryRun || !r.Changed() {
		return r, nil
	}
	if err := f.Replace(r.Data); err != nil {
		return r, err
	}
	opts.Servers = nil
	rest, err := Unwrap(r.Format, r.Data, opts)
	if err != nil || fs.KeepBackup || rest.Count(Unwrapped)+rest.Count(Left) > 0 {
		return r, err
	}
	r.Backup = ""
	return r, f.RemoveBackup()
}

func (fs Files) open(ctx context.Context, path string) (*File, error) {
	if fs.DryRun {
		f, err := Open(path)
		if err != nil {
			return nil, err
		}
		return f, f.changeable()
	}
	return Lock(ctx, path)
}

package gate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// RecordReader reads a decision log, its backups first, and goes on where it
// ended, over rotations too. It is not for concurrent use.
type RecordReader struct {
	path string
	// file is the log as it was read last, up to at; row counts its lines.
	file *os.File
	at   int64
	row  int
	torn bool // the last line that was read has no end
}

// RecordLine is one line of a decision log.
type RecordLine struct {
	// File and Row are its place.
	File string
	Row  int
	// Text is the line without its end.
	Text []byte
	// Record is what it says, or Err why it says nothing.
	Record *Record
	Err    error
}

// NewRecordReader returns a reader of the log at path. The caller closes it.
func NewRecordReader(path string) (*RecordReader, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("decision log %s: %w", path, err)
	}
	return &RecordReader{path: path}, nil
}

// Close ends the reading.
func (r *RecordReader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// Read calls each for every line that was written since the last call of Read.
// An error, of each too, ends the reading for good, but for fs.ErrNotExist: that
// there is no log yet.
func (r *RecordReader) Read(ctx context.Context, each func(RecordLine) error) (err error) {
	parts, err := r.parts(ctx)
	if err != nil {
		return fmt.Errorf("decision log %s: %w", r.path, err)
	}
	defer func() {
		for _, p := range parts { // the last one stays open for the next time
			if p.file != r.file {
				err = errors.Join(err, p.file.Close())
			}
		}
	}()
	for _, p := range parts {
		if p.file != r.file {
			r.at, r.row, r.torn = 0, 0, false
		}
		if err := r.part(ctx, p, each); err != nil {
			return err
		}
	}
	r.file = parts[len(parts)-1].file
	return nil
}

// recordPart is a file of the log with the size that it has at one moment.
type recordPart struct {
	file *os.File
	name string
	to   int64
}

// parts are the files to read, from where the last call ended. They are opened
// under the writers' lock: no rotation falls in between, and no line is half
// written.
func (r *RecordReader) parts(ctx context.Context) (parts []recordPart, err error) {
	unlock, err := r.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	defer func() {
		for _, p := range parts {
			if err != nil && p.file != r.file {
				err = errors.Join(err, p.file.Close())
			}
		}
	}()
	names, _, err := backups(r.path)
	if err != nil {
		return nil, err
	}
	known := -1 // where the file is that was read last
	for _, name := range append(names, r.path) {
		file, info, err := openRecords(name)
		if errors.Is(err, fs.ErrNotExist) && (len(parts) > 0 || r.file != nil) {
			continue // set aside, and nothing recorded since
		}
		if err != nil {
			return parts, err
		}
		p := recordPart{file: file, name: name, to: info.Size()}
		if r.file != nil {
			old, err := r.file.Stat()
			if err == nil && os.SameFile(old, info) {
				err = file.Close()
				p.file, known = r.file, len(parts)
			}
			if err != nil {
				return append(parts, p), err
			}
		}
		parts = append(parts, p)
	}
	switch {
	case r.file == nil:
	case known >= 0:
		for _, p := range parts[:known] {
			err = errors.Join(err, p.file.Close())
		}
		parts = parts[known:]
	default: // deleted since: what is there now is younger
		info, err := r.file.Stat()
		if err != nil {
			return parts, err
		}
		parts = append([]recordPart{{file: r.file, name: r.path, to: info.Size()}}, parts...)
	}
	return parts, err
}

// lock takes the writers' lock, where there is one, for reading.
func (r *RecordReader) lock(ctx context.Context) (unlock func() error, err error) {
	if _, err := os.Lstat(r.path + ".lock"); errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil // a copy, or a log that nobody has written to
	}
	lock, err := lockFile(r.path)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if _, err := lock.TryRLockContext(waiting, 10*time.Millisecond); err != nil {
		if waiting.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("another process has held the lock %s for %s: end it, or read a copy of the log", filepath.Base(lock.Path()), lockPatience)
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	return lock.Unlock, nil
}

// lockPatience is how long a reader waits for the lock, which no writer needs
// for long.
var lockPatience = 10 * time.Second

func openRecords(name string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is %s", filepath.Base(name), fileKind(info.Mode()))
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

// part reads one file on from r.at.
func (r *RecordReader) part(ctx context.Context, p recordPart, each func(RecordLine) error) error {
	in := bufio.NewReader(io.NewSectionReader(p.file, r.at, max(0, p.to-r.at)))
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		text, long, n, err := readLine(in)
		r.at += n
		if n == 0 && err == io.EOF {
			return nil
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("decision log %s: %w", p.name, err)
		}
		if r.torn {
			r.torn = false
			if n == 1 && len(text) == 0 {
				continue // the end that it got later
			}
		}
		r.row++
		line := RecordLine{File: p.name, Row: r.row, Text: text}
		switch {
		case long:
			line.Err = fmt.Errorf("longer than %d bytes", maxRecord)
		case err == io.EOF:
			r.torn, line.Err = true, errors.New("cut off before its end")
		default:
			line.Record, line.Err = ParseRecord(text)
		}
		if err := each(line); err != nil {
			return err
		}
	}
}

// readLine reads one line without its end, and says how many bytes it took. Of
// one that is too long it keeps the beginning.
func readLine(in *bufio.Reader) (text []byte, long bool, n int64, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		n += int64(len(piece))
		if long = long || len(text)+len(piece) > maxRecord; !long {
			text = append(text, piece...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(text, []byte{'\n'}), long, n, err
		}
	}
}

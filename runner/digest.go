package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	// mostDigests bounds the digests that are remembered.
	mostDigests = 512
	// headBytes is how much of a file's beginning is kept: more than the longest
	// #! line that any system reads.
	headBytes = 1024
	// settleTime is how long ago a file must have changed to be remembered. File
	// systems count time in steps of up to two seconds, and a second change
	// within one step would leave no trace.
	settleTime = 3 * time.Second
)

// digests remembers the files of this process's servers.
var digests = &digester{now: time.Now}

// fileDigest is what is known of a file's content.
type fileDigest struct {
	sha256 string
	// head is the beginning of the file where that is "#!".
	head string
}

// fileKey changes whenever the content of a file does, in so far as the file
// system tells.
type fileKey struct {
	dev, ino     uint64
	size         int64
	mtime, ctime int64 // nanoseconds
}

// digester computes digests and remembers them for as long as the file's key
// stays the same. It may be used from many goroutines.
type digester struct {
	now func() time.Time
	// onRead is called, where it is set, when a file's content is read.
	onRead func()

	mu    sync.Mutex
	known map[fileKey]fileDigest
}

// file returns the digest of the regular file at path. A file that keeps
// changing while it is read is an error.
func (d *digester) file(ctx context.Context, path string) (fileDigest, error) {
	f, err := openRegular(path)
	if err != nil {
		return fileDigest{}, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	found, _, err := d.open(ctx, f)
	return found, err
}

// open is file for one that is open, whose key it returns too.
func (d *digester) open(ctx context.Context, f *os.File) (fileDigest, fileKey, error) {
	for range 3 {
		before, exact, err := keyOf(f)
		if err != nil {
			return fileDigest{}, fileKey{}, err
		}
		if found, ok := d.lookup(before, exact); ok {
			return found, before, nil
		}
		found, err := d.read(ctx, f)
		if err != nil {
			return fileDigest{}, fileKey{}, fmt.Errorf("%s: %w", f.Name(), err)
		}
		after, _, err := keyOf(f)
		if err != nil {
			return fileDigest{}, fileKey{}, err
		}
		if before == after {
			d.remember(after, exact, found)
			return found, after, nil
		}
	}
	return fileDigest{}, fileKey{}, fmt.Errorf("%s: changed while it was read", f.Name())
}

func (d *digester) read(ctx context.Context, f *os.File) (fileDigest, error) {
	if d.onRead != nil {
		d.onRead()
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fileDigest{}, err
	}
	hash, head := sha256.New(), make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fileDigest{}, err
	}
	head = head[:n]
	hash.Write(head)
	if _, err := io.Copy(hash, &contextReader{ctx, f}); err != nil {
		return fileDigest{}, err
	}
	found := fileDigest{sha256: hex.EncodeToString(hash.Sum(nil))}
	if len(head) >= 2 && head[0] == '#' && head[1] == '!' {
		found.head = string(head)
	}
	return found, nil
}

func (d *digester) lookup(key fileKey, exact bool) (fileDigest, bool) {
	if !exact {
		return fileDigest{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.known[key]
	return found, ok
}

func (d *digester) remember(key fileKey, exact bool, found fileDigest) {
	if !exact || d.now().Sub(time.Unix(0, key.ctime)) < settleTime {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[fileKey]fileDigest{}
	}
	for key := range d.known {
		if len(d.known) < mostDigests {
			break
		}
		delete(d.known, key)
	}
	d.known[key] = found
}

// contextReader ends a long read when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

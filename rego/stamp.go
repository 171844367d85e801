package rego

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"time"
)

// racyFor is how long after a change a file may change again and keep its times.
// It is a variable for tests of what is older.
var racyFor = 2 * time.Second

// stamp tells one state of a tree from another without reading the files.
type stamp struct {
	sum [sha256.Size]byte
	// newest is when the youngest file changed.
	newest time.Time
}

// stampOf returns the stamp of what a walk found. Directories count by name
// and by who may write them: an editor's swap file changes their times and nothing
// else.
func stampOf(entries []entry, err error) stamp {
	h := sha256.New()
	var s stamp
	for _, e := range entries {
		if e.kind == kindDir {
			uid, gid := ownerOf(e.info)
			fmt.Fprintf(h, "%q %v %d %d\n", e.name, e.info.Mode(), uid, gid) // a hash never fails
			continue
		}
		s.add(h, e)
	}
	if err != nil {
		fmt.Fprintf(h, "%q\n", err.Error())
	}
	h.Sum(s.sum[:0])
	return s
}

func (s *stamp) add(h hash.Hash, e entry) {
	dev, ino, changed := identityOf(e.info)
	uid, gid := ownerOf(e.info)
	fmt.Fprintf(h, "%q %d %d %d %d %d %v %d %d\n", e.name, e.info.Size(), e.info.ModTime().UnixNano(),
		changed.UnixNano(), dev, ino, e.info.Mode(), uid, gid)
	for _, t := range []time.Time{e.info.ModTime(), changed} {
		if t.After(s.newest) {
			s.newest = t
		}
	}
}

// racy says that a file changed so shortly before the tree was read at readAt
// that a further change may have left the same times.
func (s stamp) racy(readAt time.Time) bool {
	return racy(s.newest, readAt)
}

func racy(changed, readAt time.Time) bool { return changed.After(readAt.Add(-racyFor)) }

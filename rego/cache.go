package rego

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
)

// kept is what a load leaves to the next one: all that it used, and nothing
// else. It does not change once the load has ended.
type kept struct {
	files   map[string]keptFile // by name in the source
	parsed  map[string]parsedFile
	units   map[string]*compiled // by what was compiled
	schemas map[string]*inputSchema
	data    *keptData
}

// maxKept bounds the size of a file that is kept beside what was made of it.
const maxKept = 16 << 20

// keptFile is a file that was read.
type keptFile struct {
	id      fileID
	content []byte
}

// fileID changes with the content of a file, once the file is older than
// racyFor.
type fileID struct {
	dev, inode        uint64
	size              int64
	modified, changed int64
}

func idOf(info fs.FileInfo) fileID {
	dev, inode, changed := identityOf(info)
	return fileID{dev, inode, info.Size(), info.ModTime().UnixNano(), changed.UnixNano()}
}

// newest is when the file changed last.
func (id fileID) newest() time.Time { return time.Unix(0, max(id.modified, id.changed)) }

// keptData is the data of a source, made from docs.
type keptData struct {
	docs  []*places
	store storage.Store
}

// inputSchema is a JSON Schema as the compiler wants it.
type inputSchema struct {
	raw any
	set *ast.SchemaSet
}

var noSchema = &inputSchema{}

// loading is one load on its way: what it takes over from those before it, what
// it leaves to the next, and what it is doing. A nil one takes over nothing and
// leaves nothing.
type loading struct {
	from []*kept // the newest first, none of them nil
	// reload says that decisions go on meanwhile.
	reload bool
	began  instant

	mu       sync.Mutex
	next     *kept // nil where nothing is to be kept
	stage    string
	compiles map[string]bool // what is being compiled
	snapshot *readState      // nil until the files are read
}

// readState is what a load found when it had read the files.
type readState struct {
	seen    stamp
	content string
}

func newLoading() *loading {
	return &loading{began: now(), stage: stageLook, compiles: map[string]bool{}}
}

// keep makes the load take over what from has, and leave what it used.
func (l *loading) keep(from ...*kept) {
	for _, k := range from {
		if k != nil && !slices.Contains(l.from, k) {
			l.from = append(l.from, k)
		}
	}
	l.next = &kept{
		files: map[string]keptFile{}, parsed: map[string]parsedFile{},
		units: map[string]*compiled{}, schemas: map[string]*inputSchema{},
	}
}

// left is what the load leaves; nothing of it changes any more.
func (l *loading) left() *kept {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.next
	l.next = nil
	return k
}

// leave notes something for the next load.
func (l *loading) leave(note func(*kept)) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next != nil {
		note(l.next)
	}
}

// before looks for something in what the loads before left.
func before[T any](l *loading, find func(*kept) (T, bool)) (T, bool) {
	if l != nil {
		for _, k := range l.from {
			if found, ok := find(k); ok {
				return found, true
			}
		}
	}
	var none T
	return none, false
}

// beforeRead is a variable for the test of what is read.
var beforeRead = func(string) {}

// content returns the content of a file, as it was read before where it is the
// same file still.
func (l *loading) content(e entry, limit int64, read func() ([]byte, error)) ([]byte, error) {
	if l == nil || !canStamp {
		return read()
	}
	id := idOf(e.info)
	old, found := before(l, func(k *kept) (keptFile, bool) { f, ok := k.files[e.name]; return f, ok })
	if !found || old.id != id || int64(len(old.content)) > limit {
		beforeRead(e.name)
		content, err := read()
		if err != nil {
			return nil, err
		}
		if !found || !bytes.Equal(old.content, content) {
			old.content = content
		}
	}
	// A file that changed just now may change again and keep its times.
	if len(old.content) <= maxKept && !racy(id.newest(), l.began.wall) {
		l.leave(func(k *kept) { k.files[e.name] = keptFile{id, old.content} })
	}
	return old.content, nil
}

// forget drops the files that were read: they changed meanwhile.
func (l *loading) forget() {
	l.leave(func(k *kept) { clear(k.files) })
}

// schema decodes a JSON Schema of the input.
func (l *loading) schema(raw []byte) (*inputSchema, error) {
	if raw == nil {
		return noSchema, nil
	}
	s, found := before(l, func(k *kept) (*inputSchema, bool) { s, ok := k.schemas[string(raw)]; return s, ok })
	if !found {
		s = &inputSchema{set: ast.NewSchemaSet()}
		if err := util.UnmarshalJSON(raw, &s.raw); err != nil {
			return nil, fmt.Errorf("input schema: %w", err)
		}
		s.set.Put(ast.SchemaRootRef, s.raw)
	}
	l.leave(func(k *kept) { k.schemas[string(raw)] = s })
	return s, nil
}

// dataStore returns the data of a source as policies read it.
func (l *loading) dataStore(src *source) storage.Store {
	docs := make([]*places, len(src.docs))
	for i, d := range src.docs {
		docs[i] = d.places
	}
	same := func(k *kept) (*keptData, bool) {
		return k.data, k.data != nil && slices.Equal(k.data.docs, docs)
	}
	data, found := before(l, same)
	l.leave(func(k *kept) {
		if made, ok := same(k); ok { // by another compiler of the same load
			data, found = made, true
		}
	})
	if !found || src.dataBroken {
		data = &keptData{docs: docs, store: inmem.NewFromObjectWithOpts(src.data,
			inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))} // ours alone and never written again
	}
	if !src.dataBroken {
		l.leave(func(k *kept) { k.data = data })
	}
	return data.store
}

// withFiles is k with the files of a later load that came to the same content.
func (k *kept) withFiles(later *kept) *kept {
	cp := *k
	cp.files = later.files
	return &cp
}

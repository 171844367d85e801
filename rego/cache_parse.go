package rego

import "bytes"

// parsedFile is what a file of a bundle means by itself. Loads share it, and
// nothing changes it.
type parsedFile struct {
	file file
	// At most one of these is set; none for a test.
	module   *module
	doc      *document
	manifest *manifest
	// broken says that there should be one that is whole.
	broken bool
	err    error
}

// parse parses a file, unless a load before found it with the same content.
func (l *loading) parse(f file, builtins *builtins) parsedFile {
	p, found := before(l, func(k *kept) (parsedFile, bool) {
		p, ok := k.parsed[f.name]
		return p, ok && p.file.rel == f.rel && p.file.kind == f.kind && bytes.Equal(p.file.content, f.content)
	})
	if !found {
		p = parseFile(f, builtins)
	}
	if len(f.content) <= maxKept {
		l.leave(func(k *kept) { k.parsed[f.name] = p })
	}
	return p
}

func parseFile(f file, builtins *builtins) parsedFile {
	p := parsedFile{file: f}
	switch f.kind {
	case kindTest:
		p.err = checkTestFile(f)
	case kindModule:
		var m *module
		switch m, p.err = parseModule(f.name, f.content); {
		case p.err != nil:
			p.broken = true
		case isTest(m):
			p.err = checkTest(m)
		default:
			checkAlone(m, builtins)
			p.module = m
		}
	case kindData:
		var d document
		if d, p.err = readDocument(f); p.err == nil {
			p.doc = &d
		} else {
			p.broken = true
		}
	case kindManifest:
		p.manifest, p.err = readManifest(f)
		p.broken = p.err != nil
	}
	return p
}

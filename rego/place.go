package rego

import (
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// fault is a finding at a path below `data`, or as near to it as the document
// goes. Its text is the key that stands there: what the key leads to may be a
// secret.
func (d document) fault(rule string, at []string, fix, format string, args ...any) *Finding {
	f := fault(rule, d.file.name, fix, format, args...)
	if len(at) <= len(d.prefix) || !slices.Equal(at[:len(d.prefix)], d.prefix) {
		return f
	}
	at = at[len(d.prefix):]
	for n := len(at); n > 0; n-- {
		if p, ok := d.places.of(at[:n]); ok {
			f.Row, f.Col, f.Text = p.row, p.col, at[n-1]
			break
		}
	}
	return f
}

// places are where the keys of one file stand. They are looked up when first
// asked for, which is when something is wrong.
type places struct {
	file  file
	once  sync.Once
	known map[jsontext.Pointer]place
}

type place struct{ row, col int }

// maxPlaced bounds the size of a file whose keys are looked up.
const maxPlaced = 8 << 20

// of returns the place of the key that a path of keys and indexes ends in. What
// an alias leads to has none.
func (p *places) of(at []string) (place, bool) {
	if p == nil {
		return place{}, false
	}
	p.once.Do(func() { // two loads may share the file
		p.known = map[jsontext.Pointer]place{}
		switch base := path.Base(p.file.rel); {
		case len(p.file.content) > maxPlaced:
		case path.Ext(base) == ".json" || base == ".manifest":
			p.readJSON()
		default:
			p.readYAML()
		}
	})
	found, ok := p.known[pointer(at)]
	return found, ok
}

// pointer writes a path of keys as a JSON Pointer.
func pointer(at []string) jsontext.Pointer {
	var p jsontext.Pointer
	for _, key := range at {
		p = p.AppendToken(key)
	}
	return p
}

func (p *places) readYAML() {
	var doc yaml.Node
	if err := yaml.Unmarshal(p.file.content, &doc); err != nil {
		return // what cannot be read has no places
	}
	var read func(at jsontext.Pointer, n *yaml.Node)
	read = func(at jsontext.Pointer, n *yaml.Node) {
		switch n.Kind {
		case yaml.DocumentNode:
			read(at, n.Content[0])
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				key := at.AppendToken(n.Content[i].Value)
				p.known[key] = place{n.Content[i].Line, n.Content[i].Column}
				read(key, n.Content[i+1])
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				key := at.AppendToken(strconv.Itoa(i))
				p.known[key] = place{item.Line, item.Column}
				read(key, item)
			}
		}
	}
	if doc.Kind == yaml.DocumentNode {
		read("", &doc)
	}
}

func (p *places) readJSON() {
	content := p.file.content
	d := jsontext.NewDecoder(bytes.NewReader(content))
	row, seen := 1, 0 // the row at the offset seen
	for {
		d.PeekKind() // an error of it is that of ReadToken
		start := int(d.InputOffset())
		// Between two tokens stand space and one comma or colon.
		for start < len(content) && strings.IndexByte(" \t\r\n,:", content[start]) >= 0 {
			start++
		}
		if _, err := d.ReadToken(); err != nil {
			if !errors.Is(err, io.EOF) {
				clear(p.known) // what cannot be read has no places
			}
			return
		}
		row += bytes.Count(content[seen:start], []byte("\n"))
		seen = start
		if at := d.StackPointer(); at != "" {
			if _, ok := p.known[at]; !ok {
				p.known[at] = place{row, start - bytes.LastIndexByte(content[:start], '\n')}
			}
		}
	}
}

package gate

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// documentSpans marks the secrets of s where it is a JSON object or list. They
// are spans of the text as it stands, so that nothing else of it changes: of
// two members with one key a decoder shows one only.
func (r *redactor) documentSpans(s string, sc scope) []span {
	start := len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	if start == len(s) || s[start] != '{' && s[start] != '[' || r.inside > 8 || !json.Valid([]byte(s)) {
		return nil
	}
	p := parser{s: s, at: start}
	r.inside++
	defer func() { r.inside-- }()
	return r.node(p.value(), scope{prose: sc.prose}, nil)
}

func (r *redactor) node(n node, sc scope, spans []span) []span {
	switch n.kind {
	case '"':
		return r.quoted(n, sc, spans)
	case '[':
		previous := ""
		for _, item := range n.items {
			child := sc
			if item.kind == '"' {
				child = sc.after(previous, item.text)
			}
			spans = r.node(item, child, spans)
			previous = item.text
		}
	case '{':
		var names naming
		for i, key := range n.keys {
			names.see(key.text, n.items[i].text)
		}
		for i, key := range n.keys {
			spans = r.quoted(key, scope{fixed: true}, spans)
			spans = r.node(n.items[i], names.scope(sc, key.text), spans)
		}
	case '0':
		if len(r.named(n.literal, sc)) > 0 {
			spans = append(spans, span{start: n.start, end: n.end, reason: ReasonName, with: strconv.Quote(Redacted)})
		}
	}
	return spans
}

var jsonQuoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quoted marks the secrets of the string of n at their places in the text.
func (r *redactor) quoted(n node, sc scope, spans []span) []span {
	for _, sp := range r.spans(n.text, sc) {
		sp.start, sp.end = n.place(sp.start), n.place(sp.end)
		sp.with = jsonQuoting.Replace(sp.with)
		spans = append(spans, sp)
	}
	return spans
}

// node is a JSON value with its place in the text.
type node struct {
	kind       byte // '{', '[', '"', '0' for a number, or another literal's first
	start, end int  // of a string: without its quotes
	text       string
	literal    string
	offsets    []int // of the bytes of text, from start; nil where they are the same
	keys       []node
	items      []node
}

func (n node) place(i int) int {
	if n.offsets == nil {
		return n.start + i
	}
	return n.start + n.offsets[i]
}

// parser reads JSON that is known to be valid.
type parser struct {
	s  string
	at int
}

func (p *parser) space() byte {
	for strings.IndexByte(" \t\r\n,:", p.s[p.at]) >= 0 {
		p.at++
	}
	return p.s[p.at]
}

func (p *parser) value() node {
	n := node{kind: p.space(), start: p.at}
	switch n.kind {
	case '"':
		return p.text()
	case '{', '[':
		p.at++
		for c := p.space(); c != '}' && c != ']'; c = p.space() {
			if n.kind == '{' {
				n.keys = append(n.keys, p.text())
			}
			n.items = append(n.items, p.value())
		}
		p.at++
	default:
		for p.at < len(p.s) && strings.IndexByte(" \t\r\n,:]}", p.s[p.at]) < 0 {
			p.at++
		}
		n.literal = p.s[n.start:p.at]
		if n.kind == '-' || isDigit(rune(n.kind)) {
			n.kind = '0'
		}
	}
	n.end = p.at
	return n
}

func (p *parser) text() node {
	p.at++
	n := node{kind: '"', start: p.at}
	for p.s[p.at] != '"' {
		if p.s[p.at] == '\\' {
			p.at++
		}
		p.at++
	}
	n.end = p.at
	p.at++
	n.text, n.offsets = unquote(p.s[n.start:n.end])
	return n
}

var escapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unquote is the text of a JSON string and the place of each of its bytes, and
// of its end, in raw.
func unquote(raw string) (string, []int) {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw, nil
	}
	out := make([]byte, 0, len(raw))
	offsets := make([]int, 0, len(raw)+1)
	for i := 0; i < len(raw); {
		from := i
		switch {
		case raw[i] != '\\':
			out = append(out, raw[i])
			i++
		case raw[i+1] == 'u':
			c := hexRune(raw[i:])
			i += 6
			if second := utf16.DecodeRune(c, hexRune(raw[i:])); second != utf8.RuneError {
				c = second
				i += 6
			}
			out = utf8.AppendRune(out, c)
		default:
			c, ok := escapes[raw[i+1]]
			if !ok {
				c = raw[i+1]
			}
			out = append(out, c)
			i += 2
		}
		for len(offsets) < len(out) {
			offsets = append(offsets, from)
		}
	}
	return string(out), append(offsets, len(raw))
}

// hexRune is the character of the escape at the beginning of s, 0 where there
// is none.
func hexRune(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}

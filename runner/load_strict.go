package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeStrict checks data against shape and decodes it into out, a pointer to
// the type that shape was made from. Its errors are *positionError, unless data
// is too large to be looked at.
func decodeStrict(data []byte, what string, s *shape, out any) error {
	if len(data) > maxFileBytes {
		return fmt.Errorf("%s is larger than %d bytes", what, maxFileBytes)
	}
	r := newStrictReader(data)
	if err := r.document(what, s); err != nil {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		var offset int64
		if serr, ok := errors.AsType[*json.SemanticError](err); ok {
			offset = serr.ByteOffset
		}
		pointer, msg := describeJSONError(err)
		return r.fail(int(offset), pointer, msg)
	}
	return nil
}

// strictReader walks over a JSON text once.
type strictReader struct {
	data []byte
	dec  *jsontext.Decoder
}

func newStrictReader(data []byte) *strictReader {
	return &strictReader{data: data, dec: jsontext.NewDecoder(bytes.NewReader(data))}
}

func (r *strictReader) document(what string, s *shape) error {
	if bytes.HasPrefix(r.data, []byte("\ufeff")) {
		return r.fail(0, "", "byte order mark")
	}
	if i := invalidUTF8(r.data); i >= 0 {
		return r.fail(i, "", "invalid UTF-8")
	}
	if i := bytes.IndexByte(r.data, 0); i >= 0 {
		return r.fail(i, "", "NUL byte")
	}
	if err := r.value(s, false); err != nil {
		return err
	}
	start := r.next()
	if _, err := r.dec.ReadToken(); err != io.EOF {
		return r.fail(start, "", "data after the "+what)
	}
	return nil
}

// value reads one value. Only a named member may be null, for "not set"; in a
// list or a map null would become an empty string that nobody wrote.
func (r *strictReader) value(s *shape, nullable bool) error {
	start := r.next()
	tok, err := r.dec.ReadToken()
	if err != nil {
		return r.syntax(err)
	}
	kind := tok.Kind()
	if kind == jsontext.KindFalse {
		kind = jsontext.KindTrue
	}
	if s.kind != jsontext.KindInvalid && kind != s.kind && (kind != jsontext.KindNull || !nullable) {
		return r.fail(start, r.dec.StackPointer(), "want "+kindName(s.kind)+", have "+kindName(kind))
	}
	switch kind {
	case jsontext.KindBeginObject:
		return r.object(s)
	case jsontext.KindBeginArray:
		return r.array(s)
	case jsontext.KindString:
		return r.text(start, s, tok.String())
	case jsontext.KindNumber:
		if s.whole {
			if _, err := strconv.Atoi(tok.String()); err != nil {
				return r.fail(start, r.dec.StackPointer(), "want a whole number")
			}
		}
	}
	return nil
}

func (r *strictReader) text(start int, s *shape, text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return r.fail(start, r.dec.StackPointer(), "NUL byte")
	}
	if s.check != nil {
		if msg := s.check(text); msg != "" {
			return r.fail(start, r.dec.StackPointer(), msg)
		}
	}
	return nil
}

func (r *strictReader) array(s *shape) error {
	elem := s.elem
	if elem == nil {
		elem = anyShape
	}
	for r.dec.PeekKind() != jsontext.KindEndArray {
		if err := r.value(elem, false); err != nil {
			return err
		}
	}
	return r.end()
}

func (r *strictReader) object(s *shape) error {
	seen := map[string]string{}
	for r.dec.PeekKind() != jsontext.KindEndObject {
		start := r.next()
		tok, err := r.dec.ReadToken()
		if err != nil {
			return r.syntax(err)
		}
		name := tok.String()
		if strings.IndexByte(name, 0) >= 0 {
			return r.fail(start, r.dec.StackPointer().Parent(), "NUL byte in a key")
		}
		if !s.anyCase {
			folded := foldName(name)
			other, known := s.folded[folded]
			if !known || other == name {
				other, known = seen[folded]
			}
			if known {
				return r.fail(start, r.dec.StackPointer().Parent(),
					fmt.Sprintf("key %q differs from %q only in case", shorten(name), shorten(other)))
			}
			seen[folded] = name
		}
		member, known := s.fields[name]
		switch {
		case known:
			err = r.value(member, true)
		case s.elem != nil:
			err = r.value(s.elem, false)
		default:
			err = r.value(anyShape, true)
		}
		if err != nil {
			return err
		}
	}
	return r.end()
}

// end reads the token that ends an object or an array.
func (r *strictReader) end() error {
	if _, err := r.dec.ReadToken(); err != nil {
		return r.syntax(err)
	}
	return nil
}

// next is the offset of the next token.
func (r *strictReader) next() int {
	i := int(r.dec.InputOffset())
	for i < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[i]) >= 0 {
		i++
	}
	return i
}

func (r *strictReader) syntax(err error) error {
	offset := len(r.data)
	if serr, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = int(serr.ByteOffset)
	}
	pointer, msg := describeJSONError(err)
	return r.fail(offset, pointer, msg)
}

func (r *strictReader) fail(offset int, pointer jsontext.Pointer, msg string) error {
	before := r.data[:min(offset, len(r.data))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &positionError{
		line:    1 + bytes.Count(before, []byte("\n")),
		column:  1 + utf8.RuneCount(line),
		pointer: pointer,
		msg:     msg,
	}
}

// describeJSONError says what an error of the JSON library means. The library's
// own text may quote a part of a value.
func describeJSONError(err error) (jsontext.Pointer, string) {
	if serr, ok := errors.AsType[*json.SemanticError](err); ok && serr.Err == nil {
		return serr.JSONPointer, "wrong type"
	}
	serr, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case errors.Is(err, io.EOF):
		return "", "unexpected end"
	case !ok:
		return "", "invalid JSON"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return serr.JSONPointer, "unexpected end"
	case errors.Is(serr.Err, jsontext.ErrDuplicateName):
		return serr.JSONPointer.Parent(), fmt.Sprintf("duplicate key %q", shorten(serr.JSONPointer.LastToken()))
	case errors.Is(serr.Err, jsontext.ErrNonStringName):
		return serr.JSONPointer, "a key must be a string"
	}
	for _, where := range []string{
		"invalid UTF-8",
		"exceeded max depth",
		"at start of value",
		"after object name (expecting ':')",
		"after object value (expecting ',' or '}')",
		"after array element (expecting ',' or ']')",
		"in string (expecting non-control character)",
		"in string",
		"in number (expecting digit)",
	} {
		if strings.HasSuffix(serr.Err.Error(), where) {
			return serr.JSONPointer, "invalid JSON: " + where
		}
	}
	return serr.JSONPointer, "invalid JSON"
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

package rego

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// tarReader reads a tar archive of files and directories, and of that only what
// every reader of tar reads alike. Package archive/tar accepts more: an archive
// without its end mark, extended headers that belong to no member, that name a
// member twice or make a sparse file of it. Whoever looks at an archive before
// it is published shall see what is loaded.
type tarReader struct {
	r io.Reader
	// left is what is unread of the member, and pad what fills its last block.
	left, pad int64
}

// tarMember is one member of an archive.
type tarMember struct {
	typ  byte // tarFile, tarDir or tarGlobal
	name string
	size int64
}

// The types of header that are read.
const (
	tarFile     = '0'
	tarDir      = '5'
	tarGlobal   = 'g' // PAX records about all members
	tarExtended = 'x' // PAX records about the next member
	tarLongName = 'L' // the name of the next member, as GNU tar writes it
)

const (
	tarBlock    = 512
	maxExtended = 1 << 20 // bytes of an extended header
)

var errCut = errors.New("the archive is cut off: its end mark is missing")

// next returns the next member, or io.EOF once the archive was read to its very
// end.
func (t *tarReader) next() (tarMember, error) {
	if _, err := io.CopyN(io.Discard, t.r, t.left+t.pad); err != nil {
		return tarMember{}, cut(err)
	}
	t.left, t.pad = 0, 0
	var about *extension // by the header before
	for {
		block, err := t.block()
		if err != nil {
			return tarMember{}, err
		}
		if zeros(block) {
			if about != nil {
				return tarMember{}, errors.New("an extended header stands before no member")
			}
			return tarMember{}, t.end()
		}
		h, err := parseHeader(block)
		if err != nil {
			return tarMember{}, err
		}
		switch h.typ {
		case tarExtended, tarLongName, tarGlobal:
			if about != nil {
				return tarMember{}, errors.New("two extended headers stand before one member")
			}
			if about, err = t.extension(h); err != nil || h.typ == tarGlobal {
				return h, err
			}
		case tarFile, tarDir:
			if err := about.extend(&h); err != nil {
				return tarMember{}, err
			}
			switch isDir := h.typ == tarDir; {
			case isDir && h.size != 0:
				return tarMember{}, fmt.Errorf("the directory %q has a size", h.name)
			case !isDir && strings.HasSuffix(h.name, "/"):
				return tarMember{}, fmt.Errorf("the file %q has the name of a directory", h.name)
			}
			t.left, t.pad = h.size, padding(h.size)
			return h, nil
		default:
			return tarMember{}, fmt.Errorf("%q is neither a file nor a directory (type %q)", h.name, h.typ)
		}
	}
}

// content returns the content of the member that next returned.
func (t *tarReader) content() ([]byte, error) {
	// The size is only what the archive claims: take memory as far as there is
	// something to put in.
	b := make([]byte, 0, min(t.left, 1<<20))
	for t.left > 0 {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(int64(len(b))*4, int64(len(b))+t.left)), b...)
		}
		n, err := io.ReadFull(t.r, b[len(b):min(int64(cap(b)), int64(len(b))+t.left)])
		if err != nil {
			return nil, cut(err)
		}
		b = b[:len(b)+n]
		t.left -= int64(n)
	}
	return b, nil
}

// end reads what follows the first block of the end mark.
func (t *tarReader) end() error {
	second, err := t.block()
	if err != nil {
		return err
	}
	if !zeros(second) {
		return errCut
	}
	b := make([]byte, 8*tarBlock)
	for {
		n, err := t.r.Read(b)
		if !zeros(b[:n]) {
			return errors.New("the archive has data after its end mark")
		}
		if err != nil {
			return err // io.EOF, where the checksum held
		}
	}
}

func (t *tarReader) block() ([]byte, error) {
	b := make([]byte, tarBlock)
	_, err := io.ReadFull(t.r, b)
	return b, cut(err)
}

// cut is the error of a read that must not end here.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}

// extension is what an extended header says about the next member.
type extension struct {
	name string // "" where it says none
	size string // "" where it says none
}

// extension reads an extended header.
func (t *tarReader) extension(h tarMember) (*extension, error) {
	if h.size > maxExtended {
		return nil, fmt.Errorf("an extended header is larger than %s", sizeText(maxExtended))
	}
	t.left, t.pad = h.size, padding(h.size)
	b, err := t.content()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, t.r, t.pad); err != nil {
		return nil, cut(err)
	}
	t.pad = 0
	if h.typ != tarLongName {
		return readPAX(h.typ, string(b))
	}
	e := &extension{name: strings.TrimSuffix(string(b), "\x00")}
	if e.name == "" || strings.Contains(e.name, "\x00") {
		return nil, errors.New("an extended header holds an empty name, or one with a null byte")
	}
	return e, nil
}

// readPAX reads PAX records.
func readPAX(typ byte, records string) (*extension, error) {
	e := &extension{}
	seen := map[string]bool{}
	for records != "" {
		length, _, ok := strings.Cut(records, " ")
		n, err := strconv.ParseUint(length, 10, 31)
		if !ok || err != nil || n > uint64(len(records)) || n < uint64(len(length))+2 || records[n-1] != '\n' {
			return nil, errors.New("an extended header is no list of PAX records")
		}
		key, value, ok := strings.Cut(records[len(length)+1:n-1], "=")
		if !ok || key == "" {
			return nil, errors.New("an extended header is no list of PAX records")
		}
		records = records[n:]
		if seen[key] {
			return nil, fmt.Errorf("an extended header holds %.100q twice", key)
		}
		seen[key] = true
		switch {
		case key == "path" && typ == tarExtended && value != "" && !strings.Contains(value, "\x00"):
			e.name = value
		case key == "size" && typ == tarExtended && value != "":
			e.size = value
		case key == "path", key == "size", key == "linkpath", key == "hdrcharset", strings.HasPrefix(key, "GNU.sparse."):
			return nil, fmt.Errorf("an extended header changes the %.100s of members", key)
		}
	}
	return e, nil
}

// extend adds to a header what an extended one says. The two differ only where
// a header cannot say what the other does.
func (e *extension) extend(h *tarMember) error {
	switch {
	case e == nil:
	case e.size != "" && e.size != strconv.FormatInt(h.size, 10):
		return fmt.Errorf("the member %q has two sizes", h.name)
	case e.name == "" || strings.TrimSuffix(e.name, "/") == strings.TrimSuffix(h.name, "/"):
	case len(e.name) >= 100 || strings.IndexFunc(e.name, func(r rune) bool { return r >= 0x80 }) >= 0:
		h.name = e.name
	default:
		return fmt.Errorf("a member is called %q and %q", h.name, e.name)
	}
	return nil
}

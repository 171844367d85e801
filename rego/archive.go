package rego

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// readArchive unpacks the bundle name from packed. An archive counts as a whole
// or not at all: the checksum of gzip and the end mark of tar must be there, and
// nothing after them. Nothing of it is held but the files of the bundle.
func readArchive(ctx context.Context, name string, packed io.Reader, budget *budget) ([]file, []skipped, error) {
	file := &counter{r: packed}
	in := bufio.NewReaderSize(file, 16<<10)
	zr, err := gzip.NewReader(in)
	if err != nil {
		return nil, nil, gzipError(err)
	}
	// A second gzip file behind the first is data that not every reader reads.
	zr.Multistream(false)
	a := &archive{name: name, budget: budget, seen: map[string]memberOf{}}
	tr := &tarReader{r: &unpacking{ctx: ctx, packed: file, zr: zr, budget: budget}}
	for {
		m, err := tr.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = a.add(m, tr)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err := zr.Close(); err != nil {
		return nil, nil, err
	}
	switch _, err := in.ReadByte(); {
	case err == nil:
		return nil, nil, errors.New("the archive has data after its end")
	case !errors.Is(err, io.EOF):
		return nil, nil, err
	}
	return a.files, a.skipped, nil
}

// counter counts what was read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// unpacking reads what an archive unpacks to, as far as the limits allow.
type unpacking struct {
	ctx    context.Context
	packed *counter
	zr     *gzip.Reader
	budget *budget
	n      int64
}

func (u *unpacking) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := u.zr.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, gzipError(err)
	}
	if err := u.budget.take("", int64(n)); err != nil {
		return 0, err
	}
	lim := u.budget.limits
	if u.n += int64(n); u.n > ratioSlack+lim.ratio*u.packed.n {
		return 0, fault("file-limit", "", "take out what repeats itself, or publish the files in a directory",
			"the archive unpacks to more than %d times its size, the limit of an archive", lim.ratio)
	}
	if u.packed.n > lim.dataSize { // it grew since it was looked at
		return 0, tooLarge("", lim.dataSize)
	}
	return n, err
}

// archive is what was read of one.
type archive struct {
	name    string
	budget  *budget
	seen    map[string]memberOf
	files   []file
	skipped []skipped
}

// memberOf says what a name in an archive is.
type memberOf int

const (
	aFile memberOf = iota + 1
	aDirectory
	anImpliedDirectory // a file lies below it
)

// add takes the member m, whose content is read from tr.
func (a *archive) add(m tarMember, tr *tarReader) error {
	if err := a.budget.count("", 1); err != nil || m.typ == tarGlobal {
		return err
	}
	rel, err := relName(m)
	if err != nil || rel == "." {
		return err
	}
	depth := strings.Count(rel, "/")
	if m.typ == tarDir {
		depth++
	}
	if err := a.budget.deep(rel, depth); err != nil {
		return err
	}
	if err := a.once(rel, m.typ == tarDir); err != nil || m.typ == tarDir {
		return err
	}
	k, reason, err := memberKind(rel)
	if err != nil {
		return err
	}
	if k == kindSkip {
		a.skipped = append(a.skipped, skipped{a.name + "/" + rel, reason})
	}
	if (k == kindSkip || k == kindSignatures) && !a.budget.signed {
		return nil // else it may be signed
	}
	if limit := a.budget.limit(k); m.size > limit {
		return tooLarge(rel, limit)
	}
	content, err := tr.content()
	if err != nil {
		return err
	}
	a.files = append(a.files, file{name: a.name + "/" + rel, rel: rel, kind: k, content: content})
	return nil
}

// maxName is the longest path that systems take.
const maxName = 4096

// relName returns the path of a member in the bundle, or "." for its root.
func relName(m tarMember) (string, error) {
	if len(m.name) > maxName {
		return "", fmt.Errorf("the name of a member is longer than %d bytes", maxName)
	}
	// tar writes names with "./" in front, `opa build` with "/".
	rel, dotted := strings.CutPrefix(m.name, "./")
	if !dotted {
		rel = strings.TrimPrefix(rel, "/")
	}
	if m.typ == tarDir {
		if rel = strings.TrimSuffix(rel, "/"); rel == "" || rel == "." {
			return ".", nil
		}
	}
	for base := range strings.SplitSeq(rel, "/") {
		if err := checkBase(rel, base); err != nil {
			return "", err
		}
	}
	if !fs.ValidPath(rel) || rel == "." {
		return "", fmt.Errorf("%q is not a name below the bundle's root", m.name)
	}
	return rel, nil
}

// once refuses a name that is there already, whatever it was.
func (a *archive) once(rel string, isDir bool) error {
	switch was := a.seen[rel]; {
	case was == aFile, was == aDirectory, was == anImpliedDirectory && !isDir:
		return fault("archive", rel, "build the archive again", "%s is there twice", rel)
	}
	a.seen[rel] = aFile
	if isDir {
		a.seen[rel] = aDirectory
	}
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		switch a.seen[dir] {
		case aFile:
			return fault("archive", dir, "build the archive again", "%s is a file and a directory", dir)
		case 0:
			a.seen[dir] = anImpliedDirectory
		}
	}
	return nil
}

// memberKind tells a member by its name, and why it is skipped where it is.
func memberKind(rel string) (kind, string, error) {
	if rel == signaturesName {
		return kindSignatures, "", nil
	}
	for part := range strings.SplitSeq(rel, "/") {
		if reason := skippedName(part); reason != "" {
			return kindSkip, reason, nil
		}
	}
	k, err := kindOf(rel)
	switch {
	case err != nil:
		return 0, "", err
	case k == kindArchive:
		return 0, "", fault("archive", rel, "publish it beside this one", "an archive in an archive is not read")
	case k == kindManifest && path.Dir(rel) != ".":
		return 0, "", fault("archive", rel, "take it out", "a bundle archive has one .manifest, at its root")
	case k == kindSkip:
		return k, skippedFile(path.Base(rel)), nil
	}
	return k, "", nil
}

// gzipError is an error of the gzip package in words of the author.
func gzipError(err error) error {
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok {
		return errors.New("the archive is damaged: its gzip does not unpack")
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	case errors.Is(err, gzip.ErrChecksum):
		return errors.New("the archive is damaged: the checksum of its gzip does not match")
	case errors.Is(err, gzip.ErrHeader):
		return errors.New("it is not a gzip file")
	default:
		return err
	}
}

package rego

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// readArchive unpacks a bundle. An archive counts as a whole or not at all: the
// checksum of gzip and the end mark of tar must be there, and nothing after
// them.
func readArchive(name string, packed []byte, budget *budget) ([]file, error) {
	raw, err := gunzip(packed, budget.limits.total-budget.total)
	if err != nil {
		return nil, err
	}
	r := bytes.NewReader(raw)
	tr := tar.NewReader(r)
	var files []file
	seen := map[string]bool{}
	for {
		start := len(raw) - r.Len()
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files, checkEnd(raw, start, len(raw)-r.Len())
		}
		if err != nil {
			return nil, err
		}
		f, ok, err := member(hdr, seen, budget.limits)
		if err != nil {
			return nil, err
		}
		limit := budget.limit(f.kind)
		content, err := io.ReadAll(io.LimitReader(tr, limit+1))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", hdr.Name, err)
		}
		if int64(len(content)) > limit {
			return nil, fmt.Errorf("%s is larger than %d bytes", hdr.Name, limit)
		}
		if !ok {
			continue
		}
		if err := budget.take(f.rel, int64(len(content))); err != nil {
			return nil, err
		}
		f.name, f.content = name+"/"+f.rel, content
		files = append(files, f)
	}
}

func gunzip(packed []byte, limit int64) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(zr, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("the archive unpacks to more than the %d bytes that are left for it", limit)
	}
	return raw, zr.Close()
}

// checkEnd tells the end of an archive from an archive that was cut between
// two members, which the tar package does not. The reader went from start to
// end when it found no further member.
func checkEnd(raw []byte, start, end int) error {
	const block = 512
	start = (start + block - 1) / block * block // padding of the last member
	if end-start != 2*block || !zeros(raw[start:end]) {
		return errors.New("the archive is cut off: its end mark is missing")
	}
	if !zeros(raw[end:]) {
		return errors.New("the archive has data after its end mark")
	}
	return nil
}

func zeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// member says what a member of an archive is; ok is false where it is skipped.
func member(hdr *tar.Header, seen map[string]bool, lim limits) (f file, ok bool, err error) {
	switch hdr.Typeflag {
	case tar.TypeXGlobalHeader:
		return file{}, false, nil
	case tar.TypeReg, tar.TypeDir:
	default:
		return file{}, false, fmt.Errorf("%q is neither a file nor a directory (type %q)", hdr.Name, hdr.Typeflag)
	}
	// tar writes names with "./" in front, `opa build` with "/".
	rel, dotted := strings.CutPrefix(hdr.Name, "./")
	if !dotted {
		rel = strings.TrimPrefix(rel, "/")
	}
	if hdr.Typeflag == tar.TypeDir {
		if rel = strings.TrimSuffix(rel, "/"); rel == "" || rel == "." {
			return file{}, false, nil
		}
	}
	if !fs.ValidPath(rel) || rel == "." || strings.ContainsAny(rel, "\\\x00") {
		return file{}, false, fmt.Errorf("%q is not a name below the bundle's root", hdr.Name)
	}
	if strings.Count(rel, "/") > lim.depth {
		return file{}, false, fmt.Errorf("%s: directories are nested more than %d deep", rel, lim.depth)
	}
	if hdr.Typeflag == tar.TypeDir {
		return file{}, false, nil
	}
	if seen[rel] {
		return file{}, false, fmt.Errorf("%s is there twice", rel)
	}
	if seen[rel] = true; len(seen) > lim.files {
		return file{}, false, fmt.Errorf("the archive holds more than %d files", lim.files)
	}
	return memberKind(rel)
}

func memberKind(rel string) (file, bool, error) {
	for part := range strings.SplitSeq(rel, "/") {
		if skippedName(part) {
			return file{}, false, nil
		}
	}
	k, err := kindOf(rel)
	switch {
	case err != nil:
		return file{}, false, err
	case k == kindArchive:
		return file{}, false, fmt.Errorf("%s is an archive in an archive", rel)
	case k == kindManifest && path.Dir(rel) != ".":
		return file{}, false, fmt.Errorf("%s: a bundle archive has one .manifest, at its root", rel)
	case k == kindSkip:
		return file{}, false, nil
	}
	return file{rel: rel, kind: k}, true, nil
}

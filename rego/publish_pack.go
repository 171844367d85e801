package rego

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// pack makes one archive of the source. Equal sources are equal bytes. A bundle
// stays as it is, but for its tests; several become one, as Build makes it.
func (cfg PublishConfig) pack(ctx context.Context) (packed []byte, signed bool, err error) {
	info, err := os.Stat(cfg.Dir)
	if err != nil {
		return nil, false, err
	}
	if !info.IsDir() {
		return readPacked(filepath.Dir(cfg.Dir), filepath.Base(cfg.Dir))
	}
	snap, err := steadySnapshot(ctx, cfg.LoadConfig, nil)
	if err != nil {
		return nil, false, sourceError(cfg.LoadConfig, bounded(err))
	}
	snap.bundles = slices.DeleteFunc(snap.bundles, func(b *bundle) bool { return len(b.files) == 0 })
	var files map[string][]byte
	switch _, err = os.Lstat(filepath.Join(cfg.Dir, signaturesName)); {
	case err == nil:
		signed = true
		files, err = signedFiles(cfg.Dir, snap)
	case !errors.Is(err, fs.ErrNotExist):
	case len(snap.bundles) == 0:
		err = noPolicy(&source{})
	case len(snap.bundles) > 1:
		files, err = cfg.merge(ctx, snap)
	case isArchive(snap.bundles[0].name):
		return readPacked(cfg.Dir, snap.bundles[0].name)
	default:
		// A lone bundle in a directory below is signed there.
		b := snap.bundles[0]
		if b.name != "." && exists(filepath.Join(cfg.Dir, filepath.FromSlash(b.name), signaturesName)) {
			return nil, false, sourceError(cfg.LoadConfig, fmt.Errorf("%s is signed by itself: publish %s", b, path.Join(filepath.ToSlash(cfg.Dir), b.name)))
		}
		files, err = map[string][]byte{}, nil
		for _, f := range b.files {
			files[f.rel] = f.content
		}
	}
	if err != nil {
		return nil, false, sourceError(cfg.LoadConfig, err)
	}
	packed, err = pack(files)
	return packed, signed, err
}

func isArchive(name string) bool { return strings.HasSuffix(name, ".tar.gz") }

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// readPacked reads an archive that is there already, to be published as it is.
func readPacked(dir, name string) (packed []byte, signed bool, err error) {
	if !isArchive(name) {
		return nil, false, fmt.Errorf("%s is neither a directory nor a bundle archive NAME.tar.gz", filepath.Join(dir, name))
	}
	t, err := openDir(dir)
	if err != nil {
		return nil, false, err
	}
	packed, err = t.read(entry{name: name}, defaultLimits.dataSize)
	if err := errors.Join(err, t.close()); err != nil {
		return nil, false, fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
	}
	files, err := unpack(packed)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
	}
	return packed, files[signaturesName] != nil, nil
}

// unpack returns two members of an archive that say what it is: its manifest and
// its signature. What else is wrong with it, loading it says.
func unpack(packed []byte) (map[string][]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for tr := tar.NewReader(io.LimitReader(zr, defaultLimits.total)); ; {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(path.Clean("/"+hdr.Name), "/")
		if name != ".manifest" && name != signaturesName {
			continue
		}
		if files[name], err = io.ReadAll(io.LimitReader(tr, defaultLimits.fileSize)); err != nil {
			return nil, err
		}
	}
}

// merge makes one bundle of several. Signatures are of one bundle each, and
// would be lost.
func (cfg PublishConfig) merge(ctx context.Context, snap *snapshot) (map[string][]byte, error) {
	roots := []string{}
	for _, b := range snap.bundles {
		signed := exists(filepath.Join(cfg.Dir, filepath.FromSlash(b.name), signaturesName))
		if isArchive(b.name) {
			var err error
			if _, signed, err = readPacked(cfg.Dir, b.name); err != nil {
				return nil, err
			}
		}
		if signed {
			return nil, fmt.Errorf("%s is signed by itself, and here are %d bundles: publish each by itself", b, len(snap.bundles))
		}
	}
	_, c, err := examine(ctx, cfg.LoadConfig, snap)
	if err != nil {
		return nil, bounded(err)
	}
	files := map[string][]byte{}
	addModules(files, snap, c.src)
	for _, b := range snap.bundles {
		roots = append(roots, b.roots...)
	}
	slices.Sort(roots)
	if files[".manifest"], err = plainJSON(map[string]any{"roots": slices.Compact(roots)}); err != nil {
		return nil, err
	}
	if len(c.src.data) > 0 {
		files["data.json"], err = plainJSON(c.src.data)
	}
	return files, err
}

// signedFiles are the files that the signature of a directory names, and the
// signature: the archive holds no other, or whoever verifies it refuses it.
func signedFiles(dir string, snap *snapshot) (map[string][]byte, error) {
	t, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.close() }() // it was only read
	signature, err := t.read(entry{name: signaturesName}, defaultLimits.fileSize)
	if err != nil {
		return nil, err
	}
	names, err := signedNames(signature)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", signaturesName, err)
	}
	files := map[string][]byte{signaturesName: signature}
	for _, name := range names {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%s: %q is no name of a file in the directory", signaturesName, name)
		}
		content, err := t.read(entry{name: name}, defaultLimits.dataSize)
		if err != nil {
			return nil, fmt.Errorf("%s names %s, which cannot be read: sign the directory again: %w", signaturesName, name, err)
		}
		files[name] = content
	}
	for _, b := range snap.bundles {
		if b.name != "." {
			return nil, fmt.Errorf("%s is signed, and %s is in it: sign and publish each by itself", dir, b)
		}
		for _, f := range b.files {
			if files[f.rel] == nil {
				return nil, fmt.Errorf("%s does not name %s: sign the directory again", signaturesName, f.rel)
			}
		}
	}
	return files, nil
}

// signedNames reads whose signature it is without verifying it. `opa sign` names
// files as its command line does: policy/a.rego for `--bundle policy`. The
// directory in front is taken off; the manifest shows which it is.
func signedNames(signature []byte) ([]string, error) {
	var outer struct {
		Signatures []string `json:"signatures"`
	}
	if err := json.Unmarshal(signature, &outer); err != nil {
		return nil, err
	}
	if len(outer.Signatures) != 1 {
		return nil, fmt.Errorf("it holds %d signatures, want one", len(outer.Signatures))
	}
	parts := strings.Split(outer.Signatures[0], ".")
	if len(parts) != 3 {
		return nil, errors.New("the signature is no JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("the signature is no JWT: %w", err)
	}
	var claims struct {
		Files []struct {
			Name string `json:"name"`
		} `json:"files"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, fmt.Errorf("the signature is no JWT of a bundle: %w", err)
	}
	names := make([]string, len(claims.Files))
	lead := ""
	for i, f := range claims.Files {
		names[i] = f.Name
		if dir := path.Dir(f.Name); path.Base(f.Name) == ".manifest" && dir != "." {
			lead = dir + "/"
		}
	}
	for i, name := range names {
		var ok bool
		if names[i], ok = strings.CutPrefix(name, lead); !ok {
			return nil, fmt.Errorf("it names %s, which is not below %s", name, lead)
		}
	}
	return names, nil
}

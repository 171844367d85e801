package scaffold

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Drift is how the program's part of a repository differs from what this
// program would write.
type Drift struct {
	// Missing says that there is no .mcp/ at all.
	Missing bool
	// Version is that of the program which wrote the files, or "" where the
	// manifest does not say.
	Version string
	// Edited says that they are not as that program wrote them.
	Edited bool
	// Write are the files that this program would write, Remove those in .mcp/
	// that it does not know; both sorted.
	Write  []File
	Remove []string
}

// Any says whether there is something to do. Another version alone, whose files
// are the same, is nothing.
func (d Drift) Any() bool { return len(d.Write)+len(d.Remove) > 0 }

// Names are the files that differ, without the manifest where another does.
func (d Drift) Names() []string {
	names := slices.Clone(d.Remove)
	for _, f := range d.Write {
		if f.Name != manifestName || len(d.Write)+len(d.Remove) == 1 {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Drift compares the repository in fsys with what p provides. Symlinks count as
// files that p does not know.
func (p Product) Drift(fsys fs.FS) (Drift, error) {
	want, err := p.Vendored()
	if err != nil {
		return Drift{}, err
	}
	have, err := vendoredIn(fsys, want)
	if err != nil {
		return Drift{}, err
	}
	d := Drift{Missing: !slices.ContainsFunc(have, func(f File) bool { return f.below(Dir) })}
	found := map[string][]byte{}
	for _, f := range have {
		found[f.Name] = withoutCR(f.Content)
		if !slices.ContainsFunc(want, func(w File) bool { return w.Name == f.Name }) {
			d.Remove = append(d.Remove, f.Name)
		}
	}
	for _, f := range want {
		content, ok := found[f.Name]
		if f.Name != manifestName && (!ok || !bytes.Equal(content, f.Content)) {
			d.Write = append(d.Write, f)
		}
	}
	var wrote manifest
	wroteErr := json.Unmarshal(found[manifestName], &wrote)
	d.Version = wrote.Metadata.Origin.Version
	d.Edited = wroteErr != nil || wrote.Metadata.Origin.SHA256 != digest(wrote.Roots, have)
	if d.Any() || d.Edited {
		i := slices.IndexFunc(want, func(f File) bool { return f.Name == manifestName })
		if !bytes.Equal(found[manifestName], want[i].Content) {
			d.Write = append(d.Write, want[i])
			sortFiles(d.Write)
		}
	}
	return d, nil
}

func (f File) below(dir string) bool {
	return len(f.Name) > len(dir) && f.Name[:len(dir)] == dir && f.Name[len(dir)] == '/'
}

// vendoredIn returns everything in .mcp/, and the other files that want names,
// as far as they are there.
func vendoredIn(fsys fs.FS, want []File) ([]File, error) {
	var files []File
	add := func(name string, d fs.DirEntry) error {
		if !d.Type().IsRegular() {
			files = append(files, File{Name: name, Content: []byte(d.Type().String())})
			return nil
		}
		content, err := fs.ReadFile(fsys, name)
		files = append(files, File{Name: name, Content: content})
		return err
	}
	info, err := fs.Lstat(fsys, Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is no directory: remove it", Dir)
	default:
		err := fs.WalkDir(fsys, Dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return add(name, d)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, f := range want {
		if f.below(Dir) {
			continue
		}
		info, err := fs.Lstat(fsys, f.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = add(f.Name, fs.FileInfoToDirEntry(info))
		}
		if err != nil {
			return nil, err
		}
	}
	sortFiles(files)
	return files, nil
}

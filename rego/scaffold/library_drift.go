package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/mcp-runner/mcp-runner/rego/library"
)

// LibraryDrift is how the policies of the library in a repository differ from
// those that this program would write.
type LibraryDrift struct {
	// Record is what the repository says of them; its Version is "" where it says
	// nothing.
	Record Record
	// Edited are the files that are not as the record has them, or are gone.
	Edited []string
	// Foreign are files beside them that no program wrote, as far as anybody knows.
	Foreign []string
	// Write are the files that this program would write, Remove those that the
	// profile does not have any more. All are sorted.
	Write  []File
	Remove []string
}

// Any says whether there is something to do. Another version alone, whose files
// are the same, is nothing.
func (d LibraryDrift) Any() bool { return len(d.Write)+len(d.Remove) > 0 }

// DriftOfLibrary compares the policies of the library in fsys with those of a
// profile. A symlink counts as a file that was edited.
func DriftOfLibrary(fsys fs.FS, profile library.Profile) (LibraryDrift, error) {
	var d LibraryDrift
	want, err := libraryFiles(profile)
	if err != nil {
		return d, err
	}
	// A record that nobody can read says nothing, and its files are foreign.
	record, recorded, recordErr := ReadRecord(fsys)
	if recorded {
		d.Record = record
	}
	have, err := libraryIn(fsys)
	if err != nil {
		return d, err
	}
	for _, name := range slices.Sorted(maps.Keys(d.Record.Files)) {
		if content, ok := have[name]; !ok || content == nil || fileDigest(content) != d.Record.Files[name] {
			d.Edited = append(d.Edited, name)
		}
	}
	wanted := map[string]bool{}
	for _, f := range want {
		wanted[f.Name] = true
		content, ok := have[f.Name]
		if ok && d.Record.Files[f.Name] == "" && fileDigest(content) != fileDigest(f.Content) && f.Name != RecordName {
			d.Foreign = append(d.Foreign, f.Name)
		}
		if f.Name != RecordName && (!ok || content == nil || fileDigest(content) != fileDigest(f.Content)) {
			d.Write = append(d.Write, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		switch {
		case wanted[name]:
		case d.Record.Files[name] != "":
			d.Remove = append(d.Remove, name)
		default:
			d.Foreign = append(d.Foreign, name)
		}
	}
	slices.Sort(d.Foreign)
	if d.Any() || len(d.Edited) > 0 || !recorded || recordErr != nil || record.Profile != profile.Name {
		i := slices.IndexFunc(want, func(f File) bool { return f.Name == RecordName })
		d.Write = append(d.Write, want[i])
		sortFiles(d.Write)
	}
	return d, nil
}

// libraryIn returns the files of the library in a repository by name; what is no
// regular file has nil.
func libraryIn(fsys fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	info, err := fs.Lstat(fsys, LibraryDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return files, nil
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is no directory: remove it", LibraryDir)
	}
	err = fs.WalkDir(fsys, LibraryDir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			files[name] = nil
			return nil
		}
		content, err := fs.ReadFile(fsys, name)
		files[name] = append([]byte{}, content...)
		return err
	})
	return files, err
}

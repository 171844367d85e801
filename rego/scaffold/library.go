package scaffold

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// LibraryDir is where the policies of a profile lie in a repository. They are
// part of the bundle policy/, so that stock OPA takes them as they are.
const LibraryDir = "policy/" + rego.LibraryDir

// RecordName is the file that says what of the library a repository has. The
// gate and OPA pass over its name.
const RecordName = LibraryDir + "/.origin"

// Record is what a repository has of the library.
type Record struct {
	// Version is that of the library, and Profile the profile that it is.
	Version string `json:"version"`
	Profile string `json:"profile"`
	// Files has the SHA-256 of each file, by its path in the repository. Lines may
	// end as a checkout on Windows has them.
	Files map[string]string `json:"files"`
}

// LibraryRepository returns all files of a new repository with the policies of a
// profile, sorted by name.
func (p Product) LibraryRepository(profile library.Profile) ([]File, error) {
	files, err := p.shared()
	if err != nil {
		return nil, err
	}
	vendored, err := libraryFiles(profile)
	if err != nil {
		return nil, err
	}
	settings, err := Settings(profile)
	if err != nil {
		return nil, err
	}
	readme, err := fs.ReadFile(withLibrary, "library/README.md")
	if err != nil {
		return nil, err
	}
	suite, err := fs.ReadFile(withLibrary, path.Join("library/suites", profile.Name+".yaml"))
	if err != nil {
		return nil, err
	}
	names := strings.NewReplacer("@PROFILE@", profile.Name, "@LIBRARY_VERSION@", library.Version, "@DESCRIPTION@", strings.Join(strings.Fields(profile.Description), " "))
	files = append(files, vendored...)
	files = append(files,
		File{Name: "policy/data.yaml", Content: settings},
		File{Name: "README.md", Content: []byte(names.Replace(string(readme)))},
		File{Name: "suites/servers.yaml", Content: suite},
	)
	sortFiles(files)
	return files, nil
}

// libraryFiles are the policies of a profile with their tests, and the record of
// them, sorted by name.
func libraryFiles(profile library.Profile) ([]File, error) {
	var files []File
	record := Record{Version: library.Version, Profile: profile.Name, Files: map[string]string{}}
	for _, policy := range profile.Policies {
		for _, f := range policy.Files {
			name := path.Join(LibraryDir, f.Name)
			files = append(files, File{Name: name, Content: f.Content})
			record.Files[name] = fileDigest(f.Content)
		}
	}
	content, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return nil, err
	}
	files = append(files, File{Name: RecordName, Content: append(content, '\n')})
	sortFiles(files)
	return files, nil
}

func fileDigest(content []byte) string {
	sum := sha256.Sum256(withoutCR(content))
	return hex.EncodeToString(sum[:])
}

// ReadRecord reads the record of the repository in fsys, and says whether there
// is one. An error is that nobody can read it.
func ReadRecord(fsys fs.FS) (Record, bool, error) {
	var r Record
	content, err := fs.ReadFile(fsys, RecordName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, false, nil
	case err != nil:
		return r, false, err
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return r, false, fmt.Errorf("%s: %w", RecordName, err)
	}
	return r, true, nil
}

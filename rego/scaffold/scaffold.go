// Package scaffold holds the policy repository that an author starts from, and
// what the program provides to it: the Rego behind data.mcp.lib and
// data.mcp.gate, and the JSON Schemas.
package scaffold

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/lib"
)

// repository is the author's part of a repository.
//
//go:embed all:repository
var repository embed.FS

// withLibrary is what takes the place of some of it in a repository with the
// policies of a profile.
//
//go:embed library
var withLibrary embed.FS

// Dir is where the Rego that the program provides lies in a repository. Its
// name begins with a dot, so that the gate, which has its own, skips it.
const Dir = ".mcp"

// Product is the program that lays a repository out.
type Product struct {
	// Version is the program's own, OPA that of the OPA in it.
	Version, OPA string
	// InputSchema is the JSON Schema of the input.
	InputSchema []byte
}

// File is one file of a repository.
type File struct {
	// Name is its path in the repository, with slashes.
	Name    string
	Content []byte
}

// Repository returns all files of a new repository, sorted by name.
func (p Product) Repository() ([]File, error) {
	return p.files(func(string) bool { return true })
}

// shared returns the files that every new repository has, sorted by name.
func (p Product) shared() ([]File, error) {
	return p.files(func(name string) bool {
		return name == "Makefile" || name == "policy/.manifest" || strings.HasPrefix(name, ".")
	})
}

// files returns what the program provides, and of the author's part the files
// that are taken by their names.
func (p Product) files(take func(name string) bool) ([]File, error) {
	files, err := p.Vendored()
	if err != nil {
		return nil, err
	}
	versions := strings.NewReplacer(
		"@MCP_RUNNER_VERSION@", installable(p.Version),
		"@OPA_VERSION@", installable(p.OPA),
	)
	top, err := fs.Sub(repository, "repository")
	if err != nil {
		return nil, err
	}
	own, err := read(top, "")
	for _, f := range own {
		if !take(f.Name) {
			continue
		}
		f.Content = []byte(versions.Replace(string(f.Content)))
		files = append(files, f)
	}
	sortFiles(files)
	return files, err
}

// Vendored returns the part of a repository that is the program's and that
// nobody edits: .mcp/ and two files of schemas/, sorted by name.
func (p Product) Vendored() ([]File, error) {
	files, err := read(lib.FS, Dir+"/")
	if err != nil {
		return nil, err
	}
	files = append(files,
		File{Name: "schemas/input.json", Content: p.InputSchema},
		File{Name: "schemas/settings.json", Content: rego.SettingsSchema()},
	)
	sortFiles(files)
	roots := []string{"mcp/gate", "mcp/lib"}
	content, err := json.MarshalIndent(manifest{
		Roots:       roots,
		RegoVersion: 1,
		Metadata:    metadata{origin{Version: p.Version, SHA256: digest(roots, files)}},
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	files = append(files, File{Name: manifestName, Content: append(content, '\n')})
	sortFiles(files)
	return files, nil
}

const manifestName = Dir + "/.manifest"

// manifest is that of the bundle in .mcp/.
type manifest struct {
	Roots       []string `json:"roots"`
	RegoVersion int      `json:"rego_version"`
	Metadata    metadata `json:"metadata"`
}

type metadata struct {
	Origin origin `json:"mcp-runner"`
}

// origin says which program wrote the files, and what they were.
type origin struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// digest is one over roots and over the names and contents of files but the
// manifest, which holds it. Lines may end as a checkout on Windows has them.
func digest(roots []string, files []File) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", roots) // a hash never fails
	for _, f := range files {
		if f.Name != manifestName {
			content := withoutCR(f.Content)
			fmt.Fprintf(h, "%s %d\n%s", f.Name, len(content), content)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func withoutCR(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// installable is a version that can be asked for by its name: that of a
// release, or "latest" where the program is of a development tree.
func installable(version string) string {
	if semver.IsValid(version) && semver.Build(version) == "" && !module.IsPseudoVersion(version) {
		return version
	}
	return "latest"
}

// read returns the files below fsys, named below prefix.
func read(fsys fs.FS, prefix string) ([]File, error) {
	var files []File
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		files = append(files, File{Name: prefix + name, Content: content})
		return err
	})
	return files, err
}

func sortFiles(files []File) {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

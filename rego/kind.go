package rego

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// kind is what a file means to a bundle.
type kind int

const (
	kindSkip kind = iota
	kindDir
	kindModule
	kindTest // Rego that is held to be a test, and never loaded
	kindData
	kindManifest
	kindArchive
	kindSignatures // of a bundle; no part of what it signs
)

// kindOf tells a file by its name. A name that means nothing is an error: a file
// that someone dropped in must not be ignored, unless for a reason of [SkipReasons].
func kindOf(name string) (kind, error) {
	base := path.Base(name)
	if k, ok := dotFiles[base]; ok {
		return k, nil
	}
	lower := strings.ToLower(base)
	ext := path.Ext(lower)
	switch {
	case base == "data.json", base == "data.yaml", base == "data.yml":
		return kindData, nil
	case strings.HasSuffix(base, "_test.rego"):
		return kindTest, nil
	case strings.HasSuffix(base, ".rego"):
		return kindModule, nil
	case strings.HasSuffix(base, ".tar.gz"):
		return kindArchive, nil
	case dotFiles[lower] != 0:
		return 0, fault("file-name", name, fmt.Sprintf("write the name in lower case (%s)", lower), "the file is not read")
	case ext == ".rego":
		return 0, fault("file-name", name, "write the extension in lower case (.rego)", "the file is not read")
	case lower == "patch.json":
		return 0, fault("file-name", name, "publish the whole bundle", "delta bundles are not read")
	case lower == "plan.json", ext == ".wasm":
		return 0, fault("file-name", name, "publish the Rego", "compiled policies are not read")
	case slices.Contains([]string{".json", ".yaml", ".yml"}, ext):
		return 0, fault("file-name", name, fmt.Sprintf("name it data%s in a directory of its own, or move it to testdata/", ext), "the file is not read as data")
	case ext == ".gz":
		return 0, fault("file-name", name, "a bundle archive is named NAME.tar.gz", "the file is not read")
	case slices.Contains([]string{".tgz", ".tar", ".zip"}, ext):
		return 0, fault("file-name", name, "a bundle archive is a gzipped tar named NAME.tar.gz", "the file is not read")
	}
	// As Windows names what is saved as text, and what no listing shows.
	if plain := strings.TrimSpace(strings.TrimSuffix(lower, ".txt")); plain != lower && strings.HasSuffix(plain, ".rego") {
		return 0, fault("file-name", name, "let the name end in .rego", "the file is not read")
	}
	if skippedFile(base) != "" {
		return kindSkip, nil
	}
	return 0, fault("file-name", name, "take it out, move it to testdata/, or let its name begin with a dot", "the name says neither policy nor data, and the file is not read")
}

package rego

import (
	"errors"
	"io/fs"
	"os"
)

// moved says that dir leads elsewhere by now than to the tree that was opened
// there: a symlink was swapped, or the directory replaced. What was read may then
// be what is left of a tree that is being removed, however still it held.
func (t *tree) moved(dir string) bool {
	opened, err := fs.Stat(t.fsys, ".")
	if err != nil {
		return false // the walk says so
	}
	now, err := os.Stat(dir)
	return errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(opened, now)
}

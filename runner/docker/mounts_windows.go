package docker

import (
	"os"
	"path/filepath"
)

// exchangeable finds out whether somebody else could put another directory in the
// place of dir. What Windows' access control lists allow is not looked at: below
// the user's own profile only the user and administrators write, unless someone
// has changed that, and anything else counts as exchangeable.
func exchangeable(dir string) (why, at string, err error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", "", err
	}
	if home, err = filepath.EvalSymlinks(home); err != nil {
		return "", "", err
	}
	below, err := filepath.Rel(home, dir)
	if err != nil || !filepath.IsLocal(below) {
		return "is not below your profile " + home, dir, nil
	}
	return "", "", nil
}

package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode"
)

var errWindowsPath = errors.New("a Windows path on another system")

// hostPath returns s as an absolute path, ~ expanded, not cleaned where the
// system allows that.
func (r *resolver) hostPath(s string) (string, error) {
	if drivePattern.MatchString(s) && runtime.GOOS != "windows" {
		return "", errWindowsPath
	}
	if strings.HasPrefix(s, "~") {
		below := s[1:]
		if below != "" && !os.IsPathSeparator(below[0]) {
			return "", errors.New("only ~ and ~/ stand for a home directory")
		}
		home, err := r.home()
		if err != nil {
			return "", err
		}
		s = home + below
	}
	p, err := r.absolute(s)
	if err == nil && runtime.GOOS == "windows" {
		err = checkWindowsPath(p)
	}
	return p, err
}

// ResolveHostPath returns the one name of the absolute path p, as the source of a
// mount has it: symbolic links resolved, also those that dangle. What another
// process would find somewhere else is an error.
func ResolveHostPath(p string) (string, error) {
	if !filepath.IsAbs(p) {
		return "", errors.New("is not absolute")
	}
	if runtime.GOOS == "windows" {
		if err := checkWindowsPath(p); err != nil {
			return "", err
		}
	}
	return resolveHostPath(p)
}

// resolveHostPath returns the one name of the absolute path p: its symbolic links
// resolved, its letters in the case of the disk. A path that does not exist keeps
// its missing tail below the part that does. What another process would find
// somewhere else is an error.
func resolveHostPath(p string) (string, error) {
	cleaned := filepath.Clean(p)
	resolved, err := resolvePath(cleaned)
	if err != nil || cleaned == p || !slices.Contains(pathParts(p), "..") || runtime.GOOS == "windows" {
		return resolved, err
	}
	// The runtime may clean the path first, as Docker does, or let the system
	// follow it.
	followed, err := resolvePath(p)
	if err == nil && followed != resolved {
		err = errors.New("has .. behind a symbolic link, which tools read differently: write the path without that")
	}
	return resolved, err
}

// resolvePath resolves the symbolic links of the absolute path p as far as p
// exists, through links that dangle too, and keeps the missing tail. Any other
// obstacle is an error.
func resolvePath(p string) (string, error) {
	const mostLinks = 255 // as filepath.EvalSymlinks
	at, todo := pathRoot(p), pathParts(p)
	for links := 0; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		switch name {
		case ".":
			continue
		case "..":
			at = filepath.Dir(at) // at holds no link any more
			continue
		}
		if target, err := processLink(at, name); err != nil {
			return "", err
		} else if target != "" {
			at = target
			continue
		}
		next := filepath.Join(at, name)
		info, err := os.Lstat(next)
		switch {
		case errors.Is(err, os.ErrNotExist):
			at = next
			continue
		case err != nil:
			return "", err
		case !isLink(info):
			at = filepath.Join(at, nameOnDisk(at, name, info))
			continue
		}
		if links++; links > mostLinks {
			return "", errors.New("too many symbolic links")
		}
		target, err := os.Readlink(next)
		if err != nil {
			return "", err
		}
		if filepath.IsAbs(target) {
			at = pathRoot(target)
		}
		todo = append(pathParts(target), todo...)
	}
	return withoutFirmlink(at), nil
}

func pathRoot(p string) string { return filepath.VolumeName(p) + string(filepath.Separator) }

func pathParts(p string) []string {
	return strings.FieldsFunc(p[len(filepath.VolumeName(p)):], func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) })
}

// isLink counts the junctions of Windows, which Go calls irregular files.
func isLink(info fs.FileInfo) bool {
	return info.Mode()&fs.ModeSymlink != 0 || runtime.GOOS == "windows" && info.Mode()&fs.ModeIrregular != 0
}

// nameOnDisk is the name under which dir lists the file called name, which is
// another one on a file system that takes ETC for etc. A directory that cannot be
// read leaves name as it is.
func nameOnDisk(dir, name string, info fs.FileInfo) string {
	same := func(other string) bool {
		found, err := os.Lstat(filepath.Join(dir, other))
		return err == nil && os.SameFile(info, found)
	}
	swapped := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, name)
	if swapped == name || !same(swapped) {
		return name
	}
	d, err := os.Open(dir)
	if err != nil {
		return name
	}
	names, err := d.Readdirnames(-1)
	if d.Close() != nil || err != nil {
		return name
	}
	return listedName(names, name, same)
}

// listedName finds the one of names that is the file called name: itself, or in
// another case, or in another spelling still, as PROGRA~1 is Program Files.
func listedName(names []string, name string, same func(string) bool) string {
	if slices.Contains(names, name) {
		return name
	}
	for _, alike := range []func(string) bool{
		func(other string) bool { return strings.EqualFold(other, name) && same(other) },
		same,
	} {
		if i := slices.IndexFunc(names, alike); i >= 0 {
			return names[i]
		}
	}
	return name
}

// withoutFirmlink takes away the volume under which macOS shows /Users and
// others a second time.
func withoutFirmlink(p string) string {
	const volume = "/System/Volumes/Data"
	if runtime.GOOS != "darwin" || len(p) <= len(volume) || !strings.EqualFold(p[:len(volume)], volume) || p[len(volume)] != '/' {
		return p
	}
	short := p[len(volume):]
	a, err := os.Stat(p)
	if err != nil {
		return p
	}
	if b, err := os.Stat(short); err != nil || !os.SameFile(a, b) {
		return p
	}
	return short
}

// checkWindowsPath refuses the spellings that Windows takes for another path.
func checkWindowsPath(p string) error {
	p = filepath.FromSlash(p)
	if strings.HasPrefix(p, `\\?\`) || strings.HasPrefix(p, `\\.\`) || strings.HasPrefix(p, `\??\`) {
		return errors.New("a path of Windows devices")
	}
	for _, part := range pathParts(p) {
		if part != "." && part != ".." && strings.TrimRight(part, ". ") != part {
			return errors.New("a part ends with a dot or a space, which Windows takes away")
		}
	}
	return nil
}

package rego

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// unreadError is a finding that keeps its cause for callers who ask for it.
type unreadError struct {
	*Finding
	cause error
}

func (e unreadError) Is(target error) bool { return errors.Is(e.cause, target) }
func (e unreadError) Unwrap() error        { return e.Finding }

// unread is the error of what is there and cannot be read.
func unread(name string, err error) error {
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err // the finding has a path
	}
	fix := ""
	switch {
	case errors.Is(err, fs.ErrPermission):
		fix = "let the user that runs mcp-runner read it"
	case errors.Is(err, syscall.EMFILE):
		fix = "raise the limit of open files of the process (ulimit -n)"
	case errors.Is(err, syscall.ENFILE):
		fix = "raise the limit of open files of the system"
	}
	return unreadError{fault(unreadRule, name, fix, "%s cannot be read: %s", name, cause), err}
}

// unresolved is the error of a symlink that cannot be followed: because of where
// it leads, or for want of rights or files.
func unresolved(name string, err error) error {
	errno, ok := errors.AsType[syscall.Errno](err)
	if ok && !errors.Is(err, fs.ErrNotExist) && errno != syscall.ELOOP && errno != syscall.ENOTDIR {
		return unread(name, err)
	}
	cause := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		cause = p.Err
	}
	return fault("file-kind", name, "put the file itself there, or take the symlink out", "symlink %s leads nowhere inside the source (%s)", name, cause)
}

// maxBase is the longest name of a file that file systems take.
const maxBase = 255

// checkBase refuses names that would not be read alike everywhere: in a
// listing, in a directory, in an archive, on every system.
func checkBase(name, base string) error {
	why := ""
	switch at := strings.IndexFunc(base, func(r rune) bool { return !unicode.IsPrint(r) }); {
	case !utf8.ValidString(base): // it cannot be opened, nor written into a report
		why = "is not UTF-8"
	case at >= 0:
		why = fmt.Sprintf("holds the character %U, which no listing shows", []rune(base[at:])[0])
	case strings.Contains(base, `\`):
		why = "holds a backslash"
	case len(base) > maxBase:
		why = fmt.Sprintf("is longer than %d bytes", maxBase)
	case len(base) >= 2 && base[1] == ':' && unicode.IsLetter(rune(base[0])):
		why = "begins with a drive of Windows"
	default:
		return nil
	}
	return fault("file-name", printable(name), "rename it", "the name %q %s", base, why)
}

// printable is a name as a report can show it.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, name)
}

package wrap

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// names is 1: hard links are not told apart on this system.
func names(fs.FileInfo) uint64 { return 1 }

// like gives tmp the access list of f.
func (f *File) like(tmp *os.File) error {
	list, err := windows.GetNamedSecurityInfo(f.Path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("%s: its access list: %w", f.Path, err)
	}
	dacl, _, err := list.DACL()
	if err != nil {
		return fmt.Errorf("%s: its access list: %w", f.Path, err)
	}
	var info windows.SECURITY_INFORMATION = windows.DACL_SECURITY_INFORMATION
	control, _, err := list.Control()
	if err != nil {
		return fmt.Errorf("%s: its access list: %w", f.Path, err)
	}
	if control&windows.SE_DACL_PROTECTED != 0 {
		info |= windows.PROTECTED_DACL_SECURITY_INFORMATION
	}
	if err := windows.SetNamedSecurityInfo(tmp.Name(), windows.SE_FILE_OBJECT, info, nil, nil, dacl, nil); err != nil {
		return fmt.Errorf("%s: its access list: %w", f.Path, err)
	}
	return nil
}

// syncDir does nothing: this system keeps names by itself.
func syncDir(string) error { return nil }

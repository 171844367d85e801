//go:build unix

package rego

import (
	"crypto/rand"
	"fmt"
	"os"
	"syscall"
	"testing"
)

// WithUsers makes passwd and group the user database until the test ends.
func WithUsers(t *testing.T, passwd, group string) {
	oldPasswd, oldGroup := passwdFile, groupFile
	t.Cleanup(func() { passwdFile, groupFile = oldPasswd, oldGroup })
	passwdFile, groupFile = passwd, group
}

// TempName is the name of a temporary file of a publish; "" is this host.
func TempName(host string, pid int) string {
	if host == "" {
		host = thisHost()
	}
	return fmt.Sprintf(tempPrefix+"%s.%d.%s", host, pid, rand.Text())
}

// LockDir holds the lock of a directory until the test ends.
func LockDir(t *testing.T, dir string) {
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

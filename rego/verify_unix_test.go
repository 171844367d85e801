//go:build unix

package rego_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// What is no file blocks nothing, and what cannot be read is no signature. Root
// reads everything, so the test runs itself once more as nobody.
func TestSignatureFileUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	for name, tc := range map[string]struct {
		place func(name string) error
		want  string
	}{
		"fifo":      {func(name string) error { return syscall.Mkfifo(name, 0o644) }, "there is no signature"},
		"file":      {func(name string) error { return os.WriteFile(name, []byte("{}"), 0) }, "permission denied"},
		"directory": {func(name string) error { return os.Mkdir(name, 0) }, "there is no signature"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, signable())
			require.NoError(t, tc.place(filepath.Join(dir, ".signatures.json")))
			_, err := loadDir(t, dir)
			require.NoError(t, err, "who has no keys does not look at it")
			_, err = rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, InputSchema: []byte(schema), Log: quiet, Keys: keys(t, pemOf(ecKey()))})
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// Nor is a signed document that was swapped for something else.
func TestSignedDocumentIsNoFile(t *testing.T) {
	for name, place := range map[string]func(name string) error{
		"fifo":         func(name string) error { return syscall.Mkfifo(name, 0o644) },
		"link outside": func(name string) error { return os.Symlink("/etc/hostname", name) },
		"directory":    func(name string) error { return os.Mkdir(name, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := signed(signable(), ecKey())
			write(t, dir, lacking(f, ".hidden/y"))
			require.NoError(t, os.MkdirAll(filepath.Join(dir, ".hidden"), 0o755))
			require.NoError(t, place(filepath.Join(dir, ".hidden", "y")))
			_, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", Dir: dir, InputSchema: []byte(schema), Log: quiet, Keys: keys(t, pemOf(ecKey()))})
			require.ErrorContains(t, err, ".hidden/y")
		})
	}
}

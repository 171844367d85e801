package enginetest

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// serverProgram is the project's own test server for containers, as a program.
var serverProgram = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/mcp-runner/mcp-runner").Output()
	if err != nil {
		return "", fmt.Errorf("directory of the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "enginetest")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir) // what it is read for is read by then
	file := filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, "./cmd/mcp-runner/testdata/servers/container")
	build.Dir = strings.TrimSpace(string(root))
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", err
	}
	program, err := os.ReadFile(file)
	return string(program), err
})

// Server makes an image of the project's own test server and of nothing else,
// under a name that no other test has, and returns the name and the image's ID.
// changes are as in Import.
func Server(t testing.TB, changes ...string) (name, id string) {
	t.Helper()
	Host(t)
	program, err := serverProgram()
	require.NoError(t, err)
	name = Unique("server") + ":1"
	id = Import(t, name, Files(t, map[string]string{"server": program}), append([]string{`ENTRYPOINT ["/server"]`}, changes...)...)
	return name, id
}

// Unique is a name that no other test, and no other run of it, has.
func Unique(what string) string { return "e2e-" + what + "-" + strings.ToLower(rand.Text()[:10]) }

package main_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

// A server that people use, by its package: npx installs and starts it.
func TestRealPackage(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("npx"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npx is not installed; CI runs this test")
	}
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "npm", "package.json"))
	require.NoError(t, err)
	const name = "@modelcontextprotocol/server-everything"
	var manifest struct{ Dependencies map[string]string }
	require.NoError(t, json.Unmarshal(data, &manifest))
	reference := "npx://" + name + "@" + manifest.Dependencies[name]

	// npx is asked as it is everywhere, apart from where it keeps what it installs.
	cmd := exec.Command(binary, "run", "--stdio", "-e", "npm_config_cache", "--policy", allowed(t), "--no-builtin", reference, "--", "stdio")
	cmd.Env = append(os.Environ(), "npm_config_cache="+t.TempDir())
	cmd.Dir = t.TempDir()
	cmd.Stderr = t.Output()
	session, err := connect(t.Context(), &mcp.CommandTransport{Command: cmd})
	require.NoError(t, err)
	require.Equal(t, "mcp-servers/everything", session.InitializeResult().ServerInfo.Name)
	text, err := call(t.Context(), session, "echo", `{"message":"by its package"}`)
	require.NoError(t, err)
	require.Equal(t, "Echo: by its package", text)
	// It outlives the end of its input, and is ended by a signal.
	var exit *exec.ExitError
	if err := session.Close(); errors.As(err, &exit) {
		require.Contains(t, []int{128 + 15, 1}, exit.ExitCode())
	} else {
		require.NoError(t, err)
	}
}

// allowed is a directory with a policy that allows all.
func allowed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "live.rego"), []byte(allowPolicy), 0o644))
	return dir
}

// The go command builds and starts the version that was asked for, from a module
// proxy of the test's own.
func TestGoPackage(t *testing.T) {
	t.Parallel()
	proxy := goProxy(t, "v1.0.0", "v1.1.0")
	cache := t.TempDir()
	t.Cleanup(func() { // the module cache is read-only
		require.NoError(t, filepath.Walk(cache, func(path string, info os.FileInfo, err error) error {
			if err == nil && info.IsDir() {
				err = os.Chmod(path, 0o755)
			}
			return err
		}))
	})
	goCache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	run := func(reference string, args ...string) (string, error) {
		line := append([]string{"run", "--stdio", "--no-builtin", "--policy", allowed(t), "-e", "GOPROXY", "-e", "GONOSUMDB", "-e", "GOFLAGS", "-e", "GOMODCACHE", "-e", "GOCACHE", "-e", "GOTOOLCHAIN",
			reference, "--"}, args...)
		cmd := exec.Command(binary, line...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "GOPROXY="+proxy, "GONOSUMDB=example.test", "GOFLAGS=", "GOTOOLCHAIN=local",
			"GOMODCACHE="+cache, "GOCACHE="+strings.TrimSpace(string(goCache)))
		out, err := cmd.Output()
		return string(out), err
	}
	for reference, want := range map[string]string{
		"go://example.test/echo@v1.0.0": "v1.0.0 [--x a b]",
		"go://example.test/echo@v1.1.0": "v1.1.0 [--x a b]",
		"go://example.test/echo":        "v1.1.0 [--x a b]",
	} {
		out, err := run(reference, "--x", "a b")
		require.NoError(t, err, reference)
		require.Equal(t, want, out)
	}
	_, err = run("go://example.test/echo@v9.9.9")
	require.Error(t, err)
}

// goProxy serves versions of a module with a program that writes its version and
// its arguments.
func goProxy(t *testing.T, versions ...string) string {
	t.Helper()
	const module = "example.test/echo"
	manifest := "module " + module + "\n\ngo 1.21\n"
	files := map[string]string{"/" + module + "/@v/list": strings.Join(versions, "\n") + "\n"}
	for _, version := range versions {
		var archive strings.Builder
		w := zip.NewWriter(&archive)
		for name, text := range map[string]string{
			"go.mod":  manifest,
			"main.go": fmt.Sprintf("package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() { fmt.Print(%q, os.Args[1:]) }\n", version+" "),
		} {
			f, err := w.Create(module + "@" + version + "/" + name)
			require.NoError(t, err)
			_, err = io.WriteString(f, text)
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		files["/"+module+"/@v/"+version+".zip"] = archive.String()
		files["/"+module+"/@v/"+version+".mod"] = manifest
		files["/"+module+"/@v/"+version+".info"] = fmt.Sprintf(`{"Version":%q,"Time":"2026-01-02T03:04:05Z"}`, version)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, text) // where the go command has gone, its own end says so
	}))
	t.Cleanup(server.Close)
	return server.URL
}

package house_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const mainModule = "github.com/mcp-runner/mcp-runner"

// TestDockerfileFitsTheTree reads toolhive/Dockerfile as a builder does: what it
// copies exists, covers every package that the program is built from, and what it
// starts is what it built.
func TestDockerfileFitsTheTree(t *testing.T) {
	t.Parallel()
	var copied []string
	var build, last []string // the words of the line that builds, and those of ENTRYPOINT
	stages := map[string]bool{}
	var out, user, copiedFrom string
	for _, line := range dockerfileLines(t) {
		words := strings.Fields(line)
		switch words[0] {
		case "FROM":
			if len(words) == 4 {
				require.Equal(t, "AS", words[2])
				stages[words[3]] = true
			}
		case "COPY":
			args := words[1:]
			if from, ok := strings.CutPrefix(args[0], "--from="); ok {
				require.True(t, stages[from], "%s: no such stage", line)
				copiedFrom = args[1]
				continue
			}
			sources, target := args[:len(args)-1], args[len(args)-1]
			for _, source := range sources {
				info, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(source)))
				require.NoError(t, err, line)
				if info.IsDir() {
					require.Equal(t, source, path.Clean(target), "%s: a directory's content is copied to its own path", line)
				} else {
					require.Equal(t, path.Dir(source), path.Clean(target), line)
				}
				copied = append(copied, source)
			}
		case "RUN":
			if i := slices.Index(words, "-o"); i > 0 {
				build, out = words, words[i+1]
			}
		case "USER":
			user = words[1]
		case "ENTRYPOINT":
			last = words[1:]
		}
	}
	require.Contains(t, build, "CGO_ENABLED=0", "the image has no C library")
	command := build[len(build)-1]
	require.DirExists(t, filepath.Join(root(t), "toolhive", filepath.FromSlash(command)))
	require.Equal(t, []string{`["` + "/" + strings.TrimPrefix(out, copiedFrom) + `"]`}, last)
	require.Equal(t, path.Base(command), path.Base(out))
	require.Regexp(t, `^[1-9][0-9]*:[1-9][0-9]*$`, user)

	for _, file := range []string{"go.mod", "go.sum", "toolhive/go.mod", "toolhive/go.sum"} {
		require.Contains(t, copied, file)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", command)
	cmd.Dir = filepath.Join(root(t), "toolhive")
	listed, err := cmd.Output()
	require.NoError(t, err)
	packages := 0
	for pkg := range strings.Lines(string(listed)) {
		dir, ok := strings.CutPrefix(strings.TrimSpace(pkg), mainModule+"/")
		if !ok {
			continue
		}
		packages++
		require.True(t, slices.ContainsFunc(copied, func(from string) bool {
			return dir == from || strings.HasPrefix(dir, from+"/")
		}), "%s is built into the image, and its directory is not copied", dir)
	}
	require.Greater(t, packages, 5)
}

// TestDockerfileBuildsWithTheGoOfTheModule holds that the builder is not older
// than go.mod wants: it would fetch another toolchain.
func TestDockerfileBuildsWithTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	mod := read(t, "toolhive/go.mod")
	_, version, found := strings.Cut(mod, "\ngo ")
	require.True(t, found)
	version, _, _ = strings.Cut(version, "\n")
	minor := strings.Join(strings.Split(version, ".")[:2], ".")
	require.Contains(t, dockerfileLines(t), "ARG GO_IMAGE=docker.io/library/golang:"+minor)
}

// dockerfileLines are the instructions of the Dockerfile, one each.
func dockerfileLines(t *testing.T) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(read(t, "toolhive/Dockerfile")) {
		line = strings.TrimSpace(line)
		require.False(t, strings.HasSuffix(line, `\`), "an instruction on several lines is not read here")
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// root is the root of the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}

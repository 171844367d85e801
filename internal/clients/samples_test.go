package clients_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/runner"
)

var update = flag.Bool("update", false, "write the golden files")

// testdata holds the samples, for this package and for the commands.
const testdata = "../../testdata/clients"

// sampleServer is a server as the golden files have it.
type sampleServer struct {
	Name      string            `json:"name"`
	At        [2]int            `json:"at"`
	Disabled  bool              `json:"disabled,omitempty"`
	Dir       string            `json:"dir,omitempty"`
	Variables []string          `json:"variables,omitempty"`
	Config    *runner.RunConfig `json:"config,omitempty"`
	Problem   string            `json:"problem,omitempty"`
}

type sample struct {
	Client   string         `json:"client,omitempty"`
	Syntax   clients.Syntax `json:"syntax,omitempty"`
	Scope    string         `json:"scope,omitempty"`
	Servers  []sampleServer `json:"servers,omitempty"`
	Problems []string       `json:"problems,omitempty"`
	Error    string         `json:"error,omitempty"`
}

// TestSamples reads every sample as its client on a machine of which the home
// directory is /home/alice. Directories named project are projects, and those
// named windows are read as there.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, path := range sampleFiles(t, "samples") {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			slashed := filepath.ToSlash(path)
			loc := clients.Location{Path: filepath.Join(testdata, path), Scope: clients.ScopeUser, Home: "/home/alice", OS: "linux"}
			id := strings.Split(slashed, "/")[1]
			for _, c := range clients.Known() {
				if c.ID == id {
					loc.Client = c
				}
			}
			if before, _, ok := strings.Cut(filepath.ToSlash(path), "/project/"); ok {
				loc.Scope, loc.Project = clients.ScopeProject, filepath.Join(absolute(t, testdata), before, "project")
			}
			if strings.Contains(slashed, "/windows/") {
				loc.Home, loc.OS = `C:\Users\alice`, "windows"
			}
			checkSample(t, path, loc)
		})
	}
}

func TestMalformedFilesAreNamedWithTheirLine(t *testing.T) {
	t.Parallel()
	for _, path := range sampleFiles(t, "malformed") {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			checkSample(t, path, clients.Location{Path: filepath.Join(testdata, path), Home: "/home/alice", OS: "linux"})
		})
	}
}

// sampleFiles are the files below a directory of testdata that are no parts of
// another sample.
func sampleFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(testdata, dir), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != ".env" {
			rel, relErr := filepath.Rel(testdata, path)
			require.NoError(t, relErr)
			files = append(files, rel)
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func checkSample(t *testing.T, path string, loc clients.Location) {
	t.Helper()
	var got sample
	file, err := clients.Read(t.Context(), loc)
	if err != nil {
		got.Error = err.Error()
	} else {
		got.Client, got.Syntax, got.Scope = file.Client.ID, file.Syntax, file.Scope
		for _, p := range file.Problems {
			got.Problems = append(got.Problems, p.String())
		}
		for _, s := range file.Servers {
			if s.Config != nil {
				require.NoError(t, s.Config.Validate())
				require.Empty(t, s.Problem)
			} else {
				require.NotEmpty(t, s.Problem)
			}
			got.Servers = append(got.Servers, sampleServer{
				Name: s.Name, At: [2]int{s.Line, s.Column}, Disabled: s.Disabled, Dir: s.Dir,
				Variables: s.Variables, Config: s.Config, Problem: s.Problem,
			})
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(got))
	data := strings.NewReplacer(absolute(t, testdata), "TESTDATA", testdata, "TESTDATA").Replace(text.String())
	golden := filepath.Join(testdata, "golden", path+".json")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(data), 0o644))
		return
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), data)
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	require.NoError(t, err)
	return path
}

package clients

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Limits of Projects.
const (
	// MaxProjectDepth is how deep Projects looks where a caller has no other wish.
	MaxProjectDepth = 3
	// maxWalked bounds the directories that Projects looks into.
	maxWalked = 100_000
)

// Projects returns the directories at and below dir, at most depth levels deep,
// in which a client has a file of the project scope, sorted. It follows no
// symbolic links and leaves out directories that hold what others wrote, such as
// node_modules and .git. Directories that cannot be read are problems.
func Projects(ctx context.Context, dir string, depth int) ([]string, []Problem) {
	var found []string
	var problems []Problem
	walked := 0
	var walk func(dir string, depth int)
	walk = func(dir string, depth int) {
		if walked++; walked > maxWalked || ctx.Err() != nil {
			return
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			problems = append(problems, Problem{Path: dir, Msg: reason(err)})
			return
		}
		if isProject(entries) {
			found = append(found, dir)
		}
		for _, entry := range entries {
			if depth > 0 && entry.IsDir() && !slices.Contains(notWalked, entry.Name()) && !strings.HasPrefix(entry.Name(), ".") {
				walk(filepath.Join(dir, entry.Name()), depth-1)
			}
		}
	}
	walk(filepath.Clean(dir), depth)
	if walked > maxWalked {
		problems = append(problems, Problem{Path: dir, Msg: "has too many directories: name those of the projects"})
	}
	return found, problems
}

// notWalked are directories in which projects of others lie.
var notWalked = []string{"node_modules", "vendor", "target", "dist", "build", "venv", "__pycache__"}

// isProject reports whether a directory has the first part of a place of the
// project scope.
func isProject(entries []fs.DirEntry) bool {
	return slices.ContainsFunc(entries, func(entry fs.DirEntry) bool { return projectNames[entry.Name()] })
}

// projectNames are the first segments of all places of the project scope.
var projectNames = func() map[string]bool {
	names := map[string]bool{}
	for _, d := range dialects {
		for _, p := range d.places {
			if p.scope == ScopeProject {
				first, _, _ := strings.Cut(p.tail(), "/")
				names[first] = true
			}
		}
	}
	return names
}()

// knownProjects are those that clients have been opened in, as far as their own
// files say so. What cannot be read says nothing: Find reports the files in
// which servers stand.
func knownProjects(ctx context.Context, m Machine) []string {
	var projects []string
	add := func(dir string) {
		if filepath.IsAbs(dir) && !slices.Contains(projects, filepath.Clean(dir)) {
			projects = append(projects, filepath.Clean(dir))
		}
	}
	unlisted := func(string, error) {} // it names projects, and no server
	for _, path := range (place{path: "CLAUDE/.claude.json"}).files(m, "", unlisted) {
		for _, dir := range claudeProjects(path) {
			add(dir)
		}
	}
	for _, editor := range []string{"Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"} {
		for _, path := range (place{path: "CONFIG/" + editor + "/User/workspaceStorage/*/workspace.json"}).files(m, "", unlisted) {
			if ctx.Err() != nil {
				return projects
			}
			add(workspaceFolder(path))
		}
	}
	return projects
}

// claudeProjects are the directories that Claude Code keeps something about.
func claudeProjects(path string) []string {
	data, err := readRegular(path)
	if err != nil {
		return nil
	}
	doc, err := tree.JSON(data)
	if err != nil {
		return nil
	}
	var dirs []string
	if projects := doc.Root.Get("projects"); projects != nil {
		for _, m := range projects.Members {
			dirs = append(dirs, filepath.FromSlash(m.Name))
		}
	}
	return dirs
}

// workspaceFolder is the directory that a window of VS Code showed, or "".
func workspaceFolder(path string) string {
	data, err := readRegular(path)
	if err != nil {
		return ""
	}
	doc, err := tree.JSON(data)
	if err != nil {
		return ""
	}
	folder := doc.Root.Get("folder")
	if folder == nil {
		return ""
	}
	u, err := url.Parse(folder.Text)
	if err != nil || u.Scheme != "file" || u.Host != "" {
		return ""
	}
	dir := u.Path
	if len(dir) > 2 && dir[0] == '/' && dir[2] == ':' { // /C:/project
		dir = dir[1:]
	}
	return filepath.FromSlash(dir)
}

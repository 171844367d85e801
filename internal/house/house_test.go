package house_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const opaModule = "github.com/open-policy-agent/opa"

func TestToolsUseTheOPAThatIsBuiltIn(t *testing.T) {
	t.Parallel()
	main, tools := opaVersion(t, "go.mod"), opaVersion(t, "tools/go.mod")
	require.Equal(t, main, tools, "the policies are tested with another OPA than the one that evaluates them")
}

func opaVersion(t *testing.T, file string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(opaModule) + `\s+(v\S+)`).FindStringSubmatch(read(t, file))
	require.NotNil(t, m, "%s does not require %s", file, opaModule)
	return m[1]
}

func TestCIRunsTheTestCommandOfTheREADME(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`(?m)^\s*go test \./\.\.\.\s*(#.*)?$`)
	for _, file := range []string{"README.md", ".ci/run"} {
		require.Regexp(t, command, read(t, file), file)
	}
}

// TestTextStaysClean looks for what belongs to one machine or one moment. Paths
// of made-up people are fine, and so are those that policies are about.
func TestTextStaysClean(t *testing.T) {
	t.Parallel()
	forbidden := map[string]*regexp.Regexp{
		"a note for later":   regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`),
		"somebody's home":    regexp.MustCompile(`(?m)(?:^|[^\w./-])((?:/home/|/Users/|C:\\Users\\)[\w-][\w.-]*[/\\])`),
		"the superuser's":    regexp.MustCompile(`(?m)(?:^|[^\w./-])(/root/[\w.-]+)`),
		"an unsettled merge": regexp.MustCompile(`(?m)^(<<<<<<<|>>>>>>>) `),
	}
	madeUp := regexp.MustCompile(`^((/home/|/Users/|C:\\Users\\)(Public|alice|bob|dev|me|u|user|you)|/root/(project|[Dd]ownloads|\.[a-z_]+))\b`)
	for name, text := range texts(t) {
		for what, re := range forbidden {
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				if !madeUp.MatchString(m[1]) {
					t.Errorf("%s: %s: %q", name, what, m[1])
				}
			}
		}
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for name := range texts(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), name), nil, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		documented[filepath.Dir(name)] = documented[filepath.Dir(name)] || file.Doc.Text() != ""
	}
	require.NotEmpty(t, documented)
	for dir, ok := range documented {
		require.True(t, ok, "package in %s has no doc comment", dir)
	}
}

// root is the directory of the main module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}

// unowned are directories that .gitignore names, and .git itself; those of
// editors start with a dot too.
var unowned = []string{"bin", "dist", "node_modules"}

// texts returns the text files of the repository by their slash-separated name.
func texts(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root(t), path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if d.IsDir() {
			hidden := strings.HasPrefix(d.Name(), ".") && name != "." && name != ".ci" && name != ".github"
			if hidden || slices.Contains(unowned, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".out") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil && !bytes.ContainsRune(data, 0) {
			files[name] = string(data)
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

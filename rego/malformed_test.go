package rego_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// malformed is a source that must not load, and what its error says.
type malformed struct {
	name string
	src  files
	rule string // of one of its findings,
	file string // which names this file,
	want string // and says this, or anything where it is ""
}

// allMalformed lists every malformed source. In most of them a good policy
// stands beside what is wrong.
func allMalformed(t *testing.T) []malformed {
	t.Helper()
	var all []malformed
	for _, c := range slices.Concat(textCases(), nameCases()) {
		all = append(all, inDirectory(c), inBundle(c), inArchive(t, c))
	}
	for _, c := range slices.Concat(tarCases(t), gzipCases(t)) {
		if c.packed == "" && c.name != "empty" {
			c.packed = gzipOf(t, c.raw)
		}
		m := malformed{"archive: " + c.name, files{"good.rego": denyBad, "x.tar.gz": c.packed}, "", "x.tar.gz", c.want}
		if c.member != "" {
			m.file += "/" + c.member
		}
		all = append(all, m)
	}
	for name, c := range treeCases() {
		all = append(all, malformed{"tree: " + name, c.src, c.rule, c.file, ""})
	}
	names, err := filepath.Glob("testdata/malformed/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		require.NoError(t, err)
		src, _ := split(a)
		rule, file, _ := strings.Cut(strings.TrimSpace(string(a.Comment)), " ")
		all = append(all, malformed{filepath.Base(name), src, rule, file, ""})
	}
	slices.SortFunc(all, func(a, b malformed) int { return strings.Compare(a.name, b.name) })
	return all
}

func inDirectory(c textCase) malformed {
	return malformed{"directory: " + c.name, files{"good.rego": denyGood, c.file: c.content}, c.rule, shown(c.file), ""}
}

func inBundle(c textCase) malformed {
	src := files{"x/.manifest": "{}", "x/" + c.file: c.content, "x/good.rego": denyGood}
	return malformed{"bundle: " + c.name, src, c.rule, "x/" + shown(c.file), ""}
}

func inArchive(t *testing.T, c textCase) malformed {
	return malformed{"packed: " + c.name, files{"x.tar.gz": packedFiles(t, files{"good.rego": denyGood, c.file: c.content})}, c.rule, "x.tar.gz/" + shown(c.file), ""}
}

// packedFiles is an archive of src.
func packedFiles(t testing.TB, src files) string {
	t.Helper()
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(src)) {
		b = append(b, block('0', name, src[name])...)
	}
	return gzipOf(t, cat(b))
}

// shown is a name as an error shows it.
func shown(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, name)
}

// allocated is how many bytes the heap took until now.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// No malformed source loads, and none costs more than a second and 64 MiB.
func TestMalformed(t *testing.T) {
	const most, mostBytes = time.Second, 64 << 20
	all := allMalformed(t)
	require.GreaterOrEqual(t, len(all), 300)
	mustLoad(t, files{"good.rego": denyGood}) // what is made once is of no case
	seen := map[string]bool{}
	var longest, slowest, largest string
	var longestTook time.Duration
	var largestTook uint64
	for _, m := range all {
		require.False(t, seen[m.name], "%s is there twice", m.name)
		seen[m.name] = true
		before, start := allocated(), time.Now()
		p, err := load(t.Context(), m.src)
		took, bytes := time.Since(start), allocated()-before
		require.Error(t, err, m.name)
		require.Nil(t, p, m.name)
		require.True(t, says(m, err), "%s: want %s of %s with %q, not %v", m.name, m.rule, m.file, m.want, rego.Findings(err))
		require.Less(t, took, 5*most, m.name)
		require.Less(t, bytes, uint64(5*mostBytes), m.name)
		if took > longestTook {
			longestTook, slowest = took, m.name
		}
		if bytes > largestTook {
			largestTook, largest = bytes, m.name
		}
		if n := len(err.Error()); n > len(longest) {
			longest = err.Error()
		}
	}
	require.Less(t, len(longest), 20_000, "an error is for people")
	soak.Report(t, "%d malformed sources: none loads; the slowest took %v (%s), the largest %.1f MiB (%s)",
		len(all), longestTook.Round(time.Millisecond), slowest, float64(largestTook)/(1<<20), largest)
}

// says whether err is of what is wrong with m, and names its place.
func says(m malformed, err error) bool {
	return strings.HasPrefix(err.Error(), "policy source test: ") && slices.ContainsFunc(rego.Findings(err), func(f rego.Finding) bool {
		named := f.File == m.file || m.rule == "" && strings.HasPrefix(f.File, m.file+"/")
		return named && (m.rule == "" || f.Rule == m.rule) && strings.Contains(f.Error(), m.want)
	})
}

// lay puts the files of m below dir. Where the system takes no such name it
// returns false.
func (m malformed) lay(t *testing.T, dir string) bool {
	t.Helper()
	for name, content := range m.src {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			require.NotEqual(t, shown(name), name, "%v", err)
			return false
		}
	}
	return true
}

// relink lets a symlink lead elsewhere, in one step.
func relink(t *testing.T, target, link string) {
	t.Helper()
	require.NoError(t, os.Symlink(target, link+".next"))
	rename(t, link+".next", link)
}

// A store that begins with a malformed source denies; one that is in force when
// it lands in its place stays in force.
func TestMalformedInStore(t *testing.T) {
	all := allMalformed(t)
	dir := t.TempDir()
	write(t, dir, files{"v0/a.rego": denyBad})
	current := filepath.Join(dir, "current")
	require.NoError(t, os.Symlink("v0", current))
	cfg := storeConfig(current)
	cfg.Settle, cfg.Tick = time.Millisecond, 5*time.Millisecond
	s := open(t, cfg)
	denies(t, s, "bad")
	good := s.Policy().Revision()
	n, step := 0, 10/soak.Times(10)
	for i, m := range all {
		if i%step != 0 {
			continue
		}
		next := fmt.Sprintf("v%d", i+1)
		if !m.lay(t, filepath.Join(dir, next)) {
			continue
		}
		if len(m.src) == 0 {
			require.NoError(t, os.Mkdir(filepath.Join(dir, next), 0o755))
		}
		n++

		// At the start.
		starts, err := rego.Open(t.Context(), rego.StoreConfig{
			LoadConfig: rego.LoadConfig{Name: "test", Dir: filepath.Join(dir, next), InputSchema: []byte(schema), Log: quiet}, DenyUntilLoaded: true, Static: true,
		})
		require.NoError(t, err, m.name)
		_, err = starts.Policy().Eval(t.Context(), server("good"))
		require.Error(t, err, m.name)
		require.NoError(t, starts.Close())

		// While another is in force.
		swapped := time.Now()
		relink(t, next, current)
		eventually(t, m.name+" is seen", func() bool {
			st := s.Status()
			return st.LastErrorTime.After(swapped) && says(m, st.LastError)
		})
		require.Equal(t, good, s.Policy().Revision(), m.name)
		r, err := s.Policy().Eval(t.Context(), server("bad"))
		require.NoError(t, err, m.name)
		require.Len(t, r.Violations, 1, m.name)
	}
	require.Greater(t, n, 300/step)
	relink(t, "v0", current)
	eventually(t, "the good one is back", func() bool { return s.Status().LastError == nil })
	soak.Report(t, "%d malformed sources: a store keeps the policy before, and denies where it begins with one", n)
}

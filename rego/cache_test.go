package rego_test

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// editedTree is a source on disk that is edited at random. Each slot is a file
// with the contents that it may have, some of which do not load.
type editedTree struct {
	t     *testing.T
	dir   string
	rnd   *rand.Rand
	slots map[string][]string
	names []string
	have  map[string]string
	ids   map[string]rego.FileID
}

func editSlots(t *testing.T) map[string][]string {
	policy := func(name, body string) string { return "package mcp.policy." + name + "\n\n" + body + "\n" }
	deny := func(name, who string) string {
		return policy(name, fmt.Sprintf("deny contains \"%s\" if input.server.name == %q", name, who))
	}
	withHelper := policy("helped", "import data.corp.names\n\ndeny contains \"odd\" if names.odd(input.server.name)")
	withData := policy("listed", "deny contains \"listed\" if input.server.name in data.lists.names")
	withParams := policy("params", "deny contains \"param\" if input.server.name in data.mcp.settings.params.params.names")
	schemaParams := "# METADATA\n# title: T\n# custom:\n#   params: {type: object, required: [names], properties: {names: {type: array}}}\n" + withParams
	archive := func(contents ...string) string {
		headers := []tar.Header{{Name: ".manifest"}, {Name: "q.rego"}, {Name: "r.rego"}}
		return gzipOf(t, tarOf(t, headers[:len(contents)+1], append([]string{`{"roots": ["mcp/policy/q", "mcp/policy/r"]}`}, contents...)...))
	}
	return map[string][]string{
		"a.rego":      {deny("a", "bad"), deny("a", "odd"), deny("a", "one") + "\ndenied := 1\n", "package mcp.policy.a\n\ndeny := true", "nonsense", policy("a", "deny contains input.server.nam")},
		"b.rego":      {deny("b", "bad"), deny("b", "two") + "\nx := y", policy("b", "import data.mcp.policy.a\n\nwarn contains m if some m in a.deny"), policy("b", "deny contains \"x\" if denied\n\ndenied if input.server.name == \"odd\"")},
		"helped.rego": {withHelper, withHelper + "\nwarn contains \"w\""},
		"names.rego": {
			"package corp.names\n\nodd(n) if n in {\"odd\", \"bad\"}\n", "package corp.names\n\nodd(n) if n in data.lists.names\n", "package corp.names\n\nodd(n) if {\n", "package corp.names\n\neven := 1\n",
			"package corp.names\n\nodd(n) if n == \"two\"\n\nlog_paths := [\"/input/a\"]\n",
		},
		"listed.rego": {withData, strings.ReplaceAll(withData, "names", "nam")},
		"params.rego": {withParams, schemaParams, "# METADATA\n# title: T\n# severity: high\n" + withParams},
		"unused.rego": {"package corp.unused\n\nf(x) := x + 1\n", "package corp.unused\n\nf(x) := y\n", "package corp.unused\n\nx if data.lists.nothing\n"},
		"log.rego":    {maskHead + "mask contains \"/input/server/name\"", maskHead + "import data.corp.names\n\nmask contains p if some p in names.log_paths", maskHead + "mask := 1"},
		"data.yaml": {
			"lists: {names: [bad]}\nmcp: {settings: {params: {params: {names: [one]}}}}",
			"lists: {names: [two, odd]}\nmcp: {settings: {enforcement: {a: warn, gone: deny}, params: {params: {names: [bad]}}}}",
			"lists: {names: [two]}\nmcp: {settings: {enforcement: {\"*\": audit}, params: {params: {names: 1}}}}",
			"lists: {names: [two]}\nmcp: {settings: {waivers: [{policy: a, match: {name: bad}, reason: r, expires: 2030-01-01T00:00:00Z}]}}",
			"lists: {names: [bad]}\ncorp: {names: {odd: 1}}\nmcp: {settings: {params: {params: {names: [one]}}}}",
			"lists: {nam: [bad]}",
			"lists: [", "a: 1\na: 2",
		},
		"sub/data.json":      {`{"x": 1}`, `{"x": {"y": [1, 2]}}`, `{"x": 1, "x": 2}`},
		"team/.manifest":     {`{"roots": ["mcp/policy/team", "team"]}`, `{"roots": ["mcp/policy/team", "mcp/policy/a"]}`, `{"roots": ["other"]}`, `{"rots": []}`},
		"team/p.rego":        {deny("team.p", "bad"), deny("team.q", "odd"), "package mcp.polcy.team\n\ndeny contains 1"},
		"team/p_test.rego":   {"package mcp.policy.team.p_test\n\ntest_x if true\n", "package mcp.policy.team.p\n\ndeny contains \"never\"\n"},
		"team/lists/d.md":    {"no part of it", "nor this"},
		"arch.tar.gz":        {archive(deny("q", "bad")), archive(deny("q", "odd"), deny("r", "bad")), archive(deny("q", "odd"), "nonsense"), "no archive"},
		"deep/er/still.rego": {deny("deep", "bad"), strings.ReplaceAll(deny("deep", "bad"), "deep", "a")},
	}
}

// edit changes one file, or touches it, and returns what it did.
func (e *editedTree) edit() string {
	name := e.names[e.rnd.IntN(len(e.names))]
	contents := e.slots[name]
	old, exists := e.have[name]
	n := e.rnd.IntN(len(contents))
	switch what := e.rnd.IntN(10); {
	case what < 4:
		n = 0 // what loads has to be there now and then
	case what == 4 && exists && strings.HasSuffix(name, ".rego"):
		require.NoError(e.t, os.Remove(filepath.Join(e.dir, name)))
		delete(e.have, name)
		return "remove " + name
	case what == 5 && exists:
		e.write(name, old)
		return "touch " + name
	}
	if e.rnd.IntN(12) == 0 {
		for _, name := range e.names {
			e.write(name, e.slots[name][0])
		}
		return "all good"
	}
	e.write(name, contents[n])
	return fmt.Sprintf("write %s (%d)", name, n)
}

// write writes a file in place, until the system shows that it changed: in a
// test, two changes can fall on one tick of its clock.
func (e *editedTree) write(name, content string) {
	e.have[name] = content
	write(e.t, e.dir, files{name: content})
	for path := filepath.Join(e.dir, name); ; write(e.t, e.dir, files{name: content}) {
		info, err := os.Stat(path)
		require.NoError(e.t, err)
		if id := rego.IDOf(info); id != e.ids[name] {
			e.ids[name] = id
			return
		}
	}
}

// shownOf is all that can be seen of a policy, as JSON.
func shownOf(t *testing.T, p *rego.Policy) string {
	t.Helper()
	all := map[string]any{"revision": p.Revision(), "info": p.Info(), "warnings": p.Warnings(), "settings": p.Settings(), "mask": p.HasMask()}
	for _, name := range []string{"good", "bad", "odd", "one", "two"} {
		r, err := p.Eval(t.Context(), server(name))
		require.NoError(t, err)
		explained, err := p.Explain(t.Context(), server(name), nil)
		require.NoError(t, err)
		all[name] = []any{r, explained}
	}
	rules, err := p.Mask(t.Context(), maskEvent)
	all["rules"] = []string{fmt.Sprint(rules), fmt.Sprint(err)}
	b, err := json.Marshal(all)
	require.NoError(t, err)
	return string(b)
}

// A store that went through any changes is as one that loads the files anew: the
// same policies, errors and decisions, however much it took over from before.
func TestStoreReusesOnlyWhatIsEqual(t *testing.T) {
	rego.WithoutRacyFiles(t)
	loads, broken := 0, 0
	for seed := range uint64(4) {
		e := &editedTree{
			t: t, dir: t.TempDir(), rnd: rand.New(rand.NewPCG(seed, 4)), slots: editSlots(t),
			have: map[string]string{}, ids: map[string]rego.FileID{},
		}
		e.names = slices.Sorted(maps.Keys(e.slots))
		for _, name := range e.names {
			e.write(name, e.slots[name][0])
		}
		cfg := storeConfig(e.dir)
		cfg.DenyUntilLoaded = true
		s, err := rego.OpenByHand(t.Context(), cfg)
		require.NoError(t, err)
		inForce := shownOf(t, s.Policy())
		var done []string
		for range soak.Times(500) {
			done = append(done, e.edit())
			rego.Reload(t.Context(), s)
			fresh, freshErr := rego.Load(t.Context(), cfg.LoadConfig)
			err := s.Status().LastError
			if freshErr != nil {
				broken++
				require.Error(t, err, done)
				require.Equal(t, freshErr.Error(), err.Error(), done)
				require.Equal(t, rego.Findings(freshErr), rego.Findings(err), done)
			} else {
				loads++
				require.NoError(t, err, done)
				inForce = shownOf(t, fresh)
			}
			require.Equal(t, inForce, shownOf(t, s.Policy()), done)
		}
	}
	soak.Report(t, "%d random edits: %d loads, %d refusals, each equal to a fresh load", loads+broken, loads, broken)
	require.Greater(t, loads, (loads+broken)/10, "most edits are refused: the test shows little")
	require.Greater(t, broken, (loads+broken)/10)
}

// What did not change is neither read, nor parsed, nor compiled again.
func TestStoreReuses(t *testing.T) {
	rego.WithoutRacyFiles(t)
	dir := t.TempDir()
	f := files{"data.yaml": "x: 1", "x.tar.gz": gzipOf(t, tarOf(t, []tar.Header{{Name: "z.rego"}}, "package mcp.policy.z\n\ndeny contains \"z\" if input.server.name == \"z\"\n"))}
	for i := range 5 {
		f[fmt.Sprintf("p%d.rego", i)] = strings.ReplaceAll(denyBad, "policy.a", fmt.Sprintf("policy.p%d", i))
	}
	write(t, dir, f)
	var read, compiled []string
	rego.OnCompile(t, func(what string) { compiled = append(compiled, what) })
	s, err := rego.OpenByHand(t.Context(), storeConfig(dir))
	require.NoError(t, err)
	require.Len(t, compiled, 6)
	rego.OnRead(t, func(name string) { read = append(read, name) })
	reload := func() {
		read, compiled = nil, nil
		rego.Reload(t.Context(), s)
	}
	touched := func(name, content string) {
		old, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		for rego.IDOf(old) == rego.IDOf(checked(os.Stat(filepath.Join(dir, name)))(t)) {
			write(t, dir, files{name: content})
		}
	}

	p := s.Policy()
	reload()
	require.Empty(t, read)
	require.Same(t, p, s.Policy())

	touched("p1.rego", f["p1.rego"])
	reload()
	require.Equal(t, []string{"p1.rego"}, read)
	require.Same(t, p, s.Policy())

	touched("p1.rego", strings.ReplaceAll(f["p1.rego"], "bad", "odd"))
	reload()
	require.Equal(t, []string{"p1.rego"}, read)
	require.Equal(t, []string{"policy p1"}, compiled)
	require.NoError(t, s.Status().LastError)

	touched("data.yaml", "x: 2")
	reload()
	require.Equal(t, []string{"data.yaml"}, read)
	require.Empty(t, compiled)
	require.NotSame(t, p, s.Policy())

	// A load that fails keeps what did compile, and what was there before.
	touched("p2.rego", "package mcp.policy.p2\n\nx :=")
	reload()
	require.Error(t, s.Status().LastError)
	require.Empty(t, compiled)
	touched("p3.rego", strings.ReplaceAll(f["p3.rego"], "bad", "odd"))
	reload()
	require.Error(t, s.Status().LastError)
	require.Equal(t, []string{"policy p3"}, compiled)
	touched("p2.rego", f["p2.rego"])
	reload()
	require.NoError(t, s.Status().LastError)
	require.Empty(t, compiled)

	// And what is used no more is dropped.
	files, parsed, units := rego.Kept(s)
	require.Equal(t, []int{7, 7, 6}, []int{files, parsed, units})
	for i := range 5 {
		require.NoError(t, os.Remove(filepath.Join(dir, fmt.Sprintf("p%d.rego", i))))
	}
	reload()
	require.NoError(t, s.Status().LastError)
	files, parsed, units = rego.Kept(s)
	require.Equal(t, []int{2, 2, 1}, []int{files, parsed, units})
}

// A file that is as old as the read may have changed once more and look equal.
func TestStoreReadsYoungFilesAgain(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"a.rego": denyBad})
	s, err := rego.OpenByHand(t.Context(), storeConfig(dir))
	require.NoError(t, err)
	var read []string
	rego.OnRead(t, func(name string) { read = append(read, name) })
	require.True(t, rego.Changed(t.Context(), s))
	rego.Reload(t.Context(), s)
	require.Equal(t, []string{"a.rego"}, read)
}

func checked(info fs.FileInfo, err error) func(t *testing.T) fs.FileInfo {
	return func(t *testing.T) fs.FileInfo {
		t.Helper()
		require.NoError(t, err)
		return info
	}
}

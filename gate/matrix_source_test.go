package gate_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// sourceFault is a fault of the files of a source: it does not load.
type sourceFault struct {
	name string
	// files are put beside the good ones; where files say less, do does the rest.
	files map[string]string
	do    func(t testing.TB, dir string)
	// reason matches the error.
	reason    string
	as        string
	configure func(t testing.TB, cfg *rego.StoreConfig)
	not       map[string]string
}

const readsNoFile = "decision: a decision reads no file"

func sourceFaults() []fault {
	var all []fault
	for _, f := range slices.Concat(sourceFaultTable(), platformSourceFaults()) {
		all = append(all, f.fault())
	}
	return append(all, maxAgeFault())
}

func (f sourceFault) fault() fault {
	not := map[string]string{atDecision: readsNoFile}
	cells := map[string]func(c *cell){atStart: f.start, atReload: f.reload, atAgain: f.again}
	for moment, why := range f.not {
		not[moment] = moment + ": " + why
		delete(cells, moment)
	}
	return fault{name: f.name, as: f.as, cells: cells, not: not}
}

func (f sourceFault) spoil(t testing.TB, dir string) {
	if len(f.files) > 1 { // all at once: a part of them may be none
		next, old := goodSource(t), dir+".old"
		putFiles(t, next, f.files)
		require.NoError(t, os.Rename(dir, old))
		require.NoError(t, os.Rename(next, dir))
	} else {
		putFiles(t, dir, f.files)
	}
	if f.do != nil {
		f.do(t, dir)
	}
}

func (f sourceFault) options(t testing.TB) func(*rego.StoreConfig) {
	return func(cfg *rego.StoreConfig) {
		if f.configure != nil {
			f.configure(t, cfg)
		}
	}
}

// start opens a source with the fault.
func (f sourceFault) start(c *cell) {
	dir := goodSource(c)
	f.spoil(c, dir)
	g, store := c.open(dir, f.options(c))
	require.Empty(c, store.Status().Revision)
	c.undecided(g, remoteNamed("fine"), f.reason)
	c.undecided(g, remoteNamed("stopped"), f.reason)
	require.Regexp(c, f.reason, store.Status().LastError)
}

// reload gets the fault in a source that is in force.
func (f sourceFault) reload(c *cell) {
	dir := goodSource(c)
	g, store := c.open(dir, f.options(c))
	c.allowed(g, remoteNamed("fine"))
	before := store.Status().Revision
	require.NotEmpty(c, before)
	f.spoil(c, dir)
	c.awaitError(store, f.reason)
	c.denied(g, remoteNamed("stopped"), "good: stopped here")
	c.allowed(g, remoteNamed("fine")) // the last known good policy decides
	require.Equal(c, before, store.Status().Revision)
}

// again gets the fault where another one stood.
func (f sourceFault) again(c *cell) {
	next := goodSource(c)
	dir := filepath.Join(filepath.Dir(next), "source") // beside it, to be renamed to
	putFiles(c, dir, map[string]string{"first.rego": "nonsense"})
	g, store := c.open(dir, f.options(c))
	c.undecided(g, remoteNamed("fine"), "first.rego:1")
	f.spoil(c, next)
	require.NoError(c, os.RemoveAll(dir))
	if err := os.Rename(next, dir); err != nil {
		require.ErrorIs(c, err, os.ErrNotExist)
	}
	c.awaitError(store, f.reason)
	c.undecided(g, remoteNamed("fine"), f.reason)
	c.undecided(g, remoteNamed("stopped"), f.reason)
	require.Empty(c, store.Status().Revision)
}

// goodSource is a source with one of everything that a source can have. It stops
// the server "stopped" and no other.
func goodSource(t testing.TB) string {
	t.Helper()
	// Short, and not in t.TempDir, whose name is: a socket's path has a limit.
	root, err := os.MkdirTemp("", "m")
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() { // before it is listed
				err = os.Chmod(path, 0o700)
			}
			return err
		}))
		require.NoError(t, os.RemoveAll(root))
	})
	dir := filepath.Join(root, "policy")
	putFiles(t, dir, map[string]string{
		"good.rego":         "package mcp.policy.good\n\nimport data.corp.names\n\ndeny contains \"stopped here\" if input.server.name in names.stopped\n",
		"lib/names.rego":    "package corp.names\n\nstopped contains name if some name in data.stopped.names\n",
		"stopped/data.json": `{"names": ["stopped"]}`,
		"data.yaml":         "mcp:\n  settings:\n    enforcement: {good: deny}\n",
		"team/.manifest":    `{"roots": ["mcp/policy/team"]}`,
		"team/team.rego":    denyNamed("team.one", "stopped by the team"),
		"packed.tar.gz":     string(packedBundle(t, map[string]string{"packed.rego": denyNamed("packed", "stopped by an archive")})),
	})
	return dir
}

// packed is a bundle archive.
func packedBundle(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var headers []tar.Header
	for name := range files {
		headers = append(headers, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644})
	}
	return packedOf(t, files, headers...)
}

func packedOf(t testing.TB, files map[string]string, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	for _, hdr := range headers {
		hdr.Size = int64(len(files[hdr.Name]))
		require.NoError(t, tw.WriteHeader(&hdr))
		_, err := tw.Write([]byte(files[hdr.Name]))
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	require.NoError(t, zw.Close())
	return out.Bytes()
}

// archived puts an archive beside the good files, after spoiling it.
func archived(files map[string]string, spoil func(packed []byte) []byte) func(t testing.TB, dir string) {
	return func(t testing.TB, dir string) {
		b := packedBundle(t, files)
		if spoil != nil {
			b = spoil(b)
		}
		putFiles(t, dir, map[string]string{"x.tar.gz": string(b)})
	}
}

func archivedAs(hdr tar.Header) func(t testing.TB, dir string) {
	return func(t testing.TB, dir string) {
		putFiles(t, dir, map[string]string{"x.tar.gz": string(packedOf(t, nil, hdr))})
	}
}

// instead puts another directory in the place of the good one. There is no moment
// at which a part of either could be read.
func instead(files map[string]string) func(t testing.TB, dir string) {
	return func(t testing.TB, dir string) {
		next, old := dir+".next", dir+".old"
		require.NoError(t, os.Mkdir(next, 0o755))
		putFiles(t, next, files)
		require.NoError(t, os.Rename(dir, old))
		require.NoError(t, os.Rename(next, dir))
		require.NoError(t, os.RemoveAll(old))
	}
}

// module is one file x.rego with package mcp.policy.x.
func moduleX(rules string) map[string]string {
	return map[string]string{"x.rego": "package mcp.policy.x\n\n" + rules + "\n"}
}

func settingsOf(text string) map[string]string {
	return map[string]string{"data.yaml": "mcp:\n  settings:\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"}
}

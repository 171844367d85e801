//go:build unix

package rego_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// stranger is a user who is neither root nor the one that runs the tests, and
// group one that nobody is known to be alone in.
const (
	stranger = 4242
	group    = 4243
)

// mode and owner change a file; name is below the directory.
func mode(name string, m os.FileMode) func(dir string) error {
	return func(dir string) error { return os.Chmod(filepath.Join(dir, name), m) }
}

func owner(name string, uid, gid int) func(dir string) error {
	return func(dir string) error { return os.Lchown(filepath.Join(dir, name), uid, gid) }
}

func both(changes ...func(dir string) error) func(dir string) error {
	return func(dir string) error {
		var errs []error
		for _, change := range changes {
			errs = append(errs, change(dir))
		}
		return errors.Join(errs...)
	}
}

func link(to, name string) func(dir string) error {
	return func(dir string) error { return os.Symlink(to, filepath.Join(dir, name)) }
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
}

// The source is p/q in a directory of the test.
func TestPermissions(t *testing.T) {
	needRoot(t)
	const q = "p/q"
	for name, tc := range map[string]struct {
		change func(dir string) error
		// want is what is said; "" loads. D stands for the directory of the test.
		want string
		load string // what is loaded, where it is not p/q
	}{
		"as it is":             {func(string) error { return nil }, "", ""},
		"group of root":        {both(mode(q, 0o775), mode(q+"/a.rego", 0o664)), "", ""},
		"directory":            {mode(q, 0o757), "D/p/q: everyone may write it (mode 0757): chmod o-w D/p/q", ""},
		"directory, sticky":    {mode(q, 0o777|os.ModeSticky), "D/p/q: everyone may write it (mode 1777): chmod o-w D/p/q", ""},
		"directory, group":     {both(owner(q, 0, group), mode(q, 0o775)), "D/p/q: group 4243 may write it (mode 0775): chmod g-w D/p/q", ""},
		"directory, owner":     {owner(q, stranger, 0), "D/p/q: user 4242 owns it, who is neither root nor the one that runs this: chown root D/p/q", ""},
		"module":               {mode(q+"/a.rego", 0o646), "a.rego: everyone may write it (mode 0646): chmod o-w D/p/q/a.rego", ""},
		"module, group":        {both(owner(q+"/a.rego", 0, group), mode(q+"/a.rego", 0o664)), "a.rego: group 4243 may write it (mode 0664): chmod g-w D/p/q/a.rego", ""},
		"group that may read":  {owner(q+"/a.rego", 0, group), "", ""},
		"everything":           {both(owner(q+"/a.rego", stranger, group), mode(q+"/a.rego", 0o666)), "a.rego: user 4242 owns it, who is neither root nor the one that runs this, and everyone may write it (mode 0666): chown root D/p/q/a.rego && chmod go-w D/p/q/a.rego", ""},
		"data":                 {mode(q+"/corp/data.yaml", 0o666), "corp/data.yaml: everyone may write it", ""},
		"manifest":             {mode(q+"/team/.manifest", 0o606), "team/.manifest: everyone may write it", ""},
		"archive":              {mode(q+"/x.tar.gz", 0o666), "x.tar.gz: everyone may write it", ""},
		"test":                 {mode(q+"/a_test.rego", 0o666), "a_test.rego: everyone may write it", ""},
		"note":                 {mode(q+"/README", 0o666), "", ""},
		"directory in it":      {mode(q+"/corp", 0o777), "corp: everyone may write it (mode 0777): chmod o-w D/p/q/corp", ""},
		"hidden":               {both(mode(q+"/.git", 0o777), mode(q+"/.git/x.rego", 0o666)), "", ""},
		"for tests":            {mode(q+"/testdata", 0o777), "", ""},
		"above":                {mode("p", 0o757), "D/p: everyone may write it (mode 0757): chmod o-w D/p", ""},
		"above, group":         {both(owner("p", 0, group), mode("p", 0o775)), "D/p: group 4243 may write it (mode 0775): chmod g-w D/p", ""},
		"above, owner":         {owner("p", stranger, 0), "D/p: user 4242 owns it, who is neither root nor the one that runs this: chown root D/p", ""},
		"above, sticky":        {both(owner("p", 0, group), mode("p", 0o777|os.ModeSticky)), "", ""},
		"link":                 {link("q", "p/current"), "", "p/current"},
		"link of another":      {both(link("q", "p/current"), owner("p/current", stranger, 0)), "D/p/current: user 4242 owns it, who is neither root nor the one that runs this: chown -h root D/p/current", "p/current"},
		"link among others'":   {both(mkdir("open"), mode("open", 0o777), link("../p/q", "open/current")), "D/open: everyone may write it (mode 0777): chmod o-w D/open", "open/current"},
		"link through others'": {both(mkdir("open"), mode("open", 0o777), link("../open/../p/q", "p/current")), "D/open: everyone may write it", "p/current"},
		"link to a link":       {both(mkdir("open"), mode("open", 0o777), link("../p/q", "open/2"), link("../open/2", "p/1")), "D/open: everyone may write it", "p/1"},
		"absolute link":        {func(dir string) error { return link(filepath.Join(dir, q), "p/current")(dir) }, "", "p/current"},
		"link above":           {both(link("p", "r"), owner("r", stranger, 0)), "D/r: user 4242 owns it", "r/q"},
		"config map":           {configMapOf(0o755, 0o644), "", "map"},
		"config map, open":     {configMapOf(0o777, 0o777), "D/map: everyone may write it (mode 0777): chmod o-w D/map", "map"},
		"config map, its data": {both(configMapOf(0o755, 0o644), mode("map/..2026", 0o777)), "D/map/..2026: everyone may write it (mode 0777): chmod o-w D/map/..2026", "map"},
		"config map, its link": {both(configMapOf(0o755, 0o644), owner("map/..data", stranger, 0)), "D/map/..data: user 4242 owns it", "map"},
		"a name with a space":  {both(mkdir("p/q/it's a"), mode("p/q/it's a", 0o777)), `chmod o-w 'D/p/q/it'\''s a'`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			write(t, filepath.Join(dir, q), files{
				"a.rego": denyBad, "a_test.rego": "package mcp.policy.a_test\n\ntest_a if true\n", "README": "",
				"corp/data.yaml": "x: 1\n", "team/.manifest": `{"roots": ["team"]}`, "team/x.rego": "package team\n\nx := 1\n",
				".git/x.rego": "x", "testdata/x.rego": "x", "x.tar.gz": gzipOf(t, sampleTar(t)),
			})
			require.NoError(t, os.RemoveAll(filepath.Join(dir, q, "x.rego")))
			require.NoError(t, tc.change(dir))
			load := filepath.Join(dir, q)
			if tc.load != "" {
				load = filepath.Join(dir, tc.load)
			}
			err = rego.Writable(t.Context(), load)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, strings.ReplaceAll(tc.want, "D/", dir+"/"))
			require.Equal(t, "file-permissions", rego.Findings(err)[0].Rule)
			require.Equal(t, rego.FindingError, rego.Findings(err)[0].Severity)
			_, err = loadDir(t, load)
			require.ErrorContains(t, err, strings.ReplaceAll(tc.want, "D/", dir+"/"))
		})
	}
}

func mkdir(name string) func(dir string) error {
	return func(dir string) error { return os.Mkdir(filepath.Join(dir, name), 0o755) }
}

// configMapOf makes map as a volume of Kubernetes is laid out, with one policy.
func configMapOf(dirs, contents os.FileMode) func(dir string) error {
	return func(dir string) error {
		return both(mkdir("map"), mode("map", dirs), mkdir("map/..2026"), mode("map/..2026", dirs),
			func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "map/..2026/a.rego"), []byte(denyBad), 0o644)
			}, mode("map/..2026/a.rego", contents), link("..2026", "map/..data"), link("..data/a.rego", "map/a.rego"))(dir)
	}
}

// What is wrong everywhere is not listed everywhere.
func TestManyPermissions(t *testing.T) {
	dir := t.TempDir()
	for i := range 50 {
		name := fmt.Sprintf("f%d.rego", i)
		write(t, dir, files{name: denyBad})
		require.NoError(t, mode(name, 0o666)(dir))
	}
	err := rego.Writable(t.Context(), dir)
	require.ErrorContains(t, err, "and 30 more errors")
	require.Equal(t, 20, strings.Count(err.Error(), "everyone may write it"))
}

// What is looked at is what is read, not what has taken its place.
func TestPermissionsOfWhatIsRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files{"p/a.rego": denyBad, "q/a.rego": denyGood})
	require.NoError(t, mode("p", 0o777)(dir))
	p := filepath.Join(dir, "p")
	require.ErrorContains(t, rego.Writable(t.Context(), p), "everyone may write it")
	err := rego.WritableAfter(t.Context(), p, func() {
		rename(t, p, filepath.Join(dir, "old"))
		rename(t, filepath.Join(dir, "q"), p)
	})
	require.EqualError(t, err, "the files changed while they were read")
}

// The user database says whether a group has no other member.
func TestPrivateGroup(t *testing.T) {
	needRoot(t)
	const passwd, groups = "root:x:0:4243:root:/root:/bin/sh\n", "own:x:4243:\n"
	for name, tc := range map[string]struct {
		passwd, group string
		private       bool
	}{
		"own":                  {passwd, groups, true},
		"own, listed":          {passwd, "own:x:4243:root\n", true},
		"own, no group":        {passwd, "", true},
		"root by another name": {passwd + "toor:x:0:4243::/:/bin/sh\n", "own:x:4243:toor\n", true},
		"comments":             {"# users\n\n" + passwd, "# groups\n" + groups, true},
		"not primary":          {"root:x:0:0:root:/root:/bin/sh\n", "own:x:4243:root\n", false},
		"another member":       {passwd + "eve:x:1000:1000::/:/bin/sh\n", "own:x:4243:root,eve\n", false},
		"a member unknown":     {passwd, "own:x:4243:eve\n", false},
		"a second name":        {passwd, groups + "alias:x:4243:eve\n", false},
		"another's primary":    {passwd + "eve:x:1000:4243::/:/bin/sh\n", groups, false},
		"only another's":       {"root:x:0:0::/:/bin/sh\neve:x:1000:4243::/:/bin/sh\n", groups, false},
		"users elsewhere":      {passwd + "+::::::\n", groups, false},
		"groups elsewhere":     {passwd, groups + "+:::\n", false},
		"no user":              {"", groups, false},
		"malformed user":       {passwd + "eve:x\n", groups, false},
		"malformed id":         {passwd + "eve:x:one:1::/:\n", groups, false},
		"malformed group":      {passwd, groups + "x:y:z:\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir, db := t.TempDir(), t.TempDir()
			write(t, db, files{"passwd": tc.passwd, "group": tc.group})
			rego.WithUsers(t, filepath.Join(db, "passwd"), filepath.Join(db, "group"))
			write(t, dir, files{"a.rego": denyBad})
			require.NoError(t, both(owner("a.rego", 0, group), mode("a.rego", 0o664), owner(".", 0, group), mode(".", 0o2775))(dir))
			err := rego.Writable(t.Context(), dir)
			if tc.private {
				require.NoError(t, err)
				require.NoError(t, mode("a.rego", 0o666)(dir))
				err = rego.Writable(t.Context(), dir)
				require.ErrorContains(t, err, "everyone may write it (mode 0666): chmod o-w")
				return
			}
			require.ErrorContains(t, err, "may write it (mode 0664): chmod g-w")
			require.ErrorContains(t, err, "may write it (mode 0775): chmod g-w")
		})
	}
	t.Run("no database", func(t *testing.T) {
		dir := sharedDir(t)
		rego.WithUsers(t, filepath.Join(dir, "passwd"), filepath.Join(dir, "group"))
		write(t, dir, files{"a.rego": denyBad})
		require.NoError(t, rego.Writable(t.Context(), dir))
		require.NoError(t, both(owner("a.rego", 0, group), mode("a.rego", 0o664))(dir))
		require.ErrorContains(t, rego.Writable(t.Context(), dir), "group 4243 may write it")
	})
}

// childVariable names the directory that a test has made for its second run, in
// another process.
const childVariable = "REGO_TEST_CHILD"

// sourceVariable names the directory that the tests run in.
const sourceVariable = "REGO_TEST_SOURCE"

// again runs the test once more, in a process of its own.
func again(t *testing.T, dir string, attr *syscall.SysProcAttr) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	bin, err := os.ReadFile(self)
	require.NoError(t, err)
	test := filepath.Join(dir, "test.bin") // where another user may run it
	require.NoError(t, errors.Join(os.WriteFile(test, bin, 0o755), os.Chmod(test, 0o755)))
	here, err := os.Getwd()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), test, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.SysProcAttr = dir, attr
	cmd.Env = append(os.Environ(), childVariable+"="+dir, sourceVariable+"="+here, "TMPDIR="+dir, "HOME="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name()+" ")
	require.NotContains(t, string(out), "no tests to run")
}

// sharedDir is a directory that another user reaches.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rego")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// To a user, what is root's or their own is fine, and nobody else's.
func TestPermissionsOfAUser(t *testing.T) {
	const user = 4244
	dir := os.Getenv(childVariable)
	if dir == "" {
		needRoot(t)
		dir = sharedDir(t)
		for name, uid := range map[string]int{"own": user, "root": 0, "other": stranger} {
			write(t, dir, files{name + "/a.rego": denyBad})
			require.NoError(t, both(owner(name, uid, uid), mode(name, 0o755), owner(name+"/a.rego", uid, uid), mode(name+"/a.rego", 0o644))(dir))
		}
		write(t, dir, files{"passwd": "root:x:0:0::/:\nuser:x:4244:4244::/:\n", "group": "user:x:4244:\n"})
		require.NoError(t, both(mode("passwd", 0o644), mode("group", 0o644))(dir))
		again(t, dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}})
		return
	}
	_, err := loadDir(t, filepath.Join(dir, "root"))
	require.NoError(t, err)
	own := filepath.Join(dir, "own")
	_, err = loadDir(t, own)
	require.NoError(t, err)
	_, err = loadDir(t, filepath.Join(dir, "other"))
	require.ErrorContains(t, err, dir+"/other: user 4242 owns it, who is neither root nor the one that runs this: chown 4244 "+dir+"/other")
	require.ErrorContains(t, err, "a.rego: user 4242 owns it")

	// A umask of 002 is for users who are alone in their group.
	require.NoError(t, both(mode(".", 0o775), mode("a.rego", 0o664))(own))
	_, err = loadDir(t, own)
	require.ErrorContains(t, err, "own: group 4244 may write it (mode 0775): chmod g-w "+own)
	rego.WithUsers(t, filepath.Join(dir, "passwd"), filepath.Join(dir, "group"))
	_, err = loadDir(t, own)
	require.NoError(t, err)
	_, err = loadDir(t, filepath.Join(dir, "other"))
	require.ErrorContains(t, err, "chown user "+dir+"/other")
}

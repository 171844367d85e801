package rego_test

import (
	"archive/tar"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Each bundle of a source stands for itself: no signature lends itself to what
// stands beside it.
func TestForgedSource(t *testing.T) {
	ours, team := signed(files{"a.rego": denyBad, "sub/data.json": "{}"}, ecKey()), signed(teamBundle(), ecKey())
	all := signed(mergedFiles(files{"a.rego": denyBad}, below("team", teamBundle())), ecKey())
	packed := files{"team.tar.gz": archived(t, team)}
	for name, tc := range map[string]struct {
		f    files
		want string
	}{
		"loose file beside a signed archive":     {mergedFiles(packed, files{"a.rego": denyBad}), "there is no signature of the files outside of any bundle"},
		"loose settings beside a signed archive": {mergedFiles(packed, files{"data.yaml": "mcp: {settings: {enforcement: {\"*\": audit}}}\n"}), "there is no signature"},
		"unsigned archive beside signed files":   {mergedFiles(ours, files{"team.tar.gz": archived(t, teamBundle())}), "team.tar.gz/.signatures.json: there is no signature of bundle team.tar.gz"},
		"unsigned directory beside signed files": {mergedFiles(ours, below("team", teamBundle())), "team/.signatures.json: there is no signature of bundle team"},
		"directory signed with what is above":    {all, "team/.signatures.json: there is no signature of bundle team"},
		"directory signed twice":                 {mergedFiles(all, below("team", team)), "names a file of bundle team"},
		"archive signed with what is beside it":  {signed(mergedFiles(files{"a.rego": denyBad}, packed), ecKey()), "names a file of bundle team.tar.gz"},
		"signature beside an archive":            {mergedFiles(files{"team.tar.gz": archived(t, teamBundle())}, files{".signatures.json": team[".signatures.json"]}), "there is no signature"},
		"manifest that splits a bundle":          {mergedFiles(ours, files{"sub/.manifest": "{}"}), "there is no signature of bundle sub"},
		"manifest and signature that split it":   {mergedFiles(ours, files{"sub/.manifest": "{}", "sub/.signatures.json": ours[".signatures.json"]}), "the signature of bundle sub does not name the file"},
		"directory without its manifest":         {mergedFiles(ours, below("team", lacking(team, ".manifest"))), "team/t.rego: the signature of the files outside of any bundle does not name the file"},
		"directory moved into another bundle":    {below("x", mergedFiles(team, files{"y/.manifest": teamBundle()[".manifest"], "y/t.rego": teamBundle()["t.rego"]})), "there is no signature of bundle x/y"},
		"all loose files removed":                {mergedFiles(packed, files{".signatures.json": ours[".signatures.json"]}), "a.rego: the file is signed and not there"},
		"archive of nothing":                     {mergedFiles(ours, files{"x.tar.gz": archived(t, files{})}), ""},
		"two signatures in an archive": {files{"x.tar.gz": gzipOf(t, tarOf(t, []tar.Header{{Name: ".signatures.json"}, {Name: "t.rego"}, {Name: "./.signatures.json"}},
			"{}", teamBundle()["t.rego"], team[".signatures.json"]))}, "there twice"},
		"signature of an archive that is a link": {files{"x.tar.gz": gzipOf(t, tarOf(t, []tar.Header{{Name: ".signatures.json", Typeflag: tar.TypeSymlink, Linkname: "x"}}))}, "neither a file nor a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want == "" {
				_, err := loadSigned(t, tc.f.fs(), keys(t, pemOf(ecKey())))
				require.NoError(t, err)
				return
			}
			refuses(t, tc.f, keys(t, pemOf(ecKey())), tc.want)
		})
	}
}

// Keys of a set are told by their ids, where they have one.
func TestForgedKeyID(t *testing.T) {
	k := keys(t, jwksOf(
		jwkOf(ecKey(), map[string]any{"kid": "one"}),
		jwkOf(strangerKey(), map[string]any{"kid": "two"}),
		jwkOf(rsaKey(), map[string]any{"kid": "three", "alg": "RS512"}),
	))
	for name, tc := range map[string]files{
		"id of another key": claimed(signable(), map[string]any{"kid": "two"}, nil),
		"unknown id":        claimed(signable(), map[string]any{"kid": "four"}, nil),
		"id in other case":  claimed(signable(), map[string]any{"kid": "One"}, nil),
	} {
		t.Run(name, func(t *testing.T) { refuses(t, tc, k, byNone) })
	}
	named := keys(t, jwksOf(jwkOf(ecKey(), map[string]any{"kid": "one"}), jwkOf(strangerKey(), map[string]any{"kid": "default"})))
	refuses(t, claimed(signable(), map[string]any{"kid": "default"}, nil), named, byNone)
	// A key that says what it is for is for nothing else.
	var infos []opabundle.FileInfo
	require.NoError(t, json.Unmarshal(must(json.Marshal(entries(signable()))), &infos))
	for algorithm, want := range map[string]string{"RS512": "", "RS256": byNone, "PS512": byNone} {
		token := must(opabundle.GenerateSignedToken(infos, opabundle.NewSigningConfig(privatePEM(rsaKey()), algorithm, ""), "three"))
		_, err := loadSigned(t, replaced(signable(), ".signatures.json", signaturesOf(token)).fs(), k)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
	_, err := loadSigned(t, claimed(signable(), map[string]any{"kid": "one"}, nil).fs(), k)
	require.NoError(t, err)
}

// OPA hashes the value that it reads of data. Two texts that are one value to
// it, and two to the gate, must not pass for each other.
func TestForgedNumbers(t *testing.T) {
	for name, tc := range map[string][2]string{
		"digits of an integer":    {"n: 12345678901234567890123\n", "n: 12345678901234567890124\n"},
		"digits of a fraction":    {"n: 0.1\n", "n: 0.1000000000000000000001\n"},
		"more digits than signed": {"n: 9007199254740993.5\n", "n: 9007199254740993.6\n"},
		"below the least integer": {"n: -9223372036854775809\n", "n: -9223372036854775810\n"},
		"empty and null":          {"", "null\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := signed(files{"a.rego": denyBad, "data.yaml": tc[0]}, ecKey())
			_, err := loadSigned(t, replaced(f, "data.yaml", tc[1]).fs(), keys(t, pemOf(ecKey())))
			require.Error(t, err)
		})
	}
	f := signed(files{"a.rego": denyBad, "data.yaml": "n: 12345678901234567890123\n"}, ecKey())
	refuses(t, f, keys(t, pemOf(ecKey())), "OPA and the gate read the file differently")
}

// A signature file is a file inside of the source, or there is none.
func TestSignatureFileOnDisk(t *testing.T) {
	f := signed(signable(), ecKey())
	outside := filepath.Join(t.TempDir(), "s.json")
	require.NoError(t, os.WriteFile(outside, []byte(f[".signatures.json"]), 0o600))
	for name, tc := range map[string]struct {
		place func(t *testing.T, name string) error
		want  string
	}{
		"file":            {func(t *testing.T, name string) error { return os.WriteFile(name, []byte(f[".signatures.json"]), 0o600) }, ""},
		"missing":         {func(t *testing.T, name string) error { return nil }, "there is no signature"},
		"symlink inside":  {func(t *testing.T, name string) error { return os.Symlink(filepath.Join("..", ".kept"), name) }, ""},
		"symlink outside": {func(t *testing.T, name string) error { return os.Symlink(outside, name) }, "there is no signature"},
		"dangling":        {func(t *testing.T, name string) error { return os.Symlink("nowhere", name) }, "there is no signature"},
		"directory":       {func(t *testing.T, name string) error { return os.Mkdir(name, 0o755) }, "there is no signature"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && slices.Contains([]string{"symlink inside", "symlink outside", "dangling"}, name) {
				t.Skip("a symlink takes a privilege on Windows")
			}
			dir := t.TempDir()
			write(t, dir, below("team", lacking(f, ".signatures.json")))
			write(t, dir, files{".kept": f[".signatures.json"]})
			require.NoError(t, tc.place(t, filepath.Join(dir, "team", ".signatures.json")))
			cfg := rego.LoadConfig{Name: "test", Dir: dir, InputSchema: []byte(schema), Log: quiet}
			_, err := rego.Load(t.Context(), cfg)
			require.NoError(t, err, "who has no keys does not look at it")
			cfg.Keys = keys(t, pemOf(ecKey()))
			if _, err = rego.Load(t.Context(), cfg); tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.want)
		})
	}
}

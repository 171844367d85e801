package rego_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// publishing is how the tests publish dir to dest/p.tar.gz.
func publishing(dir, dest string) rego.PublishConfig {
	return rego.PublishConfig{
		LoadConfig: rego.LoadConfig{Name: "p", Dir: dir, InputSchema: []byte(schema), Permissions: rego.PermissionsIgnore, Log: quiet},
		Dest:       dest, Archive: "p",
	}
}

// sourceOf writes a source, and returns its directory.
func sourceOf(t *testing.T, f files) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, f)
	return dir
}

// namesIn lists a directory.
func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// membersOf unpacks an archive.
func membersOf(t *testing.T, file string) files {
	t.Helper()
	packed, err := os.ReadFile(file)
	require.NoError(t, err)
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	members := files{}
	for tr := tar.NewReader(zr); ; {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		require.NoError(t, err)
		require.Equal(t, time.Unix(0, 0), hdr.ModTime)
		content, err := io.ReadAll(tr)
		require.NoError(t, err)
		members[hdr.Name] = string(content)
	}
}

func TestPublish(t *testing.T) {
	src := files{
		".manifest": `{"roots": ["mcp/policy", "sub"], "metadata": {"sequence": 7}}`, "a.rego": denyBad, "sub/data.json": "{\"n\": 1.50}",
		"a_test.rego": "package mcp.policy.a_test\n\ntest_a if true\n", "README": "x", ".git/x": "x", "testdata/x.json": "{}",
	}
	dest := t.TempDir()
	out, err := rego.Publish(t.Context(), publishing(sourceOf(t, src), dest))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dest, "p.tar.gz"), out.File)
	require.Equal(t, []string{"a"}, out.Policies)
	require.False(t, out.Signed)
	require.Empty(t, out.Warnings)
	require.Equal(t, []string{"p.tar.gz"}, namesIn(t, dest))
	require.Equal(t, files{".manifest": src[".manifest"], "a.rego": denyBad, "sub/data.json": src["sub/data.json"]}, membersOf(t, out.File))
	p, err := loadDir(t, dest)
	require.NoError(t, err)
	require.Equal(t, out.Revision, p.Revision())
	require.NotEmpty(t, eval(t, p, "bad").Violations)

	// Elsewhere and later, the bytes are the same.
	first, err := os.ReadFile(out.File)
	require.NoError(t, err)
	again := t.TempDir()
	_, err = rego.Publish(t.Context(), publishing(sourceOf(t, src), again))
	require.NoError(t, err)
	second, err := os.ReadFile(filepath.Join(again, "p.tar.gz"))
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// A reader that has the old archive open keeps it.
func TestPublishReplaces(t *testing.T) {
	dest := t.TempDir()
	good, bad := sourceOf(t, files{"a.rego": denyGood}), sourceOf(t, files{"a.rego": denyBad})
	first, err := rego.Publish(t.Context(), publishing(good, dest))
	require.NoError(t, err)
	before, err := os.ReadFile(first.File)
	require.NoError(t, err)
	f, err := os.Open(first.File)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	second, err := rego.Publish(t.Context(), publishing(bad, dest))
	require.NoError(t, err)
	require.NotEqual(t, first.Revision, second.Revision)
	still, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, before, still)
	require.Equal(t, []string{"p.tar.gz"}, namesIn(t, dest))
}

// jwtOf is a signature that names files, and that nobody has signed.
func jwtOf(names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf(`{"name": %q, "hash": "00", "algorithm": "SHA-256"}`, name))
	}
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"files": [` + strings.Join(list, ", ") + `]}`))
	return `{"signatures": ["eyJhbGciOiJFUzI1NiJ9.` + payload + `.c2ln"]}`
}

func TestPublishSigned(t *testing.T) {
	base := files{"a.rego": denyBad, "a_test.rego": "package mcp.policy.a_test\n\ntest_a if true\n", "README": "read", ".manifest": `{"roots": ["mcp"]}`, "sub/.keep": ""}
	with := func(signature string, more files) files {
		f := files{".signatures.json": signature}
		for _, m := range []files{base, more} {
			for name, content := range m {
				f[name] = content
			}
		}
		return f
	}
	for name, tc := range map[string]struct {
		signature string
		more      files
		want      []string // the members
		err       string
	}{
		"inside":       {jwtOf(".manifest", "a.rego"), nil, []string{".manifest", "a.rego"}, ""},
		"outside":      {jwtOf("policy/.manifest", "policy/a.rego", "policy/README"), nil, []string{".manifest", "README", "a.rego"}, ""},
		"tests too":    {jwtOf(".manifest", "a.rego", "a_test.rego"), nil, []string{".manifest", "a.rego", "a_test.rego"}, ""},
		"more":         {jwtOf(".manifest", "a.rego", "gone.rego"), nil, nil, ".signatures.json names gone.rego, which cannot be read: sign the directory again"},
		"less":         {jwtOf(".manifest"), nil, nil, ".signatures.json does not name a.rego: sign the directory again"},
		"no data":      {jwtOf(".manifest", "a.rego"), files{"corp/data.json": "{}"}, nil, ".signatures.json does not name corp/data.json"},
		"out of it":    {jwtOf(".manifest", "a.rego", "../x"), nil, nil, `"../x" is no name of a file in the directory`},
		"two leads":    {jwtOf("policy/.manifest", "a.rego"), nil, nil, "it names a.rego, which is not below policy/"},
		"a bundle too": {jwtOf(".manifest", "a.rego"), files{"team/.manifest": `{"roots": ["team"]}`, "team/x.rego": "package team\n\nx := 1\n"}, nil, "is signed, and bundle team is in it"},
		"no JSON":      {"x", nil, nil, ".signatures.json: invalid character"},
		"none":         {`{"signatures": []}`, nil, nil, "it holds 0 signatures, want one"},
		"no JWT":       {`{"signatures": ["x"]}`, nil, nil, "the signature is no JWT"},
		"no base64":    {`{"signatures": ["x.%.y"]}`, nil, nil, "the signature is no JWT"},
		"no payload":   {`{"signatures": ["x.eA.y"]}`, nil, nil, "the signature is no JWT of a bundle"},
	} {
		t.Run(name, func(t *testing.T) {
			dest := t.TempDir()
			out, err := rego.Publish(t.Context(), publishing(sourceOf(t, with(tc.signature, tc.more)), dest))
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				require.Empty(t, namesIn(t, dest))
				return
			}
			require.NoError(t, err)
			require.True(t, out.Signed)
			want := files{".signatures.json": tc.signature}
			for _, name := range tc.want {
				want[name] = base[name]
			}
			require.Equal(t, want, membersOf(t, out.File))

			// As an archive it stays signed, byte for byte.
			again := t.TempDir()
			copied, err := rego.Publish(t.Context(), publishing(out.File, again))
			require.NoError(t, err)
			require.True(t, copied.Signed)
			require.Equal(t, membersOf(t, out.File), membersOf(t, copied.File))
		})
	}
}

// Of several bundles one comes about, unless one of them is signed by itself.
func TestPublishSeveral(t *testing.T) {
	src, dest := sourceOf(t, files{
		"c.rego": strings.Replace(denyGood, "policy.a", "policy.c", 1), "z.tar.gz": gzipOf(t, sampleTar(t)),
		"team/.manifest": `{"roots": ["corp", "mcp/policy/team"]}`, "team/corp/data.json": "{\"n\": 1.50}",
		"team/x.rego": "package mcp.policy.team\n\ndeny contains \"x\" if input.server.name == \"team\"\n",
	}), t.TempDir()
	before, err := loadDir(t, src)
	require.NoError(t, err)
	out, err := rego.Publish(t.Context(), publishing(src, dest))
	require.NoError(t, err)
	require.Equal(t, before.Policies(), out.Policies)
	require.Equal(t, []string{"a", "b", "c", "team"}, out.Policies)
	require.Contains(t, membersOf(t, out.File)["data.json"], `"n": 1.50`)
	require.Contains(t, membersOf(t, out.File)[".manifest"], `"mcp/policy/team"`)
	published, err := loadDir(t, dest)
	require.NoError(t, err)
	for _, name := range []string{"bad", "good", "team", "other"} {
		require.Len(t, eval(t, published, name).Violations, len(eval(t, before, name).Violations), name)
	}

	write(t, src, files{"team/.signatures.json": jwtOf("x.rego")})
	_, err = rego.Publish(t.Context(), publishing(src, dest))
	require.ErrorContains(t, err, "bundle team is signed by itself, and here are")
	require.NoError(t, os.RemoveAll(filepath.Join(src, "z.tar.gz")))
	require.NoError(t, os.RemoveAll(filepath.Join(src, "c.rego")))
	_, err = rego.Publish(t.Context(), publishing(src, dest))
	require.ErrorContains(t, err, "bundle team is signed by itself: publish "+filepath.ToSlash(src)+"/team")
}

// A bundle without a policy beside others is published where its manifest says
// that it has none: else its policies may be lost.
func TestPublishWithoutPolicy(t *testing.T) {
	dest := t.TempDir()
	team := publishing(sourceOf(t, files{"a.rego": denyBad}), dest)
	team.Archive = "team"
	_, err := rego.Publish(t.Context(), team)
	require.NoError(t, err)
	for manifest, ok := range map[string]bool{
		"": false, `{}`: false, `{"roots": [""]}`: false, `{"roots": ["corp", "mcp"]}`: false, `{"roots": ["corp", "mcp/policy/x"]}`: false,
		`{"roots": ["corp"]}`: true, `{"roots": ["corp", "mcp/settings/waivers"]}`: true,
	} {
		t.Run(manifest, func(t *testing.T) {
			f := files{"corp/data.json": "{}"}
			if manifest != "" {
				f[".manifest"] = manifest
			}
			cfg := publishing(sourceOf(t, f), dest)
			cfg.DryRun = true
			_, err := rego.Publish(t.Context(), cfg)
			if ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, rego.ErrNoPolicy)
		})
	}
}

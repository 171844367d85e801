package rego_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/stretchr/testify/require"
)

func tarOf(t *testing.T, headers []tar.Header, contents ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i, h := range headers {
		content := ""
		if i < len(contents) {
			content = contents[i]
		}
		if h.Typeflag != tar.TypeXGlobalHeader {
			h.Size, h.Mode = int64(len(content)), 0o644
		}
		require.NoError(t, w.WriteHeader(&h))
		if content != "" {
			_, err := w.Write([]byte(content))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

func gzipOf(t testing.TB, b []byte) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.String()
}

// A tar with long names (PAX headers), contents that end in a block of zeros,
// and a last policy without which the others allow more.
func sampleTar(t *testing.T) []byte {
	return tarOf(t, []tar.Header{
		{Name: "./", Typeflag: tar.TypeDir},
		{Name: "./a.rego"},
		{Name: "./" + string(bytes.Repeat([]byte("long/"), 10)) + string(bytes.Repeat([]byte("n"), 120)) + "/data.json"},
		{Name: "zeros.md"},
		{Name: "b.rego", PAXRecords: map[string]string{"comment": "x"}, Format: tar.FormatPAX},
	},
		"", denyBad, "{}", string(make([]byte, 2048)), "package mcp.policy.b\n\ndeny contains \"m\"\n")
}

func TestArchive(t *testing.T) {
	raw := sampleTar(t)
	for name, b := range map[string][]byte{
		"as it is":     raw,
		"more padding": append(bytes.Clone(raw), make([]byte, 8192)...),
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{"x.tar.gz": gzipOf(t, b), "c.rego": "package mcp.policy.c\n\nwarn contains \"w\""})
			require.Equal(t, []string{"a", "b", "c"}, p.Policies())
			require.False(t, eval(t, p, "good").Allowed)
		})
	}
}

// What `opa build` writes.
func TestArchiveOfOPA(t *testing.T) {
	var buf bytes.Buffer
	module := denyBad
	require.NoError(t, bundle.NewWriter(&buf).UseModulePath(true).Write(bundle.Bundle{
		Manifest: bundle.Manifest{Roots: &[]string{"mcp/policy/a", "corp"}},
		Data:     map[string]any{"corp": map[string]any{"n": 1}},
		Modules: []bundle.ModuleFile{{
			URL: "/policies/a.rego", Path: "/policies/a.rego", Raw: []byte(module), Parsed: ast.MustParseModule(module),
		}},
	}))
	p := mustLoad(t, files{"x.tar.gz": buf.String()})
	require.Equal(t, []string{"a"}, p.Policies())
}

func TestArchiveCut(t *testing.T) {
	raw := sampleTar(t)
	require.Zero(t, len(raw)%512)
	for cut := 0; cut < len(raw); cut += 512 {
		_, err := load(t.Context(), files{"c.rego": denyBad, "x.tar.gz": gzipOf(t, raw[:cut])})
		require.ErrorContains(t, err, "policy source test: x.tar.gz", "tar cut at %d of %d", cut, len(raw))
	}
	for _, cut := range []int{1, 511, 513, len(raw) - 1, len(raw) - 511} {
		_, err := load(t.Context(), files{"c.rego": denyBad, "x.tar.gz": gzipOf(t, raw[:cut])})
		require.ErrorContains(t, err, "policy source test: x.tar.gz", "tar cut at %d", cut)
	}
	packed := gzipOf(t, raw)
	for cut := range len(packed) {
		_, err := load(t.Context(), files{"c.rego": denyBad, "x.tar.gz": packed[:cut]})
		require.ErrorContains(t, err, "policy source test: x.tar.gz", "gzip cut at %d of %d", cut, len(packed))
	}
}

func TestArchiveErrors(t *testing.T) {
	raw := sampleTar(t)
	packed := gzipOf(t, raw)
	one := func(h tar.Header, content ...string) string {
		return gzipOf(t, tarOf(t, []tar.Header{h}, content...))
	}
	for name, tc := range map[string]struct{ archive, want string }{
		"checksum":            {packed[:len(packed)-8] + "\x00\x00\x00\x00" + packed[len(packed)-4:], "checksum"},
		"garbage after gzip":  {packed + "garbage garbage garbage", "data after its end"},
		"zeros after gzip":    {packed + "\x00\x00\x00\x00", "data after its end"},
		"garbage after tar":   {gzipOf(t, append(bytes.Clone(raw), "garbage"...)), "data after its end mark"},
		"two archives":        {packed + packed, "data after its end:"},
		"not gzip":            {string(raw), "gzip"},
		"empty":               {"", "cut off"},
		"parent":              {one(tar.Header{Name: "../a.rego"}, denyBad), `"../a.rego" is not a name below`},
		"parent inside":       {one(tar.Header{Name: "x/../../a.rego"}, denyBad), "is not a name below"},
		"parent directory":    {one(tar.Header{Name: "../x/", Typeflag: tar.TypeDir}), "is not a name below"},
		"two slashes":         {one(tar.Header{Name: "//a.rego"}, denyBad), "is not a name below"},
		"backslash":           {one(tar.Header{Name: `x\a.rego`}, denyBad), "holds a backslash"},
		"symlink":             {one(tar.Header{Name: "a.rego", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), "neither a file nor a directory"},
		"hard link":           {one(tar.Header{Name: "a.rego", Typeflag: tar.TypeLink, Linkname: "b.rego"}), "neither a file nor a directory"},
		"device":              {one(tar.Header{Name: "a.rego", Typeflag: tar.TypeChar}), "neither a file nor a directory"},
		"fifo":                {one(tar.Header{Name: "a.rego", Typeflag: tar.TypeFifo}), "neither a file nor a directory"},
		"twice":               {gzipOf(t, tarOf(t, []tar.Header{{Name: "a.rego"}, {Name: "./a.rego"}}, denyBad, "package mcp.policy.a")), "a.rego is there twice"},
		"archive inside":      {one(tar.Header{Name: "y.tar.gz"}, packed), "x.tar.gz/y.tar.gz: an archive in an archive is not read"},
		"manifest inside":     {one(tar.Header{Name: "y/.manifest"}, "{}"), "x.tar.gz/y/.manifest: a bundle archive has one .manifest"},
		"unknown json inside": {one(tar.Header{Name: "y.json"}, "{}"), "y.json: the file is not read as data"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"c.rego": denyBad, "x.tar.gz": tc.archive})
			require.ErrorContains(t, err, "policy source test: x.tar.gz")
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := load(t.Context(), files{"a.rego": denyBad, "sub/x.tar.gz": packed})
	require.ErrorContains(t, err, "sub/x.tar.gz: a bundle archive stands at the top")
	_, err = load(t.Context(), files{"x.tar.gz": one(tar.Header{Name: "sub/a.rego"}, "package mcp.policy.a\n\ndeny := 1")})
	require.ErrorContains(t, err, "x.tar.gz/sub/a.rego:3: deny is not a set")
}

func TestArchiveSkips(t *testing.T) {
	p := mustLoad(t, files{"x.tar.gz": gzipOf(t, tarOf(t, []tar.Header{
		{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "commit"}},
		{Name: "a.rego"}, {Name: ".signatures.json"}, {Name: "x/.git/config.json"}, {Name: "b_test.rego"}, {Name: "testdata/x.json"}, {Name: "README.md"},
	}, "", denyBad, "nonsense", "nonsense", "package b_test\n\nnonsense(", "nonsense", "nonsense"))})
	require.Equal(t, []string{"a"}, p.Policies())
}

func FuzzArchive(f *testing.F) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i := range 2 {
		h := tar.Header{Name: fmt.Sprintf("%d/data.json", i), Size: 2}
		if w.WriteHeader(&h) != nil {
			f.Fatal("tar")
		}
		if _, err := w.Write([]byte("{}")); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		// It may fail in any way but a panic, and never without the file beside it.
		p, err := load(t.Context(), files{"a.rego": denyBad, "x.tar.gz": gzipOf(t, raw)})
		if err == nil {
			require.Contains(t, p.Policies(), "a")
		}
	})
}

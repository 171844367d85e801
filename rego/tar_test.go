package rego_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// goTar reads an archive with archive/tar, as far as that goes.
func goTar(raw []byte) ([]rego.TarMember, error) {
	tr := tar.NewReader(bytes.NewReader(raw))
	var members []rego.TarMember
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return members, nil
		}
		if err != nil {
			return members, err
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			return members, err
		}
		if h.Typeflag != tar.TypeXGlobalHeader {
			members = append(members, rego.TarMember{Name: h.Name, Dir: h.Typeflag == tar.TypeDir, Content: string(content)})
		}
	}
}

// tarSamples are archives as tools write them.
func tarSamples(t testing.TB) map[string][]byte {
	t.Helper()
	long := strings.Repeat("directory/", 12) + "data.json"
	samples := map[string][]byte{}
	for name, headers := range map[string][]tar.Header{
		"POSIX":              {{Name: "a/", Typeflag: tar.TypeDir}, {Name: "a/data.json"}, {Name: long}},
		"PAX":                {{Name: "a.rego", Format: tar.FormatPAX, PAXRecords: map[string]string{"comment": "c"}}, {Name: "é.rego", Format: tar.FormatPAX}, {Name: strings.Repeat("n", 200), Format: tar.FormatPAX}},
		"GNU":                {{Name: "a.rego", Format: tar.FormatGNU}, {Name: strings.Repeat("n", 101), Format: tar.FormatGNU}, {Name: strings.Repeat("n", 100), Format: tar.FormatGNU}},
		"git archive":        {{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "9a1b"}}, {Name: "a.rego"}},
		"nothing":            {},
		"a directory's dots": {{Name: "./", Typeflag: tar.TypeDir}, {Name: "./a.rego"}},
	} {
		var buf bytes.Buffer
		w := tar.NewWriter(&buf)
		for _, h := range headers {
			content := ""
			if h.Typeflag == 0 {
				content = strings.Repeat("x", len(h.Name)*7)
				h.Size, h.Mode = int64(len(content)), 0o644
			}
			require.NoError(t, w.WriteHeader(&h))
			_, err := w.Write([]byte(content))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		samples[name] = buf.Bytes()
	}
	return samples
}

func TestTar(t *testing.T) {
	for name, raw := range tarSamples(t) {
		t.Run(name, func(t *testing.T) {
			got, err := rego.ReadTar(raw)
			require.NoError(t, err)
			want, err := goTar(raw)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

// What is taken of a tar archive, archive/tar reads in the same way.
func FuzzTar(f *testing.F) {
	for _, raw := range tarSamples(f) {
		f.Add(raw)
	}
	for _, c := range tarCases(f) {
		if len(c.raw) < 8<<10 { // large ones are slow to change
			f.Add(c.raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := rego.ReadTar(checksummed(raw))
		if err != nil {
			return
		}
		want, err := goTar(checksummed(raw))
		if err != nil {
			return // it refuses fields that are not read, such as times
		}
		require.Equal(t, want, got)
	})
}

// checksummed is raw with the checksum of each block that may be a header, so
// that not every change ends at it.
func checksummed(raw []byte) []byte {
	raw = bytes.Clone(raw)
	for at := 0; at+512 <= len(raw); at += 512 {
		if block := raw[at : at+512]; bytes.HasPrefix(block[257:], []byte("ustar")) {
			sumHeader(block)
		}
	}
	return raw
}

func sumHeader(block []byte) {
	copy(block[148:156], "        ")
	sum := 0
	for _, c := range block {
		sum += int(c)
	}
	copy(block[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

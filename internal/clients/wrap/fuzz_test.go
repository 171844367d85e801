package wrap_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
)

// FuzzWrap holds for any text: it is left alone with an error, or it is wrapped
// so that wrapping again changes nothing and unwrapping gives every byte back.
func FuzzWrap(f *testing.F) {
	paths := []string{"/h/.cursor/mcp.json", "/h/.codex/config.toml", "/h/.continue/config.yaml", "/h/.config/opencode/opencode.json", "/h/.config/goose/config.yaml"}
	kinds := map[string]uint8{".json": 0, ".toml": 1, ".yaml": 2}
	for file := range placed {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kinds[filepath.Ext(file)], data)
	}
	for seed := range uint64(20) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 4))}
		f.Add(uint8(0), []byte(g.config()))
		f.Add(uint8(1), []byte(g.toml()))
		f.Add(uint8(2), []byte(g.yaml()))
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		format, err := wrap.FormatOf(paths[int(kind)%len(paths)], data)
		if err != nil {
			return
		}
		opts := wrap.Options{Runner: own}
		r, err := wrap.Wrap(format, data, opts)
		if err != nil {
			return
		}
		again, err := wrap.Wrap(format, r.Data, opts)
		require.NoError(t, err)
		require.Equal(t, string(r.Data), string(again.Data))
		backup, err := wrap.Backup(format, data, nil, own)
		require.NoError(t, err)
		if err := wrap.Check(format, r.Data, backup, own); !errors.Is(err, wrap.ErrInexact) {
			require.NoError(t, err)
		} else {
			t.Errorf("inexact:\n%s\n%s\n%s", data, r.Data, backup)
		}
		_, err = wrap.Show(format, r.Data, own, func(s string) string { return s })
		require.NoError(t, err)
	})
}

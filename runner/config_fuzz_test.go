package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

// What parses and goes out again parses to an equal config.
func FuzzParseRunConfig(f *testing.F) {
	files, err := filepath.Glob("../testdata/runconfigs/*.json")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"image": "a", "x": {"y": [1.50, null, {"z": "\u00e9"}]}}`))
	f.Add([]byte(`{"permission_profile": {"network": {}}, "header_forward": {"x": 1}}`))
	f.Add([]byte(`{"env_vars": {"a": "b", "A": "c"}, "cmd_args": [], "oidc_config": {}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := runner.ParseRunConfig(data)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		out, err := c.MarshalJSON()
		require.NoError(t, err)
		again, err := runner.ParseRunConfig(out)
		require.NoError(t, err)
		require.Equal(t, c, again)
		require.Equal(t, c, c.Clone())
		if c.Validate() == nil {
			require.NoError(t, again.Validate())
		}
	})
}

func FuzzParseVolume(f *testing.F) {
	for _, s := range []string{"/a:/b:ro", `C:\a:/b`, "data:/data", "volume://a:/b", "v://x:/d", "~/x:/y:rw", "/a", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := runner.ParseVolume(s)
		if err != nil {
			return
		}
		require.NotEmpty(t, m.Source)
		require.True(t, strings.HasPrefix(m.Target, "/"), m.Target)
		spec := m.Source + ":" + m.Target + ":rw"
		if m.ReadOnly {
			spec = m.Source + ":" + m.Target + ":ro"
		}
		again, err := runner.ParseVolume(spec)
		require.NoError(t, err, spec)
		require.Equal(t, m, again)
	})
}

func FuzzParsePublish(f *testing.F) {
	for _, s := range []string{"80", "8080:80/udp", "127.0.0.1:8080:80", "[::1]::80/tcp", "::", "0:0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := runner.ParsePublish(s)
		if err != nil {
			return
		}
		require.True(t, 0 <= m.HostPort && m.HostPort <= 65535, m.HostPort)
		require.True(t, 1 <= m.ContainerPort && m.ContainerPort <= 65535, m.ContainerPort)
		require.Contains(t, []string{"", "udp"}, m.Protocol)
	})
}

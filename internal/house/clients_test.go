package house_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// clientConfig is the configuration of an MCP client, in either of its forms.
type clientConfig struct {
	MCPServers map[string]clientServer `json:"mcpServers"`
	Servers    map[string]clientServer `json:"servers"`
}

type clientServer struct {
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
}

var jsonBlock = regexp.MustCompile("(?ms)^ *```json\n(.*?)^ *```")

// TestClientsPassTheirVariablesOn holds that what a client's configuration has
// under env, which reaches mcp-runner only, is asked for with -e as well: in
// the examples and in every JSON block of the documents.
func TestClientsPassTheirVariablesOn(t *testing.T) {
	t.Parallel()
	configs := map[string][]string{}
	for name, text := range texts(t) {
		switch {
		case strings.HasPrefix(name, "examples/clients/") && strings.HasSuffix(name, ".json"):
			configs[name] = append(configs[name], text)
		case strings.HasSuffix(name, ".md"):
			for _, m := range jsonBlock.FindAllStringSubmatch(text, -1) {
				if strings.Contains(m[1], `"command": "mcp-runner"`) {
					configs[name] = append(configs[name], m[1])
				}
			}
		}
	}
	require.NotEmpty(t, configs)
	for name, blocks := range configs {
		for _, block := range blocks {
			var c clientConfig
			require.NoError(t, json.Unmarshal([]byte(block), &c), name)
			require.NotZero(t, len(c.MCPServers)+len(c.Servers), "%s: no server", name)
			for _, servers := range []map[string]clientServer{c.MCPServers, c.Servers} {
				for _, server := range servers {
					checkClientServer(t, name, server)
				}
			}
		}
	}
}

func checkClientServer(t *testing.T, file string, s clientServer) {
	t.Helper()
	require.Equal(t, "mcp-runner", s.Command, file)
	own := s.Args
	if i := slices.Index(own, "--"); i >= 0 {
		own = own[:i]
	}
	require.GreaterOrEqual(t, len(own), 2, file)
	require.Equal(t, "run", own[0], file)
	require.Contains(t, own, "--stdio", file)
	for name := range s.Env {
		i := slices.Index(own, name)
		require.Positive(t, i, "%s: %s is under env and not in args: the server does not get it", file, name)
		require.Contains(t, []string{"-e", "--env"}, own[i-1], file)
	}
}

package docker_test

import (
	"strings"
	"testing"

	"github.com/moby/moby/api/types/jsonstream"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner/docker"
)

func TestProgressOnATerminal(t *testing.T) {
	const name = "docker.io/acme/x@sha256:1111111111111111111111111111111111111111111111111111111111111111"
	messages := []jsonstream.Message{
		{Status: "Pulling from acme/x", ID: "1"},
		{Status: "Pulling fs layer", ID: "aaa"},
		{Status: "Already exists", ID: "bbb"},
		{Status: "Downloading", ID: "aaa", Progress: &jsonstream.Progress{Current: 1e6, Total: 3e6}},
		{Status: "\x1b[31mevil", ID: "ccc"},
		{Status: "Pull complete", ID: "aaa"},
	}
	var b strings.Builder
	docker.ShowProgress(&b, 200, name, messages...)
	lines := strings.Split(b.String(), "\r\x1b[K")
	require.Equal(t, []string{"",
		"pulling " + name,
		"pulling 0 of 1 layers, 0B of 0B, " + name,
		"pulling 1 of 2 layers, 0B of 0B, " + name,
		"pulling 1 of 2 layers, 1MB of 3MB, " + name,
		"pulling 2 of 2 layers, 3MB of 3MB, " + name,
		"pulled " + name + "\n",
	}, lines)

	b.Reset()
	docker.ShowProgress(&b, 30, name, messages...)
	for _, line := range strings.Split(b.String(), "\r\x1b[K") {
		require.Less(t, len(strings.TrimSuffix(line, "\n")), 30)
	}
}

func TestPlainHTTPOnlyOnLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost:5000": true, "127.0.0.1:5000": true, "127.8.9.1": true, "[::1]:5000": true,
		"10.0.0.1:5000": false, "192.168.1.1": false, "registry.example": false, "x.localhost:5000": false,
		"localhost.example:5000": false, "127.0.0.1.example": false, "169.254.169.254": false,
	} {
		require.Equal(t, want, docker.Loopback(host), host)
	}
}

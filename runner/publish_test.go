package runner_test

import (
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestParsePublish(t *testing.T) {
	for s, want := range map[string]runner.PortMapping{
		"80":                         {ContainerPort: 80},
		"80/tcp":                     {ContainerPort: 80},
		"80/udp":                     {ContainerPort: 80, Protocol: "udp"},
		"8080:80":                    {HostPort: 8080, ContainerPort: 80},
		"8080:80/udp":                {HostPort: 8080, ContainerPort: 80, Protocol: "udp"},
		"0:80":                       {ContainerPort: 80},
		"127.0.0.1:8080:80":          {HostIP: "127.0.0.1", HostPort: 8080, ContainerPort: 80},
		"0.0.0.0:8080:80":            {HostIP: "0.0.0.0", HostPort: 8080, ContainerPort: 80},
		"127.0.0.1::80":              {HostIP: "127.0.0.1", ContainerPort: 80},
		"[::1]:8080:80":              {HostIP: "::1", HostPort: 8080, ContainerPort: 80},
		"[0:0::1]:8080:80":           {HostIP: "::1", HostPort: 8080, ContainerPort: 80},
		"[::ffff:127.0.0.1]:8080:80": {HostIP: "127.0.0.1", HostPort: 8080, ContainerPort: 80},
		"[fe80::1%eth0]:65535:65535": {HostIP: "fe80::1%eth0", HostPort: 65535, ContainerPort: 65535},
	} {
		m, err := runner.ParsePublish(s)
		require.NoError(t, err, s)
		require.Equal(t, want, m, s)
	}
	for s, want := range map[string]string{
		"":                    "port of the container",
		"/tcp":                "port of the container",
		"0":                   "port of the container is 0",
		"8080:0":              "port of the container is 0",
		"8080:":               "port of the container",
		":80":                 "no port of the host",
		"::80":                "not an IP address",
		"a:80":                "port of the host",
		"-1:80":               "port of the host",
		"+1:80":               "port of the host",
		"65536:80":            "port of the host",
		"80:65536":            "port of the container",
		"8000-8010:80":        "port of the host",
		"localhost:8080:80":   "not an IP address",
		"127.1:8080:80":       "not an IP address",
		"::1:8080:80":         "brackets",
		"[127.0.0.1]:8080:80": "brackets",
		"[::1:8080:80":        "not an IP address",
		"80/sctp":             "protocol is not tcp or udp",
		"80/":                 "protocol is not tcp or udp",
		"80/tcp/udp":          "protocol is not tcp or udp",
		" 80":                 "port of the container",
	} {
		_, err := runner.ParsePublish(s)
		require.ErrorContains(t, err, want, s)
	}
}

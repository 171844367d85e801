package gate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

func TestRedactText(t *testing.T) {
	for _, marked := range []string{
		`exec: "server --token=«abcdef»": not found`, `server: unknown option --token «abcdef»`, `run [--api-key «abcdef» --x]: exit status 1`,
		`401 from https://api.example.com/?api_key=«abcdef:» no`, `Get "https://u:«abcdef»@host/x": dial tcp: lookup host: no such host`,
		`Post "https://mcp.example.com/api/s/«Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p»/mcp": EOF`, `bad token «ghp_abcdefghijklmnopqrstuvwxyz0123456789»`,
		`key «Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p» is not valid`, `DB_PASSWORD=«abcdef» server: exit status 1`, `header "Authorization: Bearer «abc123def»" is not valid`,
		`{"level":"ERROR","msg":"no","token":"«abcdef»"}`, `server said {"error":"x","api_key":"«abcdef»"}`, `curl -u ann:«abcdef» failed`, `X-Api-Key:«abcdef» refused`,
		`{password: «abc123», x: {token: "«abc 123»"}, y: '""'}`, `x: {a: 1, api_key: '«abc123»'}`, `sh -c "mysql -h db -p«abcdef» x; mysqldump -p'«ab cd»' y"`,
		`sh -c "sshpass -p «abc123» ssh host"`, `redis-cli -h x -a «abc123» ping`,
		`the value «hunter2-canary» of --password=«hunter2-canary» is wrong`,
	} {
		t.Run(marked, func(t *testing.T) {
			got := gate.RedactText(strings.NewReplacer("«", "", "»", "").Replace(marked))
			require.Equal(t, redactMarked(marked), got)
			require.Equal(t, got, gate.RedactText(got))
		})
	}
	for _, text := range []string{
		"", "x", `command "npx": executable file not found in $PATH`, "policy source ./policy: x.rego:3: deny is not a set",
		"image ghcr.io/acme/search:1: containers are not supported", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "550e8400-e29b-41d4-a716-446655440000",
		`2026/01/02 03:04:05 WARN decision id=550e8400-e29b-41d4-a716-446655440000 allowed=false server=srv revision=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 denied_by=[images.registry]`,
		`{"time":"2026-01-02T03:04:05.006Z","level":"WARN","msg":"decision","allowed":false,"server":"srv","denied_by":["secrets.clear"],"warned_by":[]}`,
		"flag needs an argument: --token", "flag --token requires a value", "--password is not a flag; see --help", "unknown flag: --api-key in config", "token: expired",
		"secret github-token: variable MCP_RUNNER_SECRET_GITHUB_TOKEN is not set", "open /tmp/Build2Out/Xy9Zk3vQ9xL2mT8bR5wY1nC7dF/policy: no such file or directory",
		"server creation blocked by policy: images.registry: image \"evil/x\" is not in an approved registry", "dial tcp 127.0.0.1:8080: connect: connection refused",
		"listen tcp [::1]:443: bind: permission denied", `Get "https://mcp.example.com/v1/tools?page=2": context deadline exceeded`, "token limit of 4096 exceeded",
		"{token: ''}", `{token: "'"}`, "mysql -p", "mysql --host x -P 3306", "the fields {token: string, name: x}", "redis-cli --all ping -a",
		"deployment my-server-7d9c5b8f6d-x2x4z: not ready", "the password must not be empty", "port: 99999 is not a number from 1 to 65535",
	} {
		require.Equal(t, text, gate.RedactText(text))
	}
}

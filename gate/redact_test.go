package gate_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	secrets "github.com/mcp-runner/mcp-runner/internal/canaries"
	"github.com/mcp-runner/mcp-runner/runner"
)

// process is a resolved config of a local process.
func process(args ...string) *runner.RunConfig {
	return &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion,
		Name:          "srv",
		Transport:     runner.TransportStdio,
		Command:       "server",
		CmdArgs:       args,
		Resolved: &runner.Resolved{Command: &runner.ResolvedCommand{
			Argv0: "/usr/bin/server", Path: "/usr/lib/server/bin", SHA256: strings.Repeat("ab", 32),
		}},
	}
}

func inputFor(t *testing.T, cfg *runner.RunConfig) gate.Input {
	t.Helper()
	in, err := gate.InputFor(cfg)
	require.NoError(t, err)
	return in
}

// Each value is written name=value; the part that must go stands in «».
func TestRedactedVariables(t *testing.T) {
	for reason, values := range map[string][]string{
		"name": {
			"DB_PASSWORD=«hunter2»", "API_KEY=«abc def»", "apiKey=«shortone»", "GITHUB_TOKEN=«notoken»", "TOKEN=«x;y z»",
			"CLIENT_SECRET=«a,b,c»", "AWS_SECRET_ACCESS_KEY=«abcdef»", "PGPASSWORD=«hunter2»", "SECRET_KEY_BASE=«abcdef»",
			"AUTHORIZATION=Bearer «abcdefg»", "BASIC_AUTH=«user:pass»", "SESSION_COOKIE=«abcdef»", "GITHUB_PAT=«abcdef»",
			"STRIPE_SIGNING_KEY=«abcdef»", "VAULT_SECRET_ID=«abcdef»", "DB_PWD=«abcdef»", "SMTP_PASS=«abcdef»",
			"SSH_PRIVATE_KEY=«abcdef»", "OPENAI_APIKEY=«abcdef»", "MYSECRETS=«abcdef»", "PASSPHRASE=«correct horse battery»",
			"GOOGLE_CREDENTIALS=«{\"type\": \"service_account\"}»", "PASSWORD=«123456»", "DSN=host=db password=«hunter2»",
			"CONN=Server=db;Password=«hunter2»;Timeout=3", "HEADERS=X-Api-Key: «abcdef»", "ACCOUNT=AccountKey=«abcdef»;Name=x",
			"CONFIG={\"a\":{\"password\":\"«hunter2»\"}}", "YAML=a: b\npassword: «hunter2»\nc: d", "LINE=Cookie: «a=b; c=d»",
			"ADMIN_PW=«abcdef»", "OPENAI_KEY=«abcdef»", "STRIPE_KEY=«abcdef»", "CONN=Server=db;Uid=sa;Pwd=«hunter2»;", "LINE=Authorization:«abcdefg»",
			`CONFIG={"name":"API_TOKEN","val":"«abcdef»"}`, `CONFIG={"mode":"evil", "mode":"ok", "a":"\u0041\n", "token":"«abc\"def»"}`,
			`CONFIG=[{"in":"{\"password\":\"«hunter2»\"}"}]`, `CONFIG={"password":"«987654321»"}`,
		},
		"token": {
			"A=«ghp_abcdefghijklmnopqrstuvwxyz0123456789»", "A=x «github_pat_11ABCDEFG0abcdefghij_klmnop» y", "A=«glpat-abcdefghij0123456789»",
			"A=«xoxb-123456789012-abcdefghijkl»", "A=«sk-abcdefghijklmnop0123»", "A=«sk-ant-api03-abcdefghijklm-nop»", "A=«AKIAIOSFODNN7EXAMPLE»",
			"A=«AIzaSyA1234567890abcdefghijklmnopqrstuv»", "A=«ya29.a0AfH6SMBabcdefghij»",
			"A=«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop»", "A=«npm_abcdefghijklmnopqrstuvwxyz0123456789»",
			"A=«pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDA»", "A=«hf_abcdefghijklmnopqrstuvwxyzABCD»", "A=«dop_v1_0123456789abcdef0123456789abcdef»",
			"A=«SG.abcdefghijklmnopqrst.abcdefghijklmnopqrst»", "A=«sk_live_abcdefghij0123456789»",
			"A=«-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----» tail", "A=send Bearer «abc123def456» now",
			"A=Basic «dXNlcjpodW50ZXIy»", "A=https://hooks.slack.com/services/«T0/B0/abcdef»", "NODE_OPTIONS=--x=«ghp_abcdefghijklmnopqrstuvwxyz0123456789»",
		},
		"entropy": {
			"A=«Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p»", "A=use «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY» here", "A=«0f4b1a9c7e2d8563b1c0a9f8e7d65c3b»",
			"A=«q8w7e6r5t4y3u2i1o0p9a8s7d6f5»", "A=https://api.example.com/x?id=«Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p»",
		},
		"url": {
			"DATABASE_URL=postgres://app:«hunter2»@db:5432/app", "A=https://user:«p%40ss»@host/path", "A=https://«sometoken»@example.com/repo.git",
			"A=https://x/?api_key=«abcdef»&page=2", "A=https://x/?a=1&X-Amz-Signature=«abcdef»", "A=https://x/#access_token=«abcdef»",
			"A=see https://x/?key=«abcdef» and more", "A=redis://:«hunter2»@cache:6379/0", "MYSQL=root:«hunter2»@tcp(127.0.0.1:3306)/db",
			"A=https://mcp.example.com/api/mcp/s/«Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p»/mcp", "A=https://x/hooks/«550e8400-e29b-41d4-a716-446655440000»",
			"A=https://x/a;token=«abcdef»", "A=amqp://u:«pa/ss»@host/vhost", "A=https://x/?%74oken=«abcdef»",
		},
	} {
		for _, text := range values {
			t.Run(reason+"/"+text, func(t *testing.T) {
				name, marked, _ := strings.Cut(text, "=")
				value := strings.NewReplacer("«", "", "»", "").Replace(marked)
				cfg := process()
				cfg.EnvVars = map[string]string{name: value}
				in := inputFor(t, cfg)
				want := redactMarked(marked)
				require.Equal(t, gate.Variable{Name: name, Source: "literal", Value: want, Redacted: true}, in.Server.Environment[0])
				require.Equal(t, map[string]any{name: want}, in.Config["env_vars"])
				require.Equal(t, []gate.Redaction{
					{Path: "/config/env_vars/" + name, Reason: reason}, {Path: "/server/environment/0/value", Reason: reason},
				}, in.Server.Redactions)
				// Once more changes nothing.
				d, _ := newGate(t).Decide(t.Context(), in)
				d.Input.Context = gate.Context{}
				in.Context = gate.Context{}
				require.Equal(t, toJSON(t, in), toJSON(t, d.Input))
			})
		}
	}
}

func redactMarked(s string) string {
	for {
		start, end := strings.Index(s, "«"), strings.Index(s, "»")
		if start < 0 {
			return s
		}
		s = s[:start] + gate.Redacted + s[end+len("»"):]
	}
}

func TestRedactedArguments(t *testing.T) {
	for text, reason := range map[string]string{
		"--token=«abc;def,x y»":                        "argument",
		"--token|«abc def»":                            "argument",
		"-token|«abcdef»|--other":                      "argument",
		"--api-key|«-abcdef»":                          "argument",
		"-H|Authorization: Bearer «abcdef»":            "argument",
		"--header|X-Api-Key: «abcdef»":                 "argument",
		"--header|X-Api-Key:«abcdef»":                  "argument",
		"-H|Authorization:«abcdefg»":                   "argument",
		"--header=X-Api-Key:«abcdef»":                  "argument",
		"-c|curl -u ann:«abcdef» https://x/":           "argument",
		"-u|ann:«abc:def»":                             "argument",
		"--user=ann:«abcdef»":                          "argument",
		"-e|DB_PASSWORD=«abc,def;g»":                   "argument",
		"-lc|A_TOKEN=«abcdef» evil --x":                "argument",
		"-e|a_token=\"«abc def»\"; evil('x')":          "argument",
		"-e|A_TOKEN=«correct horse»":                   "argument",
		"-S|A_TOKEN=«abcdef» evil":                     "argument",
		"/password:«abcdef»":                           "argument",
		"-c|curl --token «abcdef» https://x/":          "argument",
		"-c|FOO=1 API_KEY='«abc def»' run --x":         "argument",
		"-c|curl -H \"Authorization: Basic «abcdef»\"": "argument",
		"--dsn|user=a,password=«b»,host=c":             "argument",
		"--json|{\"token\":\"«abcdef»\"}":              "name",
		"--db|postgres://u:«hunter2»@h/db":             "url",
		"«ghp_abcdefghijklmnopqrstuvwxyz0123456789»":   "token",
		"--x|«Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p»":        "entropy",
	} {
		t.Run(text, func(t *testing.T) {
			var args, want []string
			redacted := -1
			for i, marked := range strings.Split(text, "|") {
				args = append(args, strings.NewReplacer("«", "", "»", "").Replace(marked))
				want = append(want, redactMarked(marked))
				if args[i] != want[i] {
					redacted = i
				}
			}
			in := inputFor(t, process(args...))
			require.Equal(t, want, in.Server.Command.Args)
			require.Equal(t, []gate.Redaction{
				{Path: fmt.Sprintf("/config/cmd_args/%d", redacted), Reason: reason},
				{Path: fmt.Sprintf("/server/command/args/%d", redacted), Reason: reason},
			}, in.Server.Redactions)
		})
	}
}

func TestHarmlessStaysWhole(t *testing.T) {
	cfg := process(
		"-y", "@modelcontextprotocol/server-everything@2026.1.26", "--port", "8080", "--token-file", "/run/secrets/token",
		"--no-token", "true", "--max-tokens", "4096", "--token=$TOKEN", "--api-key", "${API_KEY}", "mcp-server-fetch==2025.4.7",
		"golang.org/x/tools@v0.0.0-20260820222146-c27c302e5fc3", "550e8400-e29b-41d4-a716-446655440000", "--read-only",
		"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "c27c302e5fc3d1a2b3c4d5e6f708192a3b4c5d6e",
		"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==", "/usr/lib/node_modules/npm/bin/npx-cli.js",
		"./Build2Out/Xy9Zk3vQ9xL2mT8bR5wY1nC7dF/main", "https://example.com/a/550e8400-e29b-41d4-a716-446655440000/c27c302e5fc3d1a2b3c4d5e6f708192a3b4c5d6e?page=2&sort=asc#top", "git+https://git@github.com/acme/server.git",
		"TheQuickBrownFoxJumpsOverTheLazyDog", "pneumonoultramicroscopicsilicovolcanoconiosis", "my-server-7d9c5b8f6d-x2x4z",
		"--log-level=debug", "-e", "PATH=/usr/bin:/bin", "ghcr.io/acme/secret:1.2.3", "npm:react@18.2.0", "token: the one that you were given",
		"X-Custom-Header-Name-V2-Beta", "2026-11-22T12:42:47.000Z", "com.example.mcp.TestServerWithLongCamelCaseName2", "arn:aws:iam::123456789012:role/MyRole",
		`{"a":[1,2.50,12345678901234567890],"tokens":4096,"path":"/x"}`, "task-12345678901234567890-risk", "sk-learn-something-with-words",
		"Basic authentication", "bearer authentication", "--user=1000:1000", "--user", "node:node", "-u", "root:docker", "alpine:3.20@sha256:"+strings.Repeat("9f86d081", 8),
	)
	cfg.EnvVars = map[string]string{
		"TOKEN_URL": "https://auth.example.com/oauth/token", "SECRET_FILE": "/run/secrets/x", "GOOGLE_APPLICATION_CREDENTIALS": "/home/u/key.json",
		"AWS_ACCESS_KEY_PATH": "x", "MAX_TOKENS": "200000", "TOKENIZERS_PARALLELISM": "false", "AUTH": "none", "AUTH_MODE": "oauth", "SECRETARY": "Ann Example",
		"SSH_AUTH_SOCK": "/run/user/1000/keyring/ssh", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus", "PWD": "/home/u", "XDG_SESSION_ID": "3",
		"KEY": "value", "PUBLIC_KEY": "abcdef", "CACHE_KEY": "abcdef", "SORT_KEY": "abcdef", "PARTITION_KEY": "abcdef", "OPENAI_KEY_ID": "abcdef", "SSH_KEY_PATH": "x", "GIT_ASKPASS": "echo", "PASSWORD": "", "NPM_TOKEN": "${NPM_TOKEN}", "COMPASS": "north", "BYPASS": "x",
		"NODE_OPTIONS": "--require Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p", "LD_PRELOAD": "libZk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p.so", "PYTHONSTARTUP": "Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p",
		"MONKEY_NAME": "George", "PRIMARY_KEY": "id", "SESSION_TIMEOUT": "30m", "COOKIE_DOMAIN": "example.com", "KEYCLOAK_URL": "https://sso.example.com",
	}
	cfg.HostEnv = []string{"GITHUB_TOKEN"}
	cfg.Secrets = []string{"github-token,target=GITHUB_TOKEN"}
	cfg.ContainerLabels = map[string]string{"team": "platform", "commit": "c27c302e5fc3d1a2b3c4d5e6f708192a3b4c5d6e"}
	cfg.AuthzConfig = jsontext.Value(`{"version":"1.0","type":"cedarv1","cedar":{"policies":["permit(principal, action == Action::\"call_tool\", resource == Tool::\"weather\");"],"entities_json":"[]"}}`)
	cfg.OIDCConfig = jsontext.Value(`{"issuer":"https://sso.example.com","client_id":"abc","jwks_auth_token_file":"/run/token","client_secret_file":"/run/secret","token_url":"https://sso.example.com/token"}`)
	cfg.RemoteAuthConfig = jsontext.Value(`{"client_secret":"OAUTH_CLIENT,target=oauth_secret","scopes":["read","token"],"bearer_token_file":"/run/bearer"}`)
	cfg.HeaderForward = &runner.HeaderForward{
		AddPlaintextHeaders:  map[string]string{"X-Tenant": "acme"},
		AddHeadersFromSecret: map[string]string{"Authorization": "remote-token"},
	}
	cfg.K8sPodTemplatePatch = `{"spec":{"serviceAccountName":"mcp","volumes":[{"name":"s","secret":{"secretName":"tls-cert","items":[{"key":"tls.key","path":"k"}]}}],` +
		`"containers":[{"name":"mcp","env":[{"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":"tokens","key":"github"}}}]}]}}`
	in := inputFor(t, cfg)
	require.Empty(t, in.Server.Redactions)
	require.Equal(t, cfg.CmdArgs, in.Server.Command.Args)
	data, err := json.Marshal(cfg)
	require.NoError(t, err)
	require.JSONEq(t, string(data), toJSON(t, in.Config))
}

// A secret that was found in one place is replaced in all others.
func TestOneSecretManyPlaces(t *testing.T) {
	const secret = "hunter2-canary" // found by the name of a variable only
	cfg := process("run", secret, "prefix:"+secret, base64.StdEncoding.EncodeToString([]byte(secret)))
	cfg.EnvVars = map[string]string{"DB_PASSWORD": secret, "COPY": secret, "HEX": "x" + hex.EncodeToString([]byte(secret))}
	cfg.ContainerLabels = map[string]string{"note": secret}
	cfg.Extra = jsontext.Value(`{"later":{"deep":["` + secret + `"]}}`)
	text := toJSON(t, inputFor(t, cfg))
	require.NotContains(t, text, secret)
	require.NotContains(t, text, base64.RawStdEncoding.EncodeToString([]byte(secret)))
	require.NotContains(t, text, hex.EncodeToString([]byte(secret)))

	// Also where it stands in the middle of what is encoded. Behind the name of a
	// digest it is not its randomness that tells.
	for _, form := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		for _, around := range []string{"", "u", "u:", "u:p", "u?>p"} {
			cfg := process("md5:" + form.EncodeToString([]byte(around+secret+around)))
			cfg.EnvVars = map[string]string{"DB_PASSWORD": secret}
			in := inputFor(t, cfg)
			require.Contains(t, in.Server.Command.Args[0], gate.Redacted)
			for _, part := range secrets.Forms(secret) {
				require.NotContains(t, in.Server.Command.Args[0], part)
			}
		}
	}

	// And the same, found in the config.
	cfg = process("run", secret)
	cfg.OIDCConfig = jsontext.Value(`{"client_secret":"` + secret + `"}`)
	require.NotContains(t, toJSON(t, inputFor(t, cfg)), secret)
}

// Whoever names a variable PASSWORD must not hide from policies what it is
// equal to.
func TestNamingHidesNothing(t *testing.T) {
	for _, value := range []string{
		"evil.example.com", "acme-server", "/var/run/docker.sock", "--privileged", "0.0.0.0", "docker.sock", "library", "http://evil.example.com/mcp", "privileged",
	} {
		t.Run(value, func(t *testing.T) {
			cfg := process("--host", "0.0.0.0", "--privileged", "-v", "/var/run/docker.sock:/s", "http://evil.example.com/mcp")
			cfg.Name, cfg.Group = "acme-server", "library"
			cfg.Volumes = []string{"/var/run/docker.sock:/var/run/docker.sock"}
			cfg.Resolved.Mounts = []runner.Mount{{Source: "/var/run/docker.sock", Resolved: "/run/docker.sock", Target: "/var/run/docker.sock"}}
			want := inputFor(t, cfg)
			cfg.EnvVars = map[string]string{"PASSWORD": value, "LD_PRELOAD": value}
			in := inputFor(t, cfg)
			require.Equal(t, value, in.Server.Environment[0].Value, "a loader variable")
			in.Server.Environment, in.Server.Redactions = want.Server.Environment, want.Server.Redactions
			delete(in.Config, "env_vars")
			require.Equal(t, toJSON(t, want), toJSON(t, in))
		})
	}
	t.Run("entropy", func(t *testing.T) {
		const name = "Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p"
		in := inputFor(t, &runner.RunConfig{
			Image: "alpine", Name: name, Volumes: []string{name + ":/data"},
			Resolved: &runner.Resolved{Mounts: []runner.Mount{{Source: name, Resolved: name, Target: "/data"}}},
		})
		require.Empty(t, in.Server.Redactions)
	})
	t.Run("image", func(t *testing.T) {
		in := inputFor(t, &runner.RunConfig{Image: "postgres/tool:1", EnvVars: map[string]string{"POSTGRES_PASSWORD": "postgres"}})
		require.Equal(t, "postgres/tool", in.Server.Image.Repository)
	})
}

package gate_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// A short path stays visible whatever the flag before it is called.
func TestPathsAreNotHidden(t *testing.T) {
	for _, path := range []string{"/", "/etc", "~/", "~/x", "./x", "../x", `C:\`, `C:\Program Files\x`} {
		for _, args := range [][]string{{"--pass", path}, {"--token=" + path}, {"-e", "X_TOKEN=" + path}} {
			in := inputFor(t, process(args...))
			require.Equal(t, args, in.Server.Command.Args)
			require.Empty(t, in.Server.Redactions)
		}
	}
	in := inputFor(t, process("--token", "/Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p"))
	require.Equal(t, []string{"--token", gate.Redacted}, in.Server.Command.Args)
}

// What only its name made a secret is replaced elsewhere only where it is no
// word that a policy could ask for.
func TestSecretsByNameHideNothingElsewhere(t *testing.T) {
	cfg := process("--cap-add=SYS_ADMIN", "-e", "NODE_ENV=development", "--name", "tenant prod", "tenant%20prod", "ghcr.io/evil/image")
	cfg.EnvVars = map[string]string{"NODE_ENV": "development"}
	want := inputFor(t, cfg)
	for name, value := range map[string]string{
		"X_TOKEN": "SYS_ADMIN", "Y_TOKEN": "development", "Z_TOKEN": "tenant prod", "NOTE": "Bearer ghcr.io/evil/image",
		"SLACK": "https://hooks.slack.com/services/development", "URL": "postgres://u:development@db/x",
	} {
		t.Run(name, func(t *testing.T) {
			other := *cfg
			other.EnvVars = map[string]string{"NODE_ENV": "development", name: value}
			in := inputFor(t, &other)
			require.Equal(t, want.Server.Command.Args, in.Server.Command.Args)
			require.Equal(t, "development", in.Server.Environment[0].Value)
			require.NotEmpty(t, in.Server.Redactions)
		})
	}
}

// An encoding of a guessable value is as guessable: it does not reach what
// policies decide on.
func TestSecretsByNameDoNotReachFixedFields(t *testing.T) {
	for _, value := range []string{"tenant prod", "tenant prod 2026!", "tenant2026prod"} {
		escaped := strings.ReplaceAll(strings.ReplaceAll(value, " ", "%20"), "!", "%21")
		cfg := &runner.RunConfig{
			Name: "srv", RemoteURL: "https://mcp.example.com/" + escaped + "/x",
			HeaderForward: &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-Token": value}},
			CmdArgs:       []string{"--header", "X-Token=" + value},
		}
		in := inputFor(t, cfg)
		require.Equal(t, "/"+escaped+"/x", in.Server.Remote.Path)
		require.Equal(t, cfg.RemoteURL, in.Server.Source.Reference)
		require.NotContains(t, in.Server.Command.Args[1], value)
	}
}

// Text in JSON is redacted where it stands: what a decoder would drop stays.
func TestDuplicateKeysAreNotHidden(t *testing.T) {
	in := inputFor(t, process(`{"mode":"evil","mode":"ok","token":"abcdefgh"}`, `{"password": 12345678, "x": "\"{\\\"password\\\":1234567}"}`,
		`{"a":"{\"password\":12345678,\"b\":1}"}`, ` [ "--token" , "abcdef" , 1e400 ] `))
	require.Equal(t, []string{
		`{"mode":"evil","mode":"ok","token":"<redacted>"}`, `{"password": "<redacted>", "x": "\"{\\\"password\\\":1234567}"}`,
		`{"a":"{\"password\":\"<redacted>\",\"b\":1}"}`, ` [ "--token" , "<redacted>" , 1e400 ] `,
	}, in.Server.Command.Args)
}

func TestRemotePathHoldsNoKey(t *testing.T) {
	for _, key := range []string{"Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p", "550e8400-e29b-41d4-a716-446655440000"} {
		in := inputFor(t, &runner.RunConfig{
			Name: "srv", RemoteURL: "https://mcp.example.com/api/mcp/s/" + key + "/mcp",
			Extra: jsontext.Value(`{"url":"https://mcp.example.com/api/mcp/s/` + key + `/mcp"}`),
		})
		require.Equal(t, "/api/mcp/s/"+gate.Redacted+"/mcp", in.Server.Remote.Path)
		require.NotContains(t, toJSON(t, in), key)
		require.Contains(t, in.Server.Redactions, gate.Redaction{Path: "/server/remote/path", Reason: gate.ReasonURL})
	}
}

func TestRemotePathParameter(t *testing.T) {
	in := inputFor(t, &runner.RunConfig{Name: "srv", RemoteURL: "https://mcp.example.com/a;token=abcdef/b"})
	require.Equal(t, "/a;token=<redacted>/b", in.Server.Remote.Path)
	require.Equal(t, "https://mcp.example.com/a;token=<redacted>/b", in.Server.Source.Reference)
}

// A host's config may hold any Go value that has a form in JSON.
func TestTypedConfigIsRedacted(t *testing.T) {
	type named string
	type settings struct {
		Password string `json:"password"`
		Note     named  `json:"note"`
	}
	const token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
	text := token
	g := newGate(t, open(t, "s", allowing))
	for name, value := range map[string]any{
		"map": map[string]string{"x": token}, "struct": settings{Password: token, Note: token}, "raw": jsontext.Value(`{"x":"` + token + `"}`),
		"pointer": &text, "named": named(token), "list": []map[string]any{{"x": token}}, "bytes": []byte(token), "number": map[string]int{"password": 123456789},
		"strings": []string{"--password", "123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := g.Decide(t.Context(), gate.Input{Config: map[string]any{"c": value}})
			require.NoError(t, err)
			shown := toJSON(t, d.Input)
			require.Contains(t, shown, `\u003credacted\u003e`)
			for _, secret := range []string{token, "Z2hwX2FiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1Njc4OQ", "123456789\""} {
				require.NotContains(t, shown, secret)
			}
		})
	}
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	for name, config := range map[string]map[string]any{
		"cyclic": cyclic, "channel": {"c": make(chan int)}, "panicking": {"c": panickingValue{}},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, g.Check(t.Context(), gate.Input{Config: config}), gate.ErrUndecided)
			_, err := g.Decide(t.Context(), gate.Input{Config: config})
			require.ErrorIs(t, err, gate.ErrUndecided)
		})
	}
}

type panickingValue struct{}

func (panickingValue) MarshalJSON() ([]byte, error) { panic("hunter2") }

// Of a host and of a path the parts stay that a policy asks for, however the
// rest of it looks.
func TestHostsAndPathsAreNotHidden(t *testing.T) {
	const key = "zk3vq9xl2mt8br5wy1nc7df4gh6jk0p"
	for name, host := range map[string]string{
		"token":        "glpat-abcdefghijklmnopqrst.evil.example",
		"google token": "ya29.abcdefghijklmnopqrst.evil.example",
		"known":        key + ".evil.example",
	} {
		t.Run(name, func(t *testing.T) {
			cfg := &runner.RunConfig{Name: "srv", RemoteURL: "https://" + host + "/mcp"}
			cfg.HeaderForward = &runner.HeaderForward{AddPlaintextHeaders: map[string]string{"X-Token": key + ".evil.example"}}
			in := inputFor(t, cfg)
			require.True(t, strings.HasSuffix(in.Server.Remote.Host, ".evil.example"), in.Server.Remote.Host)

			in = inputFor(t, &runner.RunConfig{
				Name: "srv", Image: host + "/evil/server", EnvVars: map[string]string{"X_TOKEN": key + ".evil.example"},
				PermissionProfile: &runner.PermissionProfile{Network: &runner.NetworkPermissions{
					Outbound: &runner.OutboundPermissions{AllowHost: []string{host}},
				}},
			})
			require.True(t, strings.HasSuffix(in.Server.Image.Registry, ".evil.example"), in.Server.Image.Registry)
			require.True(t, strings.HasSuffix(in.Server.Permissions.Network.Outbound.Hosts[0], ".evil.example"), in.Server.Permissions.Network.Outbound.Hosts)
		})
	}
	for _, path := range []string{"/etc/Zk3vQ9xL2mT8bR5wY1nC7dF4gH6jK0p", "/etc/Zk3/vQ9/xL2/mT8/bR5/wY1/nC7/dF4/gH6"} {
		in := inputFor(t, &runner.RunConfig{
			Name: "srv", Image: "alpine", EnvVars: map[string]string{"X_TOKEN": path},
			Resolved: &runner.Resolved{Mounts: []runner.Mount{{Source: path, Resolved: path, Target: "/x"}}},
		})
		require.True(t, strings.HasPrefix(in.Server.Mounts[0].Source, "/etc/"), in.Server.Mounts[0].Source)
		require.True(t, strings.HasPrefix(in.Server.Mounts[0].Resolved, "/etc/"), in.Server.Mounts[0].Resolved)
	}
}

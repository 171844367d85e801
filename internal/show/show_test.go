package show_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/stretchr/testify/require"
)

func decision() *gate.Decision {
	return &gate.Decision{
		ID:      "8f0c",
		Sources: []gate.SourceRevision{{Name: "/etc/policy", Revision: "0123456789abcdef"}, {Name: "empty"}},
		Violations: []rego.Violation{
			{Policy: "a.noted", Level: rego.LevelAudit, Msg: "for the record"},
			{Policy: "b.denied", Level: rego.LevelDeny, Severity: "high", Title: "No\x1b[2J", Msg: "one\ntwo", Path: "/server/name",
				Remediation: "ask", Links: []string{"https://example.com"}, Source: "/etc/policy"},
			{Policy: "c.waived", Level: rego.LevelDeny, Severity: "low", Msg: "m",
				Waiver: map[string]any{"expires": "2026-12-31T00:00:00Z", "ticket": "SEC-1", "reason": "later"}, Source: "s"},
		},
		Errors:   []rego.PolicyError{{Msg: "deadline"}},
		Warnings: []string{"w\u202e"},
		Input:    &gate.Input{Server: gate.Server{Name: "fetch"}},
	}
}

func TestDecisionIsLaidOut(t *testing.T) {
	var out strings.Builder
	p := show.New(&out)
	p.Summary(decision())
	p.Explain(decision())
	require.NoError(t, p.Err())
	require.False(t, p.Color(), "a string is no terminal")
	require.Equal(t, `fetch is not allowed
  decision  8f0c
  policy    /etc/policy, revision 0123456789ab
  policy    empty, nothing loaded

b.denied  denied, severity high: No[2J
  what    one
          two
  where   /server/name = "fetch"
  do      ask
  read    https://example.com
  source  /etc/policy

c.waived  waived, severity low
  what    m
  waiver  until 2026-12-31T00:00:00Z, ticket SEC-1: later
  source  s

no verdict  error
  what    deadline

warning  w
`, out.String())
}

func TestSummaryNamesTheSubject(t *testing.T) {
	for want, in := range map[string]*gate.Input{
		"the server is allowed\n":                 nil,
		"fetch is allowed\n":                      {Server: gate.Server{Name: "fetch"}},
		"registry corp is allowed\n":              {Operation: gate.OperationDeleteRegistry, Registry: gate.Registry{Name: "corp"}},
		"registry https://r.example is allowed\n": {Operation: gate.OperationUpdateRegistry, Registry: gate.Registry{URL: "https://r.example"}},
		"registry /r.json is allowed\n":           {Operation: gate.OperationUpdateRegistry, Registry: gate.Registry{LocalPath: "/r.json"}},
		"update_registry is allowed\n":            {Operation: gate.OperationUpdateRegistry},
	} {
		var out strings.Builder
		show.Plain(&out).Summary(&gate.Decision{Allowed: true, Input: in})
		require.True(t, strings.HasPrefix(out.String(), want), out.String())
	}
}

type full struct{ writes int }

func (f *full) Write([]byte) (int, error) {
	f.writes++
	return 0, errors.New("no space")
}

func TestFirstErrorOfWritingStays(t *testing.T) {
	var w full
	p := show.New(&w)
	p.Summary(decision())
	p.Explain(decision())
	require.ErrorContains(t, p.Err(), "no space")
	require.Equal(t, 1, w.writes)
}

func TestNothingSteersTheTerminal(t *testing.T) {
	require.Equal(t, "a b c[31md", show.Clean("a\nb\tc\x1b[31m\u200b\u2066\u009bd"))
	require.Equal(t, "a\n          b", show.Block(" a\r\nb\x07 "))
	text, err := show.JSON(map[string]any{"k": "<\u202e>"}, "")
	require.NoError(t, err)
	require.Equal(t, `{"k":"<\u202e>"}`, text)
}

package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/rego"
)

func violation(policy, level, severity string) rego.Violation {
	return rego.Violation{
		Policy: policy, Level: level, Severity: severity, Msg: policy + " says no", Remediation: "repair\n  " + policy,
		Links: []string{}, Details: map[string]any{},
	}
}

// decided is a server with a decision of these violations and errors.
func decided(name string, errors []rego.PolicyError, violations ...rego.Violation) audit.Server {
	d := &gate.Decision{Allowed: len(errors) == 0, Violations: violations, Errors: errors, Input: &gate.Input{}}
	for _, v := range violations {
		if v.Level == rego.LevelDeny && v.Waiver == nil {
			d.Allowed = false
		}
	}
	s := audit.Server{Client: "c", File: "/f", Name: name, Counts: true, Notes: []string{}, Variables: []string{}}
	s.Decided(d)
	return s
}

func TestWhatADecisionComesTo(t *testing.T) {
	waived := violation("w", rego.LevelDeny, "critical")
	waived.Waiver = map[string]any{"reason": "r"}
	broken := []rego.PolicyError{{Policy: "p", Msg: "it is\nbroken"}}
	for name, tc := range map[string]struct {
		server                         audit.Server
		verdict, severity, remediation string
	}{
		"nothing":            {decided("", nil), audit.Allowed, "", ""},
		"the worst":          {decided("", nil, violation("a", "deny", "low"), violation("b", "deny", "critical"), violation("c", "deny", "high")), audit.Denied, "critical", "repair b"},
		"deny before warn":   {decided("", nil, violation("a", "warn", "critical"), violation("b", "deny", "low")), audit.Denied, "low", "repair b"},
		"warn before audit":  {decided("", nil, violation("a", "audit", "critical"), violation("b", "warn", "medium")), audit.Allowed, "medium", "repair b"},
		"audit":              {decided("", nil, violation("a", "audit", "high")), audit.Allowed, "high", ""},
		"waived":             {decided("", nil, waived), audit.Allowed, "", ""},
		"waived and warned":  {decided("", nil, waived, violation("a", "warn", "low")), audit.Allowed, "low", "repair a"},
		"an error":           {decided("", broken), audit.Undecided, "", "it is broken"},
		"denied and error":   {decided("", broken, violation("a", "deny", "high")), audit.Denied, "high", "repair a"},
		"no remediation":     {decided("", nil, rego.Violation{Policy: "a", Level: "deny", Severity: "low", Msg: "m"}), audit.Denied, "low", "m"},
		"unknown severity":   {decided("", nil, violation("a", "deny", "high"), violation("b", "deny", "worst")), audit.Denied, "", "repair b"},
		"level that is none": {decided("", broken, violation("a", "deny", "low")), audit.Denied, "low", "repair a"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.verdict, tc.server.Verdict)
			require.Equal(t, tc.severity, tc.server.Severity)
			require.Equal(t, tc.remediation, tc.server.Remediation)
		})
	}
}

func TestServersAreSortedAndCounted(t *testing.T) {
	off, gated, other := decided("off", nil, violation("a", "deny", "critical")), decided("gated", nil), decided("other", nil, violation("a", "deny", "high"))
	off.Disabled, off.Counts = true, false
	gated.Gate.Through, gated.Disabled = audit.ThroughRunner, true
	other.Client, other.File = "d", "/e"
	first, second := decided("first", nil, violation("a", "deny", "high")), decided("second", nil, violation("a", "deny", "high"))
	first.Line, second.Line = 2, 3
	r := audit.Report{
		Clients: []audit.Client{{ID: "d", Name: "Z"}, {ID: "c", Name: "A"}},
		Files:   []audit.File{{Path: "/f", Client: "c", Problems: []audit.Problem{{Msg: "odd"}}}, {Path: "/e", Client: "d", Unreadable: true, Problems: []audit.Problem{{Msg: "m"}, {Msg: "n"}}}},
		Servers: []audit.Server{
			off, gated, decided("unsure", []rego.PolicyError{{Msg: "m"}}), other, second, first,
			decided("low", nil, violation("a", "deny", "low")), decided("worst", nil, violation("a", "deny", "critical")),
			decided("warned", nil, violation("a", "warn", "high")), decided("recorded", nil, violation("a", "audit", "low")),
		},
	}
	r.Finish()
	var names []string
	for _, s := range r.Servers {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"worst", "first", "second", "other", "low", "unsure", "warned", "recorded", "gated", "off"}, names)
	require.Equal(t, audit.Summary{Files: 2, Unreadable: 1, Servers: 10, Allowed: 3, Denied: 5, Undecided: 1, Warned: 1, Disabled: 2, Gated: 1, Doubtful: 1}, r.Summary)
	require.Equal(t, []audit.Client{
		{ID: "c", Name: "A", Summary: audit.Summary{Files: 1, Servers: 9, Allowed: 3, Denied: 4, Undecided: 1, Warned: 1, Disabled: 2, Gated: 1, Doubtful: 1}},
		{ID: "d", Name: "Z", Summary: audit.Summary{Files: 1, Unreadable: 1, Servers: 1, Denied: 1}},
	}, r.Clients)
	r.Finish() // counts anew, not on top
	require.Equal(t, 10, r.Summary.Servers)
}

func TestStarts(t *testing.T) {
	for want, s := range map[string]gate.Server{
		"https://a.example/mcp":              {Kind: gate.KindRemote, Remote: gate.Remote{URL: "https://a.example/mcp"}},
		"ghcr.io/a/b:1":                      {Kind: gate.KindContainer, Source: gate.Source{Reference: "ghcr.io/a/b:1", Scheme: "image"}, Image: gate.Image{Reference: "ghcr.io/a/b:1"}},
		"podman run a/b":                     {Kind: gate.KindContainer, Source: gate.Source{Reference: "/usr/bin/podman", Scheme: "command"}, Image: gate.Image{Reference: "a/b"}},
		"npx @a/b@1.2.3":                     {Kind: gate.KindProcess, Source: gate.Source{Reference: `C:\Program Files\nodejs\NPX.CMD`, Scheme: "command"}, Package: gate.Package{Name: "@a/b", Version: "1.2.3"}},
		"uvx a":                              {Kind: gate.KindContainer, Source: gate.Source{Reference: "uvx://a", Scheme: "uvx"}, Package: gate.Package{Name: "a"}},
		"node '/a b/x.js' ''":                {Kind: gate.KindProcess, Source: gate.Source{Reference: "/usr/bin/node", Scheme: "command"}, Command: gate.Command{Args: []string{"/a b/x.js", ""}}},
		`sh -c 'echo '\''x'\'' | y'`:         {Kind: gate.KindProcess, Source: gate.Source{Reference: "sh", Scheme: "command"}, Command: gate.Command{Args: []string{"-c", "echo 'x' |\n y"}}},
		"/opt/x/server":                      {Kind: gate.KindProcess, Source: gate.Source{Reference: "/opt/x/server", Scheme: "command"}},
		"a " + strings.Repeat("é", 97) + "…": {Kind: gate.KindProcess, Source: gate.Source{Reference: "a", Scheme: "command"}, Command: gate.Command{Args: []string{strings.Repeat("é", 200)}}},
	} {
		if s.Package.Name != "" && strings.Contains(s.Source.Reference, "NPX") {
			want = strings.Replace(want, "npx", "NPX", 1)
		}
		require.Equal(t, want, audit.Starts(&s))
	}
}

// A page is told what may run in it by the hashes of what it has.
func TestPageAllowsOnlyItsOwn(t *testing.T) {
	hostile := decided(`<img src=x onerror=alert(1)>`, nil, rego.Violation{
		Policy: "a", Level: "deny", Severity: "high", Title: "<em>", Msg: "</script><script>alert(2)</script>", Remediation: `"><svg onload=alert(3)>`,
		Links: []string{"javascript:alert(4)", "https://a.example/x"}, Source: "'-alert(5)-'",
	})
	hostile.File, hostile.Client = `/home/alice/"><script>`, "</style>"
	hostile.Notes = []string{"a\u202eb\x00c", "x\n ::error::y"}
	hostile.Starts = "{{.}}"
	r := audit.Report{
		Time: audit.FormatTime(time.Unix(0, 0)), Host: gate.Host{Name: "</title><script>"}, Home: "/home/alice",
		Clients: []audit.Client{{ID: "</style>", Name: "<i>"}}, Files: []audit.File{{Path: "</table>", Client: "</style>", Problems: []audit.Problem{{Line: 1, Column: 2, Msg: "<u>"}}}},
		Servers: []audit.Server{hostile},
	}
	r.Finish()
	var buf bytes.Buffer
	require.NoError(t, r.WriteHTML(&buf))
	page := buf.String()
	for _, tag := range []string{"style", "script"} {
		m := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(page, -1)
		require.Len(t, m, 1, tag)
		require.Equal(t, 1, strings.Count(page, "<"+tag), tag)
		sum := sha256.Sum256([]byte(m[0][1]))
		want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		require.Contains(t, strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(page), want)
	}
	for _, bad := range []string{"<img", "<svg", "<em>", "<i>", "<u>", "onclick", "style=", `href="javascript`, "\u202e", "\x00", "http-equiv=\"refresh"} {
		require.NotContains(t, page, bad)
	}
	require.Contains(t, page, "~/&#34;&gt;&lt;script&gt;:0:0")
	require.NotRegexp(t, `(?m)^\s*::`, page) // a workflow command in a log
	require.Contains(t, page, `a\u202eb\u0000c`)
	require.Contains(t, page, "1970-01-01 00:00 UTC")
	require.Contains(t, page, `href="https://a.example/x"`)
	// No network: the only addresses are links to read on.
	for _, m := range regexp.MustCompile(`<[a-z][^>]*\s(?:src|href|srcset|action|data)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^(data:,|#|https://a\.example/x$)`, m[1], m[0])
	}
	require.NotContains(t, page, "@import")
	require.NotContains(t, page, "url(")
}

package house_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

// docs/library.md lists the policies of the library and its profiles.
func TestLibraryIsListed(t *testing.T) {
	t.Parallel()
	source, err := library.Source("strict")
	require.NoError(t, err)
	policy, err := rego.Load(t.Context(), rego.LoadConfig{Name: "builtin", FS: source, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	page := &libraryPage{profiles: library.Profiles(), policies: policy.Info()}
	page.listProfiles()
	page.listAreas()
	page.listOWASP()
	page.listPractices()
	for _, info := range page.policies {
		page.describe(t, info)
	}
	endsWith(t, "docs/library.md", "Library", page.text.String())
}

type libraryPage struct {
	text     strings.Builder
	profiles []library.Profile
	policies []rego.PolicyInfo
}

func (p *libraryPage) printf(format string, args ...any) { fmt.Fprintf(&p.text, format, args...) }

func (p *libraryPage) listProfiles() {
	p.printf("## The profiles\n\nThis is version %s; its [changelog](../rego/library/CHANGELOG.md) says what each version changed.\n\n", library.Version)
	p.printf("| profile | deny | warn | audit | what it is |\n| --- | --- | --- | --- | --- |\n")
	for _, profile := range p.profiles {
		count := map[string]int{}
		for _, policy := range profile.Policies {
			count[policy.Level]++
		}
		p.printf("| [`%s`](../rego/library/profiles/%s.yaml) | %d | %d | %d | **%s.** %s |\n", profile.Name, profile.Name,
			count[rego.LevelDeny], count[rego.LevelWarn], count[rego.LevelAudit], profile.Title, tableText(profile.Description))
	}
}

func (p *libraryPage) listAreas() {
	p.printf("\n## The policies\n\nWith the level that each profile gives them; – is none.\n")
	area := ""
	for _, info := range p.policies {
		if this, _, _ := strings.Cut(info.Name, "."); this != area {
			area = this
			p.printf("\n### %s\n\n| policy | severity |", area)
			for _, profile := range p.profiles {
				p.printf(" %s |", profile.Name)
			}
			p.printf(" what it asks |\n| --- | --- |%s --- |\n", strings.Repeat(" --- |", len(p.profiles)))
		}
		p.printf("| %s | %s |", policyLink(info.Name), info.Severity)
		for _, profile := range p.profiles {
			level := "–"
			if policy, ok := profile.Policy(info.Name); ok {
				level = policy.Level
			}
			p.printf(" %s |", level)
		}
		p.printf(" %s |\n", tableText(info.Title))
	}
}

// owasp are the items of the OWASP MCP Top 10.
var owasp = []string{
	"Token Mismanagement & Secret Exposure",
	"Privilege Escalation via Scope Creep",
	"Tool Poisoning",
	"Software Supply Chain Attacks & Dependency Tampering",
	"Command Injection & Execution",
	"Intent Flow Subversion",
	"Insufficient Authentication & Authorization",
	"Lack of Audit & Telemetry",
	"Shadow MCP Servers",
	"Context Injection & Over-Sharing",
}

func (p *libraryPage) listOWASP() {
	p.printf("\n## The OWASP MCP Top 10\n\n%s\n\n| item | policies |\n| --- | --- |\n",
		"What of each a policy can see before a server starts. [What none can see](#what-cannot-be-decided-when-a-server-is-created) is above.")
	for i, title := range owasp {
		id := fmt.Sprintf("MCP%02d", i+1)
		p.printf("| [%s](https://owasp.org/www-project-mcp-top-10/) %s | %s |\n", id, title,
			p.linked(func(info rego.PolicyInfo) bool { return slices.Contains(info.OWASP, id) }))
	}
}

const practicesPage = "https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices"

func (p *libraryPage) listPractices() {
	p.printf("\n## The MCP security best practices\n\n| section | policies |\n| --- | --- |\n")
	for _, section := range []struct{ title, anchor string }{
		{"Confused Deputy Problem", "confused-deputy-problem"},
		{"Token Passthrough", "token-passthrough"},
		{"Server-Side Request Forgery (SSRF)", "server-side-request-forgery-ssrf"},
		{"Session Hijacking", "session-hijacking"},
		{"Local MCP Server Compromise", "local-mcp-server-compromise"},
		{"Scope Minimization", "scope-minimization"},
	} {
		link := practicesPage + "#" + section.anchor
		p.printf("| [%s](%s) | %s |\n", section.title, link,
			p.linked(func(info rego.PolicyInfo) bool { return slices.Contains(info.Links, link) }))
	}
}

// linked lists the policies that match, or says that there are none.
func (p *libraryPage) linked(match func(rego.PolicyInfo) bool) string {
	var names []string
	for _, info := range p.policies {
		if match(info) {
			names = append(names, policyLink(info.Name))
		}
	}
	if len(names) == 0 {
		return "none: [it cannot be decided when a server is created](#what-cannot-be-decided-when-a-server-is-created)"
	}
	return strings.Join(names, " ")
}

// describe is the section about one policy.
func (p *libraryPage) describe(t *testing.T, info rego.PolicyInfo) {
	t.Helper()
	file := strings.ReplaceAll(info.Name, ".", "/")
	p.printf("\n## `%s`\n\n**%s.** %s\n\n", info.Name, info.Title, tableText(info.Description))
	p.printf("- What to do: %s\n- Severity %s; OWASP %s; [source](../rego/library/policy/%s.rego), [test](../rego/library/policy/%s_test.rego)\n",
		tableText(info.Remediation), info.Severity, strings.Join(info.OWASP, ", "), file, file)
	for _, link := range info.Links {
		p.printf("- Read: <%s>\n", link)
	}
	profile, policy := p.firstWith(info.Name)
	params, err := scaffold.Params([]library.Policy{policy})
	require.NoError(t, err)
	if params != "" {
		p.printf("\nParams, with the values of profile `%s`:\n\n```yaml\n", profile)
		for line := range strings.Lines(params) {
			p.printf("%s", strings.TrimPrefix(line, "      "))
		}
		p.printf("```\n")
	}
}

// firstWith is a policy as the first profile that takes it has it, and the name
// of that profile.
func (p *libraryPage) firstWith(name string) (string, library.Policy) {
	for _, profile := range p.profiles {
		if policy, ok := profile.Policy(name); ok {
			return profile.Name, policy
		}
	}
	return "", library.Policy{}
}

func policyLink(name string) string {
	return fmt.Sprintf("[`%s`](#%s)", name, slug(name))
}

// tableText is prose on one line, which ends no cell of a table and begins no
// HTML.
func tableText(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(strings.Join(strings.Fields(s), " "))
}

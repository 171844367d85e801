package mcp.policy.governance.reserved_test

import data.mcp.lib
import data.mcp.policy.governance.reserved

test_allowed_other_names[name] if {
	some name in ["", "mcp", "payments-github", "github2", "gitub", "mygithub", "search ~!", "g,h"]
	count(reserved.deny) == 0 with input as other(name) with data.mcp.settings.params as params
}

test_allowed_known_source[name] if {
	some name in ["github", "GitHub", "github-mcp-server", "mcp-github"]
	count(reserved.deny) == 0 with input as genuine(name) with data.mcp.settings.params as params
}

test_allowed_each_known_source if {
	count(reserved.deny) == 0 with input as lib.input_with({"server": {"name": "github", "kind": "remote", "remote": {"host": "api.github.example"}}})
		with data.mcp.settings.params as params
}

test_allowed_nothing_reserved if {
	count(reserved.deny) == 0 with input as other("github") with data.mcp.settings.params as {"governance.reserved": {"names": []}}
}

test_allowed_other_operations[operation] if {
	some operation in ["update_registry", "delete_registry"]
	given := lib.input_with({"operation": operation, "server": {"name": "github"}})
	count(reserved.deny) == 0 with input as given with data.mcp.settings.params as params
	count(reserved.deny) == 0 with input as object.union(given, {"server": {"name": "ü"}}) with data.mcp.settings.params as params
	count(reserved.deny) == 0 with input as given with data.mcp.settings.params as {}
}

test_denied_other_source if {
	reserved.deny == alike("github", "github") with input as other("github") with data.mcp.settings.params as params
	reserved.deny == alike("slack", "Slack") with input as other("slack") with data.mcp.settings.params as params
}

test_denied_names_of_what_is_taken_away if {
	given := {"governance.reserved": {"names": [{"name": "githubmcp", "sources": []}, {"name": "mcp", "sources": []}]}}
	reserved.deny == alike("github", "githubmcp") with input as other("github") with data.mcp.settings.params as given
	reserved.deny == alike("mcp-server", "mcp") with input as other("mcp-server") with data.mcp.settings.params as given
}

# A source of one name is not that of another.
test_denied_source_of_another_name if {
	reserved.deny == alike("slack", "Slack") with input as genuine("slack") with data.mcp.settings.params as params
}

test_denied_name_for_nobody if {
	reserved.deny == alike("toolhive", "toolhive") with input as genuine("toolhive") with data.mcp.settings.params as params
}

# What a launcher hides is not known by any name.
test_denied_hidden if {
	given := object.union(genuine("github"), {"server": {"source": {"opaque": true}}})
	reserved.deny == alike("github", "github") with input as given with data.mcp.settings.params as params
}

test_hostile_spellings_of_github[name] if {
	some name in [
		"GITHUB",
		"GitHub",
		"git-hub",
		"git_hub",
		"git.hub",
		"git hub",
		" github ",
		"github/",
		"git,hub",
		"github,",
		"g1thub",
		"glthub",
		"gIthub",
		"gi7hub",
		"githu8",
		"github-mcp",
		"mcp-server-github",
		"MCP Servers: GitHub",
		"github (official)",
	]
	reserved.deny == alike(name, "github") with input as other(name) with data.mcp.settings.params as params
}

test_hostile_spellings_of_others[name] if {
	some name, want in {
		"5lack": "Slack",
		"s1ack": "Slack",
		"sl4ck": "Slack",
		"n0tion": "notion",
		"s3ntry": "sentry",
		"rnemory": "memory",
		"tvvilio": "twilio",
		"c0ntext7": "context7",
		"cont3xtt": "context7",
	}
	reserved.deny == alike(name, want) with input as other(name) with data.mcp.settings.params as params
}

# Cyrillic, full width, zero width, a line.
test_hostile_letters[name] if {
	some name in ["gіthub", "ｇithub", "git​hub", "github\n", "büro", "a\u0000"]
	letters(name) - reserved.deny == set() with input as other(name) with data.mcp.settings.params as params
}

# The name of the registry's entry, the label and the group prove nothing.
test_hostile_claims if {
	reserved.deny == alike("github", "github") with input as object.union(other("github"), {"server": {
		"provenance": {"registry_server_name": "io.github.github/github-mcp-server"},
		"group": "github",
	}})
		with data.mcp.settings.params as params
}

test_params_absent_denied[name] if {
	some name in ["github", "payments"]
	reserved.deny == {{
		"msg": "names in params of governance.reserved says who may have which name, and is not there",
		"path": "/server/name",
	}} with input as genuine(name) with data.mcp.settings.params as {}
}

params := {"governance.reserved": {"names": [
	{"name": "context7", "sources": []},
	{"name": "github", "sources": ["image:ghcr.io/github/github-mcp-server", "remote:api.github.example"]},
	{"name": "memory", "sources": []},
	{"name": "notion", "sources": []},
	{"name": "sentry", "sources": []},
	{"name": "Slack", "sources": ["npm:@a/slack"]},
	{"name": "toolhive", "sources": []},
	{"name": "twilio", "sources": []},
]}}

genuine(name) := lib.input_with({"server": {
	"name": name,
	"kind": "container",
	"image": {"registry": "ghcr.io", "repository": "github/github-mcp-server"},
}})

other(name) := lib.input_with({"server": {
	"name": name,
	"kind": "container",
	"image": {"registry": "docker.io", "repository": "evil/github-mcp-server"},
}})

alike(name, want) := {{
	"msg": sprintf("the name %q reads like %s, and what runs is not known by that name", [name, want]),
	"path": "/server/name",
}}

letters(name) := {{
	"msg": sprintf("the name %q has letters that can be read as those of another name", [name]),
	"path": "/server/name",
}}

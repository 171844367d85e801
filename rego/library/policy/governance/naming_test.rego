package mcp.policy.governance.naming_test

import data.mcp.lib
import data.mcp.policy.governance.naming

test_allowed_names[name] if {
	some name in ["a", "search-payments", "x9", "systems-search", "my-system-x", "kube", "a8-x", "a-x"]
	count(naming.deny) == 0 with input as named(name) with data.mcp.settings.params as params
}

test_allowed_other_operations[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(naming.deny) == 0 with input as lib.input_with({"operation": operation, "server": {"name": "System-X"}})
		with data.mcp.settings.params as params
}

test_denied_against_the_pattern[name] if {
	some name in ["", "Search", "search payments", "search/payments", "-search", "suche-büro"]
	naming.deny == unlike(name) with input as named(name) with data.mcp.settings.params as params
}

test_denied_reserved_prefix if {
	naming.deny == reserved("system-search", "system-") with input as named("system-search") with data.mcp.settings.params as params
	naming.deny == reserved("a9-search", "a9-") with input as named("a9-search") with data.mcp.settings.params as params
	naming.deny == reserved("kube-search", "Kube-") with input as named("kube-search") with data.mcp.settings.params as params
}

# The pattern matches whole names, and a part of one is not a whole.
test_hostile_names[name] if {
	some name in ["search\n", "search\nx y", " search", "search ", "search|x", "gіthub", "search​"]
	naming.deny == unlike(name) with input as named(name) with data.mcp.settings.params as params
}

test_hostile_pattern_of_two if {
	given := {"governance.naming": {"pattern": "aa|bb", "reserved_prefixes": []}}
	count(naming.deny) == 0 with input as named("aa") with data.mcp.settings.params as given
	count(naming.deny) == 0 with input as named("bb") with data.mcp.settings.params as given
	naming.deny == unlike("aax") with input as named("aax") with data.mcp.settings.params as given
	naming.deny == unlike("xbb") with input as named("xbb") with data.mcp.settings.params as given
}

test_hostile_prefixes[name] if {
	some name in ["SYSTEM-x", "system_x", "System.x", "system--x", "-system-x", " system x", "sYstem/x", "system-", "..system:9"]
	reserved(name, "system-") - naming.deny == set() with input as named(name) with data.mcp.settings.params as params
}

test_params_absent_denied[name] if {
	some name in ["search", "system-search", ""]
	naming.deny == unlike(name) with input as named(name) with data.mcp.settings.params as {}
}

params := {"governance.naming": {"pattern": "[a-z]([a-z0-9-]*[a-z0-9])?", "reserved_prefixes": ["Kube-", "a9-", "system-"]}}

named(name) := lib.input_with({"server": {"name": name}})

unlike(name) := {{"msg": sprintf("the name %q does not follow the pattern", [name]), "path": "/server/name"}}

reserved(name, prefix) := {{
	"msg": sprintf("the name %q begins with %q, which is reserved", [name, prefix]),
	"path": "/server/name",
}}

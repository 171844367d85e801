package mcp.policy.secrets.references_test

import data.mcp.lib
import data.mcp.policy.secrets.references

test_allowed_no_variable if {
	count(references.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_references[source] if {
	some source in ["secret", "host"]
	count(references.deny) == 0 with input as environment([{"name": "API_TOKEN", "source": source}]) with data.mcp.settings.params as params
}

test_allowed_other_names[name] if {
	some name in ["LOG_LEVEL", "TOKEN_URL", "MAX_TOKENS", ""]
	count(references.deny) == 0 with input as literal(name, "x") with data.mcp.settings.params as params
}

test_allowed_switches[value] if {
	some value in ["false", "no", "off", "on", "true", "yes", "TRUE"]
	count(references.deny) == 0 with input as literal("USE_TOKEN", value) with data.mcp.settings.params as params
}

test_allowed_by_name if {
	given := {"secrets.references": {"names": ["A", "TOKEN_OF_RING"]}}
	count(references.deny) == 0 with input as literal("TOKEN_OF_RING", "one") with data.mcp.settings.params as given
}

test_denied_each_place if {
	references.deny == denied("API_TOKEN", 1) | denied("DB_PASSWORD", 3) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "API_TOKEN", "source": "literal", "value": "x"},
		{"name": "API_TOKEN", "source": "secret"},
		{"name": "DB_PASSWORD", "source": "literal", "value": "<redacted>", "redacted": true},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in ["apiToken", "api-token", "Api.Token", "_API_TOKEN_", "ACCESSKEY", "MY_PAT"]
	references.deny == denied(name, 0) with input as literal(name, "x") with data.mcp.settings.params as params
}

# What the redaction of secrets lets pass.
test_hostile_values[value] if {
	some value in ["", " ", "0", "1", "12345", "x", "none", "${API_TOKEN}", "$API_TOKEN", "<your token>", "changeme", "true1"]
	references.deny == denied("API_TOKEN", 0) with input as literal("API_TOKEN", value) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	references.deny == denied("API_TOKEN", 0) with input as literal("API_TOKEN", "x") with data.mcp.settings.params as {}
}

params := {"secrets.references": {"names": []}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s is a secret by its name and stands in the configuration", [name]),
	"path": sprintf("/server/environment/%d/value", [i]),
}}

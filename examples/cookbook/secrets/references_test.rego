package mcp.policy.secrets.references_test

import data.mcp.lib
import data.mcp.policy.secrets.references

test_clear_secret_is_denied if {
	found := [{"path": "/server/environment/0/value", "reason": "token"}]
	count(references.deny) == 1 with input as lib.input_with({"server": {"redactions": found}})
}

test_nothing_found if {
	count(references.deny) == 0 with input as lib.input_with({})
}

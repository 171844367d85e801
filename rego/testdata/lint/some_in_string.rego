# input: {"server": {"name": "bad"}}
# outcome: silent
package mcp.policy.some_in_string

has(text) if {
	some letter in text # want: not-a-collection
	letter == "b"
}

deny contains "the name has a b" if has(input.server.name)

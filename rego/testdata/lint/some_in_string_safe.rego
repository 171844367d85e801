# input: {"server": {"name": "bad"}}
package mcp.policy.some_in_string

has(text) if contains(text, "b")

deny contains "the name has a b" if has(input.server.name)

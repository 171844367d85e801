# input: {"config": {"memory": "lots"}}
# outcome: silent
package mcp.policy.error_units

deny contains "too much memory" if {
	memory := object.get(input.config, "memory", "0")
	not units.parse_bytes(memory) < 1000 # want: builtin-error
}

# input: {"config": {"memory": "lots"}}
package mcp.policy.error_units

small(memory) if {
	regex.match(`^[0-9]+(KB|MB|GB)?$`, memory)
	units.parse_bytes(memory) < 1000
}

deny contains "too much memory" if {
	memory := object.get(input.config, "memory", "0")
	not small(memory)
}

# input: {"config": {}}
package mcp.policy.absent_null

deny contains "nobody owns it" if object.get(input.config, "owner", null) == null

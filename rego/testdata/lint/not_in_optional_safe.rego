# input: {"config": {}}
package mcp.policy.not_in_optional

approved := {"prod", "staging"}

deny contains "the stage is not approved" if not object.get(input.config, "stage", "") in approved

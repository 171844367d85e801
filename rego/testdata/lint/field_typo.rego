# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.field_typo

deny contains "latest" if input.server.imagee.tag == "latest" # want: unknown-input-field

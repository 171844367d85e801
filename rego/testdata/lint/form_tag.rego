# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.form_tag

deny contains "m" if input.server.image.tag == ":latest" # want: enum-value

# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.error_to_number

deny contains "the tag is not above 2" if not to_number(input.server.image.tag) > 2 # want: builtin-error

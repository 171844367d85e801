# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.field_alias

import input.server as s

tagged(image) if image.tags == "latest" # want: unknown-input-field

deny contains "latest" if tagged(s.image)

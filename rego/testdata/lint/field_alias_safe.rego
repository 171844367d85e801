# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.field_alias

import input.server as s

tagged(image) if image.tag == "latest"

deny contains "latest" if tagged(s.image)

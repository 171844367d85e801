# input: {"server": {"image": {"registry": "", "repository": "evil/x"}}}
package mcp.policy.object_get_default

deny contains "docker.io" if input.server.image.registry in {"", "docker.io"}

# input: {"server": {"image": {"registry": "docker.io"}}}
package mcp.policy.form_registry

deny contains "m" if input.server.image.registry == "docker.io"

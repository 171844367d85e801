# input: {"server": {"image": {"registry": "docker.io"}}}
# outcome: silent
package mcp.policy.form_registry

deny contains "m" if input.server.image.registry == "https://Docker.io" # want: enum-value

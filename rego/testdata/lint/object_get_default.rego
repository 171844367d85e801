# input: {"server": {"image": {"registry": "", "repository": "evil/x"}}}
# outcome: silent
package mcp.policy.object_get_default

deny contains "docker.io" if object.get(input.server.image, "registry", "docker.io") == "docker.io" # want: unused-default

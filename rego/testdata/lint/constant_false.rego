# input: {"server": {"image": {"registry": "ghcr.io"}}}
# outcome: silent
package mcp.policy.constant_false

registry := "docker.io"

deny contains "the registry" if registry == "ghcr.io" # want: constant-condition

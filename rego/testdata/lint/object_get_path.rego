# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.object_get_path

deny contains "latest" if object.get(input, ["server", "imagee", "tag"], "") == "latest" # want: unknown-key

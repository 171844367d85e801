# input: {"server": {"mounts": [{"source": "/a"}, {"source": "/"}]}}
# outcome: silent
package mcp.policy.first_mount

deny contains "the root directory is mounted" if input.server.mounts[0].source == "/" # want: first-element

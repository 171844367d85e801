# input: {"server": {"mounts": [{"source": "/"}]}}
# outcome: silent
package mcp.policy.in_objects

deny contains "the root directory is mounted" if "/" in input.server.mounts # want: type-mismatch

package mcp.policy.other

deny contains "remote" if input.server.kind == "remote"

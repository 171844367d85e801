package mcp.policy.network.outbound

deny contains "it may connect to anywhere" if input.server.permissions.network.outbound.allow_all

deny contains sprintf("it talks to %s", [input.server.remote.host]) if input.server.remote.host != ""

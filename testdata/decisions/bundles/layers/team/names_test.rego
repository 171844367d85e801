package mcp.policy.team.names_test

test_named if data.mcp.policy.team.names.named with input.server.name as "fetch"

# input: {"server": {"remote": {"host": "evilexample.com"}}}
package mcp.policy.suffix_open

ours if endswith(input.server.remote.host, ".example.com")

deny contains "not ours" if not ours

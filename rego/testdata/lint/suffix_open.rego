# input: {"server": {"remote": {"host": "evilexample.com"}}}
# outcome: silent
package mcp.policy.suffix_open

ours if endswith(input.server.remote.host, "example.com") # want: open-suffix

deny contains "not ours" if not ours

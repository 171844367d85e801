# input: {"server": {"source": {"reference": "http://thp.example"}}}
# outcome: silent
package mcp.policy.trim_prefix

deny contains "thp.example" if trim_left(input.server.source.reference, "http://") == "thp.example" # want: trim-characters

# input: {"server": {"source": {"reference": "http://thp.example"}}}
package mcp.policy.trim_prefix

deny contains "thp.example" if trim_prefix(input.server.source.reference, "http://") == "thp.example"

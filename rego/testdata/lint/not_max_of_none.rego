# input: {"server": {"published_ports": []}}
# outcome: silent
package mcp.policy.not_max_of_none

ports contains p.host_port if some p in input.server.published_ports

deny contains "no port above 1024 is published" if not max(ports) > 1024 # want: not-undefined

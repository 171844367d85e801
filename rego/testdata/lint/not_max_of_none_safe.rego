# input: {"server": {"published_ports": []}}
package mcp.policy.not_max_of_none

ports contains p.host_port if some p in input.server.published_ports

high if max(ports) > 1024

deny contains "no port above 1024 is published" if not high

# input: {"server": {"endpoint": {"host": "0.0.0.0"}}}
package mcp.policy.unknown_rule

import data.mcp.lib

deny contains "it listens beyond this machine" if not lib.loopback(input.server.endpoint.host)

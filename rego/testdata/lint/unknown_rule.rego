# input: {"server": {"endpoint": {"host": "0.0.0.0"}}}
# outcome: silent
package mcp.policy.unknown_rule

import data.mcp.lib

deny contains "it listens beyond this machine" if lib.beyond # want: unknown-rule

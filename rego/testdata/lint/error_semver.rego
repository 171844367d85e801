# input: {"server": {"package": {"version": "latest"}}}
# outcome: silent
package mcp.policy.error_semver

deny contains "too old" if semver.compare(input.server.package.version, "1.2.0") < 0 # want: builtin-error

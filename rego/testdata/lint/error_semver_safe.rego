# input: {"server": {"package": {"version": "latest"}}}
package mcp.policy.error_semver

current if {
	semver.is_valid(input.server.package.version)
	semver.compare(input.server.package.version, "1.2.0") >= 0
}

deny contains "too old" if not current

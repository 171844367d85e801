# input: {"server": {"package": {"name": "p", "version": "1.9.0"}}}
package mcp.policy.version_order

current if {
	semver.is_valid(input.server.package.version)
	semver.compare(input.server.package.version, "1.10.0") >= 0
}

deny contains "too old" if not current

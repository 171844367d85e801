# METADATA
# title: No access to the profile of a browser
# description: >-
#   The profile of a browser holds the cookies of every session that a person has open,
#   saved passwords and the history. Whoever copies it is logged in everywhere, past
#   passwords and second factors. A server that drives a browser gets a profile of its
#   own.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#session-hijacking
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://attack.mitre.org/techniques/T1539/
# custom:
#   severity: critical
#   remediation: >-
#     Take the mount out, and give a server that drives a browser an empty directory of
#     its own as its profile, for example -v /home/you/agent-profile:/profile, in which
#     it is logged in only where it must be.
#   owasp: [MCP01, MCP10]
package mcp.policy.mounts.browser

import data.mcp.lib

# Below the home of anybody.
profiles := {
	# Linux, with what the names go on with (google-chrome-beta).
	".config/brave",
	".config/chromium",
	".config/google-chrome",
	".config/microsoft-edge",
	".config/mozilla",
	".config/opera",
	".config/vivaldi",
	".librewolf",
	".mozilla",
	".waterfox",
	".zen",
	".var/app/com.brave.browser",
	".var/app/com.google.chrome",
	".var/app/com.microsoft.edge",
	".var/app/org.chromium.chromium",
	".var/app/org.mozilla.firefox",
	"snap/brave",
	"snap/chromium",
	"snap/firefox",
	# macOS.
	"library/application support/arc",
	"library/application support/bravesoftware",
	"library/application support/chromium",
	"library/application support/com.operasoftware",
	"library/application support/firefox",
	"library/application support/google/chrome",
	"library/application support/microsoft edge",
	"library/application support/vivaldi",
	"library/application support/zen",
	"library/containers/com.apple.safari",
	"library/cookies",
	"library/safari",
	# Windows.
	"appdata/local/bravesoftware",
	"appdata/local/chromium",
	"appdata/local/google/chrome",
	"appdata/local/microsoft/edge",
	"appdata/local/mozilla",
	"appdata/local/packages/thebrowsercompany",
	"appdata/local/vivaldi",
	"appdata/roaming/mozilla",
	"appdata/roaming/opera software",
	"appdata/roaming/zen",
}

deny contains {"msg": msg, "path": found.path} if {
	some found in lib.host_paths(input.server)
	lib.mounts_home(found, profiles)
	msg := sprintf("mount %q gives access to the profile of a browser", [found.source])
}

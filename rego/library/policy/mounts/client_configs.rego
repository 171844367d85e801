# METADATA
# title: No write access to the configurations of MCP clients and to policies
# description: >-
#   A server that can write the configuration of an MCP client adds servers of its own
#   choice, or takes the gate out of the command lines, and the client starts them next
#   time without a question. One that can write the policies of mcp-runner allows itself
#   everything. Files in a project (.mcp.json, .vscode/mcp.json) are seen only where a
#   mount names them: the project as a whole may be mounted.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-54135
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-53773
# custom:
#   severity: critical
#   remediation: >-
#     Take the mount out, or make it read-only with :ro at the end of the -v/--volume
#     flag (read in place of write in the permission profile). Mount the directory of
#     the project, not the home or ~/.config, and where the project has .mcp.json or
#     .vscode/mcp.json, mount that file once more, read-only, over it.
#   owasp: [MCP05, MCP09]
package mcp.policy.mounts.client_configs

import data.mcp.lib

# Below the home of anybody, or, where they begin with a dot, of a project.
in_homes := {
	# On every system.
	".claude/",
	".claude.json/",
	".cursor/",
	".vscode/",
	".vscode-server/",
	".vscode-insiders/",
	".codeium/",
	".windsurf/",
	".continue/",
	".codex/",
	".gemini/",
	".junie/",
	".aws/amazonq/",
	".kiro/",
	".qwen/",
	".copilot/",
	".roo/",
	".cline/",
	".lmstudio/",
	".docker/mcp/",
	".mcp.json/",
	".mcp/",
	".zed/",
	".idea/",
	".trae/",
	".augment/",
	".opencode/",
	# Linux, and where programs of the command line keep theirs elsewhere too.
	".config/claude/",
	".config/code",
	".config/cursor/",
	".config/vscodium/",
	".config/windsurf/",
	".config/zed/",
	".config/jetbrains/",
	".config/github-copilot/",
	".config/toolhive/",
	".local/state/toolhive/",
	".local/share/toolhive/",
	".config/goose/",
	".config/opencode/",
	".config/mcp/",
	".config/mcphub/",
	".config/amp/",
	".config/crush/",
	".config/mcp-runner/",
	".local/state/mcp-runner/",
	# macOS.
	"library/application support/claude/",
	"library/application support/code",
	"library/application support/cursor/",
	"library/application support/vscodium/",
	"library/application support/windsurf/",
	"library/application support/zed/",
	"library/application support/jetbrains/",
	"library/application support/toolhive/",
	"library/application support/mcp-runner/",
	# Windows.
	"appdata/roaming/claude/",
	"appdata/roaming/code",
	"appdata/roaming/cursor/",
	"appdata/roaming/vscodium/",
	"appdata/roaming/windsurf/",
	"appdata/roaming/zed/",
	"appdata/roaming/jetbrains/",
	"appdata/local/toolhive/",
	"appdata/roaming/toolhive/",
	"appdata/local/github-copilot/",
	"appdata/roaming/mcp-runner/",
	"appdata/local/mcp-runner/",
}

in_system := {
	"/etc/claude-code/",
	"/etc/codex/",
	"/etc/gemini-cli/",
	"/etc/mcp-runner/",
	"/library/application support/claudecode/",
	"/c:/programdata/claudecode/",
	"/c:/program files/claudecode/",
	"/c:/programdata/mcp-runner/",
}

exposing contains found if {
	some found in lib.writable_paths(input.server)
	lib.mounts_home(found, in_homes)
}

exposing contains found if {
	some found in lib.writable_paths(input.server)
	lib.mounts_any(found, in_system)
}

deny contains {"msg": msg, "path": found.path} if {
	some found in exposing
	msg := sprintf("mount %q gives write access to the configuration of an MCP client or to policies", [found.source])
}

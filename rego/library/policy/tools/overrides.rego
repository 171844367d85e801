# METADATA
# title: No tools under other names or descriptions
# description: >-
#   A model decides by names and descriptions which tool it calls. A run config
#   that renames or describes anew what a server offers puts words into its mouth
#   after everyone has looked at the server: an instruction in a description (tool
#   poisoning), or one tool under the name of another that people trust.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://docs.stacklok.com/toolhive/
# custom:
#   severity: high
#   remediation: >-
#     Take tools_override out of the run config (--tools-override of ToolHive). One
#     that was read and found good goes into reviewed in params of tools.overrides,
#     word by word: {tool: search, name: find_issue, description: "Find an issue"}.
#   owasp: [MCP03, MCP06]
#   params:
#     type: object
#     additionalProperties: false
#     required: [reviewed]
#     properties:
#       reviewed:
#         description: Overrides that may stand in a run config.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [description, name, tool]
#           properties:
#             tool:
#               description: The name that the server gives the tool.
#               type: string
#               minLength: 1
#             name:
#               description: The name instead, or "" where it stays.
#               type: string
#             description:
#               description: The description instead, or "" where it stays.
#               type: string
#         default: []
package mcp.policy.tools.overrides

# Nothing of this is normalised, so it is read where ToolHive has it, and as
# ToolHive reads it: without regard to case, in capitals because they alone make
# one of s and its long form.
overrides contains {"path": sprintf("/config/%s", [member]), "value": value} if {
	some member, value in input.config
	upper(member) == "TOOLS_OVERRIDE"
	value != null
}

# A middleware brings its own.
overrides contains {"path": path, "value": value} if {
	some member, list in input.config
	upper(member) == "MIDDLEWARE_CONFIGS"
	some i, middleware in list
	some part, parameters in middleware
	upper(part) == "PARAMETERS"
	some name, value in parameters
	upper(name) == "TOOLS_OVERRIDE"
	value != null
	path := sprintf("/config/%s/%d/%s/%s", [member, i, part, name])
}

tools contains {"path": sprintf("%s/%s", [o.path, escaped]), "tool": tool, "override": override} if {
	some o in overrides
	is_object(o.value)
	some tool, override in o.value
	escaped := strings.replace_n({"~": "~0", "/": "~1"}, tool)
}

reviewed contains t if {
	some t in tools
	some entry in data.mcp.settings.params["tools.overrides"].reviewed
	entry.tool == t.tool
	is_object(t.override)
	object.remove(entry, {"tool"}) == object.union({"name": "", "description": ""}, t.override)
}

deny contains {"msg": msg, "path": t.path} if {
	some t in (tools - reviewed)
	msg := sprintf("the run config offers the tool %q under another name or description", [t.tool])
}

# What is no object cannot be read here, and perhaps elsewhere.
deny contains {"msg": "the run config overrides tools in a form that is not known", "path": o.path} if {
	some o in overrides
	type_name(o.value) != "object"
}

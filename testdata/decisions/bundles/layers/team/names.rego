# METADATA
# custom:
#   params: {type: object, required: [prefix], properties: {prefix: {type: string}}}
package mcp.policy.team.names

import data.corp.lists

known if lists.known(input.server.name)

named if startswith(input.server.name, data.mcp.settings.params["team.names"].prefix)

deny contains "a name that nobody knows" if not known

deny contains "a name with another prefix" if not named

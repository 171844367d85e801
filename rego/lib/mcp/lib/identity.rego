package mcp.lib

# METADATA
# description: >-
#   What a server, which is input.server, is known by, whatever it calls itself:
#   npm:NAME, pypi:NAME or go:NAME for the package that it runs,
#   image:REGISTRY/REPOSITORY, remote:HOST, and command:PATH for a program on
#   this machine that is none of these. The empty set where a launcher hides what
#   it runs. A program that runs what others wrote, such as python, is known only
#   as such.
# scope: document
default identities(_) := set()

identities(server) := {identity |
	some known in [
		{sprintf("%s:%s", [server["package"].ecosystem, server["package"].name]) | server["package"].name != ""},
		{sprintf("image:%s/%s", [server.image.registry, server.image.repository]) | server.image.repository != ""},
		{sprintf("remote:%s", [server.remote.host]) | server.remote.host != ""},
		{sprintf("command:%s", [server.command.resolved]) | runs_itself(server)},
	]
	some identity in known
} if {
	server.source.opaque == false
}

runs_itself(server) if {
	server.kind == "process"
	server.command.resolved != ""
	server["package"].name == ""
}

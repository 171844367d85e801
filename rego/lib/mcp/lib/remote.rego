package mcp.lib

# METADATA
# description: >-
#   True where server, input.server, is a remote one: its kind says so, or it has a URL.
# scope: document
default is_remote(_) := false

is_remote(server) if server.kind == "remote"

is_remote(server) if server.remote.url != ""

package mcp.lib_test

import data.mcp.lib

test_is_remote[name] if {
	some name, server in {"by its kind": {"kind": "remote"}, "by its URL": {"remote": {"url": "https://mcp.example/"}}}
	lib.is_remote(lib.input_with({"server": server}).server) == true
}

test_is_not_remote[kind] if {
	some kind in ["", "process", "container"]
	lib.is_remote(lib.input_with({"server": {"kind": kind}}).server) == false
}

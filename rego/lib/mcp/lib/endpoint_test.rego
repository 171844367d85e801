package mcp.lib_test

import data.mcp.lib

test_listens[name] if {
	some name, c in {
		"nowhere": {"host": "", "port": 0, "want": false},
		"any port": {"host": "127.0.0.1", "port": 0, "want": true},
		"every address": {"host": "", "port": 8080, "want": true},
		"both": {"host": "0.0.0.0", "port": 8080, "want": true},
	}
	lib.listens({"host": c.host, "port": c.port}) == c.want
}

test_exempt_environment[name] if {
	some name, c in {
		"on the list": {"label": "dev", "exempt": ["test", "dev"], "want": true},
		"not on the list": {"label": "prod", "exempt": ["test", "dev"], "want": false},
		"another case": {"label": "Dev", "exempt": ["dev"], "want": false},
		"no label": {"label": "", "exempt": ["", "dev"], "want": false},
		"no list": {"label": "dev", "exempt": [], "want": false},
	}
	lib.exempt_environment(c.label, c.exempt) == c.want
}

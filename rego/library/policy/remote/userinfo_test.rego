package mcp.policy.remote.userinfo_test

import data.mcp.lib
import data.mcp.policy.remote.userinfo

test_allowed_none[name] if {
	some name, server in {
		"no remote": {},
		"a URL": {"kind": "remote", "remote": {"url": "https://mcp.example/"}},
		"an @ in the path": {"kind": "remote", "remote": {"url": "https://mcp.example/@acme"}},
		"credentials elsewhere": {"kind": "remote", "remote": {"url": "https://mcp.example/", "authenticated": true}},
	}
	count(userinfo.deny) == 0 with input as lib.input_with({"server": server})
}

test_denied_userinfo if {
	userinfo.deny == denied with input as given({"userinfo": true, "authenticated": true})
}

# There is nothing before the @, or what is there is not taken for a secret.
test_hostile_empty_userinfo if {
	userinfo.deny == denied with input as given({"userinfo": true, "authenticated": false})
}

# The policy has no params.
test_params_absent_denied if userinfo.deny == denied with input as given({"userinfo": true}) with data.mcp.settings.params as {}

given(fields) := lib.input_with({"server": {"kind": "remote", "remote": object.union({"url": "https://evil.example/"}, fields)}})

denied := {{
	"msg": `the URL of remote server "https://evil.example/" was given with a name or a password before an @`,
	"path": "/server/remote/userinfo",
}}

package mcp.lib_test

import data.mcp.lib

test_edit_distance[name] if {
	some name, c in {
		"the same": {"a": "mcp-remote", "b": "mcp-remote", "edits": 0},
		"both empty": {"a": "", "b": "", "edits": 0},
		"one more at the end": {"a": "mcp-remote", "b": "mcp-remotes", "edits": 1},
		"one more at the beginning": {"a": "mcp-remote", "b": "xmcp-remote", "edits": 1},
		"one more between": {"a": "mcp-remote", "b": "mcp-remmote", "edits": 1},
		"one less": {"a": "mcp-remote", "b": "mcp-reote", "edits": 1},
		"another": {"a": "mcp-remote", "b": "mcp-ramote", "edits": 1},
		"another case": {"a": "mcp-remote", "b": "Mcp-remote", "edits": 1},
		"neighbours that change places": {"a": "mcp-remote", "b": "mcp-remtoe", "edits": 1},
		"the first two that change places": {"a": "mcp", "b": "cmp", "edits": 1},
		"of nothing": {"a": "", "b": "a", "edits": 1},
		"two more": {"a": "mcp", "b": "mmccp", "edits": 2},
		"two more in a row": {"a": "mcp", "b": "mxxcp", "edits": 2},
		"two less": {"a": "mmccp", "b": "mcp", "edits": 2},
		"two of nothing": {"a": "ab", "b": "", "edits": 2},
		"one more and one less": {"a": "abcde", "b": "bcdef", "edits": 2},
		"one less and one more": {"a": "bcdef", "b": "abcde", "edits": 2},
		"two others": {"a": "abcdef", "b": "xbcdey", "edits": 2},
		"another and one more": {"a": "abcdef", "b": "xbcdefy", "edits": 2},
		"two pairs that change places": {"a": "abcdef", "b": "bacdfe", "edits": 2},
		"a pair and another": {"a": "abcdef", "b": "bacdex", "edits": 2},
		"another and a pair": {"a": "abcdef", "b": "xbcdfe", "edits": 2},
		"a pair and one more": {"a": "abcdef", "b": "bacdefx", "edits": 2},
		"one more and another": {"a": "abcdef", "b": "xabcdey", "edits": 2},
		"one more and a pair": {"a": "abcdef", "b": "xabcdfe", "edits": 2},
		"one more at each end": {"a": "abcdef", "b": "xabcdefy", "edits": 2},
		"the other way round": {"a": "abc", "b": "cba", "edits": 2},
		"one more of the same": {"a": "a", "b": "aa", "edits": 1},
		"two more of the same": {"a": "aa", "b": "aaaa", "edits": 2},
		"what goes two places": {"a": "abc", "b": "bca", "edits": 2},
		"three more": {"a": "mcp", "b": "mcpxyz", "edits": 3},
		"three others": {"a": "abcdef", "b": "xbydez", "edits": 3},
		"three others in a row": {"a": "abcdef", "b": "xyzdef", "edits": 3},
		"a pair apart": {"a": "abcdef", "b": "abfdce", "edits": 3},
		"three pairs": {"a": "abcdef", "b": "badcfe", "edits": 3},
		"letters that patterns have": {"a": `a.b\E[c]`, "b": `a.b\E(c]`, "edits": 1},
		"a dot is no other letter": {"a": "a.b.c", "b": "axbxcx", "edits": 3},
		"more than ASCII": {"a": "größe", "b": "grösse", "edits": 2},
	}
	lib.edit_distance(c.a, c.b) == c.edits
	lib.edit_distance(c.b, c.a) == c.edits
}

test_pieces_stand_apart_by_one_character if {
	lib.pieces("abcdefgh") == {`\Qab\E`, `\Qde\E`, `\Qgh\E`}
	lib.pieces("abcdefghi") == {`\Qab\E`, `\Qde\E`, `\Qghi\E`}
	lib.pieces("abcdefghijk") == {`\Qabc\E`, `\Qefg\E`, `\Qijk\E`}
	lib.pieces("ab") == {`\Q\E`}
	lib.pieces("a") == {`\Q\E`}
}

test_edit_distance_of_what_is_too_long if {
	name := concat("", ["x" | some _ in numbers.range(1, 214)])
	lib.edit_distance(name, sprintf("%sy", [name])) == 1
	lib.edit_distance(sprintf("%sy", [name]), sprintf("%sz", [name])) == 3
}

near_names := ["mcp-remote", "mcp-proxy", "mcp-remotes", "remote", "mcp", "mcq", "", `a\Eb`, "a.b", "acb", `ab\Ecdefghij`, "abcedfgxzyx", `zbcdx\Eefgz`, "2134657890-"]

test_within_edits[name] if {
	some name, c in {
		"the same": {"name": "mcp-remote", "most": 0, "near": {"mcp-remote"}},
		"one edit": {"name": "mcp-remote", "most": 1, "near": {"mcp-remote", "mcp-remotes"}},
		"two edits": {"name": "mcp-rmtoe", "most": 2, "near": {"mcp-remote"}},
		"at the beginning": {"name": "xymcp-remote", "most": 2, "near": {"mcp-remote"}},
		"at the end": {"name": "mcp-remotexy", "most": 2, "near": {"mcp-remote", "mcp-remotes"}},
		"a short name": {"name": "mcr", "most": 1, "near": {"mcp", "mcq"}},
		"no name": {"name": "", "most": 0, "near": {""}},
		"letters that patterns have": {"name": `a\Ec`, "most": 1, "near": {`a\Eb`}},
		"with its first piece unchanged": {"name": "abcdefgxyzx", "most": 2, "near": {"abcedfgxzyx"}},
		"with its second piece unchanged": {"name": `abcdx\Eefgh`, "most": 2, "near": {`zbcdx\Eefgz`}},
		"with its last piece unchanged": {"name": "1234567890-", "most": 2, "near": {"2134657890-"}},
		"a piece that ends what patterns quote": {"name": `xb\Ecdefghiy`, "most": 2, "near": {`ab\Ecdefghij`}},
		"a dot is no other letter": {"name": "a.b", "most": 0, "near": {"a.b"}},
		"none": {"name": "acme-search", "most": 2, "near": set()},
	}
	lib.within_edits(c.name, near_names, c.most) == c.near
}

test_within_edits_of_no_names if lib.within_edits("mcp-remote", [], 2) == set()

test_lookalike[name] if {
	some name, c in {
		"scope": ["@acme/server-x", "acme-server-x"],
		"separators": ["mcp-server_x.y", "mcpserverxy"],
		"case": ["MCP-Remote", "mcpremote"],
		"0 and o": ["m0ng0", "mongo"],
		"1 and l": ["1inear", "linear"],
		"i and l": ["inear", "lnear"],
		"1 and i": ["g1t", "git"],
		"5 and s": ["5lack", "slack"],
		"rn and m": ["rncp", "mcp"],
		"vv and w": ["playvvright", "playwright"],
	}
	lib.lookalike(c[0]) == lib.lookalike(c[1])
}

test_lookalike_not[name] if {
	some name, c in {
		"letters": ["abc", "abd"],
		"order": ["abc", "acb"],
		"length": ["abc", "abcc"],
		"2 and z": ["2", "z"],
	}
	lib.lookalike(c[0]) != lib.lookalike(c[1])
}

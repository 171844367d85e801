package mcp.lib

# METADATA
# description: >-
#   How many edits make b of a, up to two, and 3 for more. An edit is a character
#   that is added, left out or replaced, or two neighbours that change places.
#   Letters in upper and lower case differ; for names, see lookalike.
#   For example: near if lib.edit_distance("mcp-remote", "mcp-remtoe") < 2
# scope: document
default edit_distance(_, _) := 3

edit_distance(a, b) := 0 if a == b

edit_distance(a, b) := 1 if {
	a != b
	one_edit(middles(a, b))
}

edit_distance(a, b) := 2 if {
	pair := middles(a, b)
	not one_edit(pair)
	two_edits(pair)
}

# What is left of both without what they have in common at the beginning and at
# the end. Undefined for what is longer than any package's name may be.
middles(a, b) := {"a": substring(a, begin, long - common), "b": substring(b, begin, other - common)} if {
	long := count(a)
	other := count(b)
	long <= 214
	begin := other - count(regex.replace(b, beginning(a), ""))
	end := other - count(regex.replace(strings.reverse(b), beginning(strings.reverse(a)), ""))
	common := begin + min([end, long - begin, other - begin])
}

# The pattern of the longest text with which a begins: ^(?:a(?:b(?:c)?)?)? for abc.
beginning(a) := sprintf("^%s%s", [
	concat("", [sprintf(`(?:\Q%s\E`, [letter]) | some letter in split(a, "")]),
	concat("", [")?" | some _ in split(a, "")]),
])

one_edit(pair) if {
	count(pair.a) <= 1
	count(pair.b) <= 1
}

one_edit(pair) if {
	count(pair.a) == 2
	pair.a == strings.reverse(pair.b)
}

# Both the first and the last characters of the middles differ, so of two edits
# one is at the beginning, the other at the end, and nothing changes between.
two_edits(pair) if {
	long := count(pair.a)
	other := count(pair.b)
	some [first, last] in edit_pairs[long - other]
	rest := (long - first[0]) - last[0]
	substring(pair.a, first[0], rest) == substring(pair.b, first[1], rest)
	swaps(first, substring(pair.a, 0, first[0]), substring(pair.b, 0, first[1]))
	swaps(last, substring(pair.a, long - last[0], last[0]), substring(pair.b, other - last[1], last[1]))
}

swaps([taken, _], _, _) if taken < 2

swaps(_, x, y) if x == strings.reverse(y)

# The pairs of edits by what they do to the length. An edit is how many characters
# it takes of each name: [0, 1] is one more, [1, 0] one less, [1, 1] another,
# [2, 2] two that change places.
edit_pairs := {
	-2: [[[0, 1], [0, 1]]],
	-1: [
		[[0, 1], [1, 1]],
		[[1, 1], [0, 1]],
		[[0, 1], [2, 2]],
		[[2, 2], [0, 1]],
	],
	0: [
		[[1, 1], [1, 1]],
		[[1, 0], [0, 1]],
		[[0, 1], [1, 0]],
		[[1, 1], [2, 2]],
		[[2, 2], [1, 1]],
		[[2, 2], [2, 2]],
	],
	1: [
		[[1, 0], [1, 1]],
		[[1, 1], [1, 0]],
		[[1, 0], [2, 2]],
		[[2, 2], [1, 0]],
	],
	2: [[[1, 0], [1, 0]]],
}

# METADATA
# description: >-
#   Those of names, a list, of which at most two edits make name: as edit_distance
#   says, but for many names at once. A name with a line break in it is not found.
#   For example: some known in lib.within_edits("mcp-remtoe", ["mcp-remote", "mcp-proxy"], 1)
# scope: document
within_edits(name, names, most) := {other |
	some other in regex.find_n(sprintf(".*(?:%s).*", [concat("|", pieces(name))]), concat("\n", names), -1)
	edit_distance(name, other) <= most
}

# Three pieces of the name as patterns, with a character between. An edit touches
# one of them at most, so of all names that are near each has one unchanged.
pieces(name) := {piece |
	size := max([0, floor((count(name) - 2) / 3)])
	some [start, length] in [[0, size], [size + 1, size], [(2 * size) + 2, -1]]
	piece := sprintf(`\Q%s\E`, [replace(substring(name, start, length), `\E`, `\E\\E\Q`)])
}

# METADATA
# description: >-
#   The name in a form in which names that look alike are one: in lower case,
#   without the separators - _ . and the marks of a scope, digits and letters that
#   are taken for each other (0 and o; 1, l and i; 5 and s; rn and m; vv and w) as
#   one of them.
#   For example: lib.lookalike("@acme/server-x") == lib.lookalike("acme_server.x")
# scope: document
lookalike(name) := strings.replace_n(
	{
		"-": "",
		"_": "",
		".": "",
		"@": "",
		"/": "",
		"0": "o",
		"1": "l",
		"i": "l",
		"5": "s",
		"rn": "m",
		"vv": "w",
	},
	lower(name),
)

package mcp.gate

# A waiver lets one violation of one server pass for a time. It covers what it
# names and nothing by accident: a waiver that is not whole covers nothing and is
# an error, as one that the settings cannot have.

# The waivers that match this server, each as [instant of its end, waiver, whether
# that is over], the one that ends last at the end. Nothing where there are none,
# or where the time is not known.
default waivers_on(_) := []

waivers_on(x) := sort([[ends, w, now >= ends] |
	some w in x.settings.waivers
	count(waiver_faults(w)) == 0
	matches(w.match, server)
	ends := instant(w.expires)
]) if {
	is_array(x.settings.waivers)
	server := object_at(object_at(x, "input"), "server")
	now := time_of(x)
	now >= 0
}

time_of(x) := instant(object.get(object_at(object_at(x, "input"), "context"), "time", ""))

# The violations, each with the waiver that covers it.
marked(found, []) := found

marked(found, waivers) := [object.union(v, {"waiver": covering(v, waivers)}) | some v in found] if waivers != []

# The waiver in force that covers a violation; of several, the one that ends last.
covering(v, waivers) := candidates[count(candidates) - 1] if {
	candidates := array.concat([null], [w |
		some [_, w, over] in waivers
		over == false
		touches(w, v)
	])
}

touches(w, v) if {
	w.policy == v.policy
	object.get(w, "msg", v.msg) == v.msg
}

# A waiver that is over covers nothing, and says so wherever it would have.
expired(found, waivers) := {sprintf("the waiver of %q%s expired at %s", [w.policy, ticket, w.expires]) |
	some [_, w, over] in waivers
	over == true
	some v in found
	touches(w, v)
	ticket := concat("", [sprintf(", ticket %s,", [t]) | t := object.get(w, "ticket", ""); t != ""])
}

# A waiver of a policy that is not there covers nothing either.
unasked(x) := {sprintf("settings: waiver of %q: there is no such policy", [name]) |
	some w in x.settings.waivers
	name := string_at(w, "policy")
	count({name} & asked(x)) == 0
}

# A waiver compares the leaves that it gives and nothing else. Put over the server
# they change nothing: object.union goes into objects, and replaces lists and
# scalars whole.
matches(match, server) if {
	object.union(server, match) == server
	holds(match, server)
}

# What a waiver holds fast, so that it does not cover another program in the place
# of the one that was looked at.
pins(match) if holds_program(match)

pins(match) if holds_package(match)

holds_program(match) if string_or_empty(match.image.digest) != ""

holds_program(match) if string_or_empty(match.command.sha256) != ""

holds_program(match) if string_or_empty(match.remote.url) != ""

holds_package(match) if {
	string_or_empty(match.package.name) != ""
	string_or_empty(match.package.version) != ""
}

# A range or a tag in the place of a version is another package tomorrow.
holds(match, _) if holds_program(match)

holds(match, server) if {
	holds_package(match)
	server.package.pinned == true
}

# --- what is wrong with waivers

waiver_errors(x) := {msg |
	some msgs in [
		{"settings.waivers is not a list" | type_name(x.settings.waivers) != "array"},
		{"input.context.time is not a time as RFC 3339 writes it, and there are waivers" |
			x.settings.waivers != []
			time_of(x) < 0
		},
		{sprintf("settings.waivers: waiver %d %s", [i + 1, fault]) |
			is_array(x.settings.waivers)
			some i, w in x.settings.waivers
			some fault in waiver_faults(w)
		},
	]
	some msg in msgs
}

waiver_fields := {"policy", "match", "msg", "reason", "ticket", "approver", "expires"}

# The empty set for the common waiver, which is whole, in few steps; else all that
# is wrong.
waiver_faults(w) := set() if {
	is_object(w)
	is_object(w.match)
	object.keys(w) & waiver_fields == object.keys(w)
	{type_name(value) | some value in object.remove(w, ["match"])} == {"string"}
	count({w.policy, w.reason, object.get(w, "msg", "any")} & {""}) == 0
	instant(w.expires) >= 0
	pins(w.match)
	text := json.marshal(w.match)
	indexof(text, "{}") == -1
	indexof(text, "redacted") == -1
} else := {fault |
	some faults in [
		{"is not an object" | type_name(w) != "object"},
		{sprintf("has no %s, or one that is not a string or is empty", [field]) |
			is_object(w)
			some field in ["policy", "reason", "expires"]
			string_at(w, field) == ""
		},
		{sprintf("has a field %s that is not of type string", [field]) |
			some field in ["msg", "ticket", "approver"]
			type_name(w[field]) != "string"
		},
		{"has an empty msg" | w.msg == ""},
		{"has an expires that is not a time before 2262 with a zone, as RFC 3339 writes it" | instant(w.expires) < 0},
		{"has a field that no waiver has" |
			some field, _ in w
			is_object(w)
			count({field} & waiver_fields) == 0
		},
		{fault | is_object(w); some fault in match_faults(object.get(w, "match", null))},
	]
	some fault in faults
}

default match_faults(_) := {"has no match, or one that is not an object"}

match_faults(match) := {fault |
	some faults in [
		{"has a match with an empty object" |
			walk(match, [_, value])
			value == {}
		},
		{"has a match on a redacted value" |
			walk(match, [_, value])
			is_string(value)
			contains(value, "<redacted>")
		},
		{"has a match that pins none of image.digest, command.sha256, package.name with version, and remote.url" |
			not pins(match)
		},
	]
	some fault in faults
} if {
	is_object(match)
}

# --- time

# The instant of a time as RFC 3339 writes it, in nanoseconds, or -1 for what is
# none: a date that does not exist, no zone, a year that nanoseconds do not reach.
# The builtin would fail on these.
default instant(_) := -1

instant(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	regex.match(rfc3339, text)
	not on_no_day(text)
}

rfc3339 := concat("", [
	`^(19[7-9]\d|2[01]\d\d|22[0-5]\d|226[01])-`,
	`((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|[12]\d))`,
	`T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`,
])

on_no_day(text) if {
	substring(text, 4, 6) == "-02-29"
	not in_leap_year(text)
}

in_leap_year(text) if regex.match(`^(..(0[48]|[2468][048]|[13579][26])|2000)-`, text)

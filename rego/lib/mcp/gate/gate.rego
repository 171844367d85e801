# METADATA
# title: The decision
# description: >-
#   Turns what the policies of one source said about one server into a decision.
#   The gate collects deny and warn of each policy on its own and hands them over
#   as data, with each policy's metadata. So this package refers to nothing below
#   data.mcp, and a policy that fails is named.
package mcp.gate

# METADATA
# description: >-
#   The decision about x, which is
#   {"policies": {NAME: {"deny": [], "warn": [], "error": "", "metadata": {}}},
#   "settings": {"enforcement": {}, "waivers": []}, "input": {}}. Whatever does
#   not have that form is an error, and an error allows nothing. With "names", a
#   list or set of all policies that were asked, those that said nothing may be
#   left out of "policies", so that they cost nothing.
# scope: document
default decide(_) := {
	"allowed": false,
	"violations": [],
	"warnings": [],
	"errors": [{"policy": "", "msg": "the question is not an object"}],
}

decide(x) := verdict(found, warnings(x), errors(x)) if {
	is_object(x)
	not x.settings.waivers
	found := violations(x)
} else := verdict(found, warned, errors(x)) if {
	is_object(x)
	waivers := waivers_on(x)
	found := marked(violations(x), waivers)
	warned := (warnings(x) | unasked(x)) | expired(found, waivers)
}

verdict(found, warned, failed) := {
	"allowed": allowed,
	"violations": found,
	"warnings": sort(warned),
	"errors": failed,
} if {
	blocking := [v | some v in found; v.level == "deny"; v.waiver == null]
	allowed := (count(failed) + count(blocking)) == 0
}

# --- violations

violations(x) := [f[4] | some f in sort(found)] if {
	enforcement := object_at(object_at(x, "settings"), "enforcement")
	found := {[v.policy, v.msg, v.path, v.level, v] |
		some name, entry in x.policies
		some set_name in ["deny", "warn"]
		some member in entry[set_name]
		v := violation(name, entry, set_name, member, enforcement)
	}
}

# Undefined for a malformed member, which is an error of its policy instead.
violation(name, entry, set_name, member, enforcement) := {
	"policy": string_or_empty(name),
	"level": level(set_name, level_of_policy(string_or_empty(name), metadata, enforcement)),
	"msg": given.msg,
	"path": object.get(given, "path", ""),
	"severity": one_of(metadata, "severity", severities, "medium"),
	"title": string_at(metadata, "title"),
	"remediation": object.get(given, "remediation", string_at(metadata, "remediation")),
	"links": [link | some link in metadata.links; is_string(link)],
	"details": object.get(given, "details", {}),
	"waiver": null,
} if {
	count(member_errors(set_name, member)) == 0
	given := as_object(member)
	metadata := object_at(entry, "metadata")
}

as_object(member) := member if is_object(member)

as_object(member) := {"msg": member} if is_string(member)

# A member of warn never rises above warn.
level("deny", l) := l

level("warn", l) := {"deny": "warn", "warn": "warn", "audit": "audit"}[l]

# The level that the settings give to the policy, else its own, else deny. Its own
# name is nearest, and needs fewer steps.
level_of_policy(name, metadata, enforcement) := enforcement[name] if {
	enforcement[name] in levels
} else := array.concat(
	[l | some key in setting_keys(name); l := enforcement[key]; l in levels],
	[one_of(metadata, "enforcement", levels, "deny")],
)[0]

# The settings that apply to a policy, the nearest first: for a.b.c these are
# a.b.c, a.b.*, a.* and *.
setting_keys(name) := array.concat([name], [key |
	parts := split(name, ".")
	some n in numbers.range(count(parts) - 1, 0)
	key := concat(".", array.concat(array.slice(parts, 0, n), ["*"]))
])

# --- warnings

warnings(x) := {msg |
	some key in (object.keys(object_at(object_at(x, "settings"), "enforcement")) - asked(x))
	is_string(key)
	count(concerned(key, asked(x))) == 0
	msg := sprintf("settings: enforcement of %q: there is no such policy", [key])
}

# The names of all policies that were asked.
asked(x) := object.keys(object_at(x, "policies")) | {name | some name in x.names}

# The policies that a setting is about which has no policy's name: all for *, and
# for a.* those below a.
concerned("*", names) := names

concerned(key, names) := {name |
	endswith(key, ".*")
	some name in names
	startswith(string_or_empty(name), trim_suffix(key, "*"))
} if {
	key != "*"
}

# --- errors

errors(x) := [{"policy": f[0], "msg": f[1]} | some f in sort(failed)] if {
	of_question := {["", msg] | some msg in question_errors(x)}
	of_policies := {[string_or_empty(name), msg] |
		some name, entry in x.policies
		some msg in policy_errors(name, entry)
	}

	# Here rather than in policy_errors, where it would cost each policy a third more.
	of_links := {[string_or_empty(name), "metadata: links has a member that is not a string"] |
		some name, entry in x.policies
		some link in entry.metadata.links
		type_name(link) != "string"
	}
	failed := (of_question | of_policies) | of_links
}

# The empty set for the common question, in few steps; else all that is wrong.
question_errors(x) := set() if {
	is_object(x.input)
	is_object(x.policies)
	asked(x) != set()
	{type_name(name) | some name in asked(x)} - {"string"} == set()
	is_object(x.settings)
	object.keys(x.settings) == {"enforcement"}
	is_object(x.settings.enforcement)
	{type_name(key) | some key in (object.keys(x.settings.enforcement) - asked(x))} - {"string"} == set()
	{level | some level in x.settings.enforcement} - levels == set()
	type_name(object.get(x, "names", [])) in {"array", "set"}
} else := {msg |
	some msgs in [shape_errors(x), name_errors(x), enforcement_errors(x), waiver_errors(x)]
	some msg in msgs
}

shape_errors(x) := {msg |
	some field in ["policies", "settings", "input"]
	type_name(object.get(x, field, null)) != "object"
	msg := sprintf("%s is missing or not an object", [field])
} | {"no policy loaded" | x.policies == {}; asked(x) == set()}

# The names may be absent.
name_errors(x) := {msg |
	some msgs in [
		{"names is not a list" |
			type := type_name(object.get(x, "names", []))
			count({type} & {"array", "set"}) == 0
		},
		{"names has a member that is not a string" |
			some name in x.names
			type_name(name) != "string"
		},
	]
	some msg in msgs
}

# Settings may lack enforcement and waivers, the only parts that may be absent.
enforcement_errors(x) := {msg |
	some msgs in [
		{"settings.enforcement is not an object" | type_name(x.settings.enforcement) != "object"},
		{"settings.enforcement: a name is not a string" |
			some key, _ in x.settings.enforcement
			type_name(key) != "string"
		},
		{sprintf("settings.enforcement: the level of %q is not deny, warn or audit", [string_or_empty(key)]) |
			some key, level in x.settings.enforcement
			count({level} & levels) == 0
		},
	]
	some msg in msgs
}

# The empty set for the common policy, which is whole, in few steps; else all that
# is wrong.
policy_errors(name, entry) := set() if {
	is_string(name)
	name != ""
	entry.error == ""
	type_name(entry.deny) in {"array", "set"}
	type_name(entry.warn) in {"array", "set"}
	{1 | some set_name in ["deny", "warn"]; some member in entry[set_name]; some _ in member_errors(set_name, member)} == set()
	is_string(entry.metadata.title)
	is_string(entry.metadata.description)
	is_string(entry.metadata.remediation)
	entry.metadata.severity in {"", "low", "medium", "high", "critical"}
	entry.metadata.enforcement in {"", "deny", "warn", "audit"}
	is_array(entry.metadata.links)
} else := {msg |
	some msgs in [
		{"the name is not a string, or is empty" | string_or_empty(name) == ""},
		entry_errors(entry),
		metadata_errors(object_at(entry, "metadata")),
		{msg | some set_name in ["deny", "warn"]; some member in entry[set_name]; some msg in member_errors(set_name, member)},
	]
	some msg in msgs
}

default entry_errors(_) := {"what was collected is not an object"}

entry_errors(entry) := {msg |
	some field, types in entry_types
	count({type_name(object.get(entry, field, null))} & types) == 0
	msg := sprintf("%s is missing or of a wrong type", [field])
} | {msg |
	msg := entry.error
	is_string(msg)
	msg != ""
} if {
	is_object(entry)
}

entry_types := {
	"deny": {"array", "set"},
	"warn": {"array", "set"},
	"error": {"string"},
	"metadata": {"object"},
}

metadata_errors(metadata) := {msg |
	some msgs in [
		{msg |
			some field in ["title", "description", "remediation"]
			type_name(metadata[field]) != "string"
			msg := sprintf("metadata: %s is not a string", [field])
		},
		{msg |
			some field, allowed in {"severity": severities, "enforcement": levels}
			count({metadata[field]} & (allowed | {""})) == 0
			msg := sprintf("metadata: %s is not one of %s", [field, concat(", ", allowed)])
		},
		{"metadata: links is not a list" | type_name(metadata.links) != "array"},
	]
	some msg in msgs
}

# What is wrong with a member. It says which part and never the value, which may
# be anything: errors are shown and recorded.
member_errors(set_name, member) := {sprintf("%s has a member that %s", [set_name, fault]) |
	some fault in member_faults(member)
}

default member_faults(_) := {"is neither a string nor an object"}

member_faults(member) := {"is an empty string" | member == ""} if is_string(member)

member_faults(member) := {fault |
	some faults in [
		{"has no msg, or one that is not a string or is empty" | string_at(member, "msg") == ""},
		{sprintf("has a field %s that is not of type %s", [field, type]) |
			some field, type in {"path": "string", "details": "object", "remediation": "string"}
			type_name(member[field]) != type
		},
		{"has a path that is not a JSON Pointer" |
			is_string(member.path)
			member.path != ""
			substring(member.path, 0, 1) != "/"
		},
		{"has a field other than msg, path, details and remediation" |
			some field, _ in member
			count({field} & {"msg", "path", "details", "remediation"}) == 0
		},
	]
	some fault in faults
} if {
	is_object(member)
}

# --- reading what may be anything

levels := {"deny", "warn", "audit"}

severities := {"low", "medium", "high", "critical"}

default object_at(_, _) := {}

object_at(x, field) := x[field] if is_object(x[field])

default string_at(_, _) := ""

string_at(x, field) := x[field] if is_string(x[field])

default string_or_empty(_) := ""

string_or_empty(x) := x if is_string(x)

one_of(x, field, values, otherwise) := array.concat([v | v := x[field]; v in values], [otherwise])[0]

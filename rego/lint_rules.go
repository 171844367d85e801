package rego

// lintRules are the rules of the lint. An error is certain: the rule does not do
// what it says for any input. A warning is a form that mostly means another.
var lintRules = []RuleInfo{
	// What the input cannot have.
	{"unknown-key", FindingError, "object.get and its like ask for a field that the input does not have"},
	{"unknown-rule", FindingError, "a reference to a rule that its package does not have"},
	{"dynamic-key", FindingWarning, "which field of the input is read depends on a value"},
	{"enum-value", FindingError, "a comparison with a value that the field never has"},
	{"type-mismatch", FindingError, "a comparison of two types, which are never equal"},
	{"not-a-collection", FindingError, "in, some or every over what has no members"},
	{"in-values", FindingError, "in over an object, which asks for its values, with a key"},
	{"case-mismatch", FindingError, "a string in one case compared with letters of the other"},
	{"argument-type", FindingError, "a builtin called with a type that it does not take"},
	{"total-object", FindingError, "an object of the input counted, which always has all its fields"},
	{"unused-default", FindingWarning, "a default for a field that is always there"},
	{"first-element", FindingWarning, "one element by its index, where all are meant"},
	// What is undefined, and takes the deny with it.
	{"not-undefined", FindingWarning, "an operand under not that may be undefined"},
	{"message-undefined", FindingWarning, "a message made of what may be undefined"},
	{"absent-passes", FindingWarning, "!= or == false over what may be undefined"},
	{"dropped-members", FindingWarning, "every over a list that leaves out members without a field"},
	{"builtin-error", FindingWarning, "a builtin that fails for some inputs, not guarded"},
	// Conditions that do not say what they seem to.
	{"always-truthy", FindingError, "a field that is no boolean as a condition"},
	{"never-false", FindingError, "a rule that is true or undefined compared with false"},
	{"contradiction", FindingError, "conditions that are never true together"},
	{"constant-condition", FindingError, "a condition that does not depend on the input"},
	{"any-differs", FindingWarning, "a member that differs, where no member may be equal"},
	{"any-inequality", FindingError, "a rule that allows by one of two inequalities, of which one always holds"},
	{"unused-condition", FindingWarning, "a condition that is given a name, and not asked"},
	{"two-wildcards", FindingWarning, "two [_] over one list, which are two members"},
	{"empty-every", FindingWarning, "a rule that allows where a list is empty"},
	{"shadowed-rule", FindingWarning, "a variable with the name of a rule"},
	{"unify-binds", FindingWarning, "= with a name that stands for nothing"},
	{"unreachable-else", FindingWarning, "an else after a branch that is always taken"},
	{"unused-rule", FindingWarning, "a rule of a policy that no deny or warn asks for"},
	{"with-outside-test", FindingWarning, "with in a policy"},
	{"foreign-params", FindingWarning, "the params of another policy"},
	// Strings, patterns and versions.
	{"open-prefix", FindingWarning, "startswith in what allows, with a prefix that goes on"},
	{"open-suffix", FindingWarning, "endswith in what allows, with a suffix that others have"},
	{"open-substring", FindingWarning, "contains in what allows"},
	{"regex-invalid", FindingError, "a regular expression that does not compile"},
	{"regex-unanchored", FindingWarning, "a regular expression in what allows, without ^ or $"},
	{"regex-dot", FindingWarning, "a dot in a name that matches any character"},
	{"regex-escape", FindingWarning, "two backslashes in a raw string"},
	{"glob-delimiters", FindingWarning, "a glob over paths with the delimiters of host names"},
	{"glob-open", FindingWarning, "a glob in what allows, with a name that goes on"},
	{"glob-depth", FindingWarning, "a glob in a deny that stops at the next delimiter"},
	{"pattern-compared", FindingWarning, "a pattern compared with == or in"},
	{"version-order", FindingWarning, "versions or numbers that compare as strings"},
	{"hidden-character", FindingWarning, "a text with a character that nobody sees, or that looks like another"},
	{"trim-characters", FindingWarning, "trim with a text, of which it takes the characters"},
	{"argument-order", FindingWarning, "two arguments that are swapped"},
	{"sprintf-verbs", FindingWarning, "verbs that do not fit their values"},
	// Members of deny and warn.
	{"member-shape", FindingError, "a member of deny or warn that the contract does not know"},
	{"member-path", FindingWarning, "a path that is no place in the input"},
}

func lintSeverity(name string) string {
	for _, r := range Rules() {
		if r.Name == name {
			return r.Severity
		}
	}
	return FindingWarning
}

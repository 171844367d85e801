package rego

import (
	"slices"
	"strings"
)

// RuleInfo describes one rule that a [Finding] can be of.
type RuleInfo struct {
	// Name is the Rule of its findings.
	Name string `json:"name"`
	// Severity is FindingError or FindingWarning.
	Severity string `json:"severity"`
	// Short says in one line what the rule finds.
	Short string `json:"short"`
}

// Rules lists every rule that a finding can be of, sorted by name.
func Rules() []RuleInfo {
	rules := slices.Concat(loadRules, lintRules)
	slices.SortFunc(rules, func(a, b RuleInfo) int { return strings.Compare(a.Name, b.Name) })
	return rules
}

// loadRules are what a source is held to when it is loaded.
var loadRules = []RuleInfo{
	{"archive", FindingError, "an archive that is cut off, damaged or holds what no bundle does"},
	{"compile", FindingError, "an error of OPA's compiler"},
	{"data-conflict", FindingError, "one value of data that two files define"},
	{"data-duplicate-key", FindingError, "a key that is there twice, of which readers take one"},
	{"data-missing", FindingError, "a reference to data or a package that is not there"},
	{"data-reserved", FindingError, "data below mcp or system, where only mcp.settings is data"},
	{"data-second-document", FindingError, "a second YAML document, which readers drop"},
	{"data-syntax", FindingError, "data that is not JSON or YAML, or that readers of YAML disagree on"},
	{"deny-below", FindingError, "deny or warn inside of another rule, where nobody asks"},
	{"deny-function", FindingError, "deny or warn that is a function"},
	{"deny-never-asked", FindingError, "deny or warn in a package outside of mcp.policy"},
	{"deny-not-a-set", FindingError, "deny or warn that is not a set that rules add messages to"},
	{"encoding", FindingError, "text that is not UTF-8, or that hides rules in a comment"},
	{"file-kind", FindingError, "what is neither a file nor a directory, or a symlink in a circle"},
	{"file-limit", FindingError, "more or larger files than a source may hold"},
	{"file-name", FindingError, "a file whose name says neither policy nor data, and that would not be read"},
	{"file-permissions", FindingError, "what others than root and the user may write: a file, a directory, or what leads to it"},
	{"gate-reference", FindingError, "a reference to data.mcp.gate"},
	{"mask-drop", FindingError, "a rule drop in package system.log: every decision is recorded"},
	{"mask-missing", FindingError, "a package system.log without mask, the one rule that is read of it"},
	{"mask-not-a-set", FindingError, "a mask that is not a set"},
	{"mask-path", FindingError, "a mask of what stays in every record"},
	{"manifest", FindingError, "a .manifest that is not as OPA writes them"},
	{"metadata-marker", FindingError, "a comment that was meant as metadata, which OPA does not see"},
	{"metadata-misplaced", FindingError, "metadata that stands where nobody reads it"},
	{"metadata-syntax", FindingError, "metadata that is not YAML, or empty"},
	{"metadata-twice", FindingError, "a second metadata block of one policy"},
	{"metadata-unknown-key", FindingError, "a key of metadata that nobody reads"},
	{"metadata-value", FindingError, "a value of metadata of the wrong type, or none of those allowed"},
	{"near-miss", FindingError, "a rule with a name near to deny or warn, which nobody reads"},
	{"no-deny", FindingError, "a policy that defines neither deny nor warn"},
	{"no-package", FindingError, "a Rego file without a package"},
	{"no-policy", FindingError, "a source without any policy"},
	{"outside-roots", FindingError, "a package or data outside of the roots of its bundle"},
	{"overlapping-roots", FindingError, "two bundles that own the same part of data"},
	{"package-name", FindingError, "a package below mcp.policy whose name is none of a policy"},
	{"package-reserved", FindingError, "a package below mcp or system"},
	{"package-typo", FindingError, "a package that was meant to be below mcp.policy"},
	{"params-missing", FindingError, "params that a policy reads and the settings lack"},
	{"params-schema", FindingError, "params that break the schema of their policy, or no schema"},
	{"parse", FindingError, "an error of OPA's parser"},
	{"policy-in-library", FindingError, "a policy of the team's own with the name of one in library/"},
	{"policy-in-two-bundles", FindingError, "a policy that two bundles define"},
	{"recursion", FindingError, "a rule that refers to itself"},
	{"repository", FindingError, "a whole policy repository where the directory policy in it is meant"},
	{"refused-builtin", FindingError, "a builtin that policies cannot call"},
	{"rego-v0", FindingError, "a file in Rego v0"},
	{"rollback", FindingError, "a signed bundle that is older than what was in force before it"},
	{"rule-on-package", FindingError, "a rule where a package of another file is"},
	{"setting", FindingError, "a setting of the wrong type"},
	{"setting-level", FindingError, "a level that is none"},
	{"setting-name", FindingError, "a setting whose name is none of a policy"},
	{"setting-unknown", FindingError, "a setting that nobody reads"},
	{"setting-without-policy", FindingWarning, "a setting for a policy that is not there"},
	{"settings-elsewhere", FindingError, "settings outside of data.mcp.settings, where nobody reads them"},
	{"settings-in-rego", FindingError, "settings that are written as Rego"},
	{"signature", FindingError, "a bundle that is not signed by a given key, or not as it was signed"},
	{"strict", FindingError, "what only `opa check --strict` refuses; the gate loads it"},
	{"test-defines-deny", FindingError, "a test package that defines deny or warn"},
	{"test-package", FindingError, "a file *_test.rego whose package is no test"},
	{"too-complex", FindingError, "Rego that would keep OPA's compiler busy without end, or fill the memory"},
	{"type", FindingError, "an error of OPA's type checker"},
	{"unknown-field", FindingError, "a field that the value at hand does not have"},
	{"unknown-function", FindingError, "a function that is not there"},
	{"unknown-input-field", FindingError, "a field that the input does not have"},
	{"unread", FindingError, "a source that cannot be read to its end"},
	{"unsafe-var", FindingError, "a variable without a value"},
	{"unused-package", FindingWarning, "a package of helpers that no policy refers to"},
	{"waiver", FindingError, "a waiver that is incomplete, matches nothing or pins nothing"},
	{"waiver-expired", FindingWarning, "a waiver that is over"},
}

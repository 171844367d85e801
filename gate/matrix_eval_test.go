package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// evaluationFault is a fault of a policy that loads and fails when it is asked.
type evaluationFault struct {
	name string
	// rules are those of package mcp.policy.x. ODD in them is true of the server
	// that the fault is about.
	rules  string
	reason string
	// masks says that rules are those of package system.log: they are asked where
	// the decision is recorded.
	masks    bool
	deadline time.Duration
}

// evaluationFaultTable are members that are none, and evaluations that fail.
func evaluationFaultTable() []evaluationFault {
	member := func(what, text, reason string) evaluationFault {
		return evaluationFault{name: "member: " + what, rules: "deny contains " + text + " if ODD", reason: "x: deny has a member that " + reason}
	}
	const (
		noMember = "is neither a string nor an object"
		slow     = "some i in numbers.range(1, 3000)\n\tsome j in numbers.range(1, 3000)\n\ti + j == -1"
	)
	return []evaluationFault{
		member("boolean", "true", noMember),
		member("false", "false", noMember),
		member("number", "1", noMember),
		member("null", "null", noMember),
		member("array", `["m"]`, noMember),
		member("set", `{"m"}`, noMember),
		member("empty string", `""`, "is an empty string"),
		member("empty object", "{}", "has no msg"),
		member("no msg", `{"path": "/server"}`, "has no msg"),
		member("empty msg", `{"msg": ""}`, "has no msg"),
		member("msg of another type", `{"msg": 1}`, "has no msg"),
		member("path of another type", `{"msg": "m", "path": ["server"]}`, "has a field path"),
		member("path that is no pointer", `{"msg": "m", "path": "server"}`, "has a path that is not a JSON Pointer"),
		member("details of another type", `{"msg": "m", "details": "d"}`, "has a field details"),
		member("remediation of another type", `{"msg": "m", "remediation": {}}`, "has a field remediation"),
		member("unknown key", `{"msg": "m", "severity": "low"}`, "has a field other than"),
		{name: "member: of warn", rules: "warn contains 1 if ODD", reason: "x: warn has a member that " + noMember},
		{name: "builtin error: division by zero", rules: "deny contains \"m\" if {\n\tODD\n\t1 / (input.server.endpoint.port * 0) == 1\n}", reason: `x: .*x\.rego:\d+: .*div`},
		{name: "builtin error: to_number", rules: "deny contains \"m\" if {\n\tODD\n\tto_number(input.server.name) == 1\n}", reason: `x: .*x\.rego:\d+: .*to_number`},
		{name: "builtin error: json.unmarshal", rules: "deny contains \"m\" if {\n\tODD\n\tjson.unmarshal(input.server.name) == 1\n}", reason: `x: .*x\.rego:\d+: .*json\.unmarshal`},
		{name: "builtin error: regex", rules: "deny contains \"m\" if {\n\tODD\n\tregex.match(sprintf(\"(%s\", [input.server.name]), \"x\")\n}", reason: `x: .*x\.rego:\d+: .*regex`},
		{name: "builtin error: time", rules: "deny contains \"m\" if {\n\tODD\n\ttime.parse_rfc3339_ns(input.server.name) == 1\n}", reason: `x: .*x\.rego:\d+: .*time\.parse`},
		{name: "builtin error: operand type", rules: "deny contains \"m\" if {\n\tODD\n\tcount(data.numbers.one) == 1\n}", reason: `x: `},
		{name: "builtin error: in a comprehension", rules: "deny contains \"m\" if {\n\tODD\n\tcount([x | x := to_number(input.server.name)]) == 7\n}", reason: `x: .*to_number`},
		{name: "builtin error: under not", rules: "ok if to_number(input.server.name) == 1\n\ndeny contains \"m\" if {\n\tODD\n\tnot ok\n}", reason: `x: .*to_number`},
		{name: "conflict: complete rule", rules: "a := 1 if ODD\n\na := 2 if input.server.name != \"\"\n\ndeny contains \"m\" if a == 3", reason: "x: .*eval_conflict_error"},
		{name: "conflict: function", rules: "f(_) := 1 if ODD\n\nf(_) := 2 if input.server.name != \"\"\n\ndeny contains \"m\" if f(0) == 3", reason: "x: .*eval_conflict_error"},
		{name: "conflict: keys of an object", rules: "a := {k: v |\n\tODD\n\tk := \"k\"\n\tsome v in [1, 2]\n}\n\ndeny contains \"m\" if count(a) == 7", reason: "x: .*eval_conflict_error"},
		{name: "conflict: rules of an object", rules: "a[\"k\"] := 1 if ODD\n\na[\"k\"] := 2 if input.server.name != \"\"\n\ndeny contains \"m\" if a.k == 3", reason: "x: .*eval_conflict_error"},
		{name: "deadline of the evaluation", rules: "deny contains \"m\" if {\n\tODD\n\t" + slow + "\n}", reason: "the deadline of .* passed", deadline: 500 * time.Millisecond},
		{name: "mask: error of a builtin", masks: true, rules: "mask contains \"/input/config\" if {\n\tODD\n\tto_number(input.input.server.name) == 1\n}", reason: `mask.*to_number`},
		{name: "mask: conflict", masks: true, rules: "a := 1 if ODD\n\na := 2 if input.path != \"\"\n\nmask contains \"/input\" if a == 3", reason: "mask.*eval_conflict_error"},
		{name: "mask: member of another type", masks: true, rules: "mask contains 1 if ODD", reason: "mask.*member"},
		{name: "mask: unknown operation", masks: true, rules: "mask contains {\"op\": \"drop\", \"path\": \"/input\"} if ODD", reason: "mask.*op is"},
		{name: "mask: no pointer", masks: true, rules: "mask contains path if {\n\tODD\n\tpath := concat(\"\", [\"in\", \"put\"])\n}", reason: "mask.*JSON Pointer"},
		{name: "mask: of the verdict", masks: true, rules: "mask contains path if {\n\tODD\n\tpath := concat(\"/\", [\"\", \"result\", \"allowed\"])\n}", reason: "mask.*stays in every record"},
		{name: "mask: deadline", masks: true, rules: "mask contains \"/input\" if {\n\tODD\n\t" + slow + "\n}", reason: "deadline of .* passed", deadline: 500 * time.Millisecond},
	}
}

func evaluationFaults() []fault {
	var all []fault
	for _, f := range evaluationFaultTable() {
		all = append(all, fault{
			name:  f.name,
			cells: map[string]func(c *cell){atStart: f.start, atReload: f.reload, atAgain: f.again, atDecision: f.decision},
		})
	}
	return all
}

// files is a source with the fault: for every server, or for "odd" alone.
func (f evaluationFault) files(always bool) map[string]string {
	name := "input.server.name"
	pkg := "mcp.policy.x"
	if f.masks {
		name, pkg = "input.input.server.name", "system.log"
	}
	odd := name + ` == "odd"`
	if always {
		odd = name + ` != ""`
	}
	return map[string]string{
		"x.rego":            "package " + pkg + "\n\n" + strings.ReplaceAll(f.rules, "ODD", odd) + "\n",
		"calm.rego":         allowing,
		"numbers/data.json": `{"one": 1}`,
	}
}

// open makes a gate that asks dir. Masks are asked by what records to a file.
func (f evaluationFault) open(c *cell, dir string) (*gate.Gate, *rego.Store) {
	g, store := c.open(dir)
	if f.deadline == 0 && !f.masks {
		return g, store
	}
	cfg := gate.Config{Stores: []*rego.Store{store}, Deadline: f.deadline}
	if f.masks {
		cfg.Deadline, cfg.RecordDeadline = 0, f.deadline
		recorder, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: filepath.Join(c.TempDir(), "d.jsonl")})
		require.NoError(c, err)
		cfg.Recorder = recorder
	}
	return c.gate(cfg), store
}

// start asks a source that failed from the first.
func (f evaluationFault) start(c *cell) {
	dir := c.TempDir()
	putFiles(c, dir, f.files(true))
	g, store := f.open(c, dir)
	require.NoError(c, store.Status().LastError, "it loads")
	c.undecided(g, remoteNamed("fine"), f.reason)
}

// reload asks a source that fails since its last change.
func (f evaluationFault) reload(c *cell) {
	dir := c.TempDir()
	putFiles(c, dir, map[string]string{"calm.rego": allowing, "numbers/data.json": `{"one": 1}`})
	g, store := f.open(c, dir)
	c.allowed(g, remoteNamed("fine"))
	before := store.Status().Revision
	putFiles(c, dir, map[string]string{"x.rego": f.files(true)["x.rego"]})
	c.await("reload", func() bool { return store.Status().Revision != before })
	c.undecided(g, remoteNamed("fine"), f.reason)
}

// again asks a source that did not load first.
func (f evaluationFault) again(c *cell) {
	dir := c.TempDir()
	putFiles(c, dir, f.files(true))
	putFiles(c, dir, map[string]string{"first.rego": "nonsense"})
	g, store := f.open(c, dir)
	c.undecided(g, remoteNamed("fine"), "first.rego:1")
	require.NoError(c, os.Remove(filepath.Join(dir, "first.rego")))
	c.await("load", func() bool { return store.Status().LastError == nil })
	c.undecided(g, remoteNamed("fine"), f.reason)
}

// decision asks a source that fails for one server and for no other.
func (f evaluationFault) decision(c *cell) {
	dir := c.TempDir()
	putFiles(c, dir, f.files(false))
	g, store := f.open(c, dir)
	require.NoError(c, store.Status().LastError, "it loads")
	c.allowed(g, remoteNamed("fine"))
	c.undecided(g, remoteNamed("odd"), f.reason)
	c.over(g)
}

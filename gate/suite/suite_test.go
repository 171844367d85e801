package suite_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/suite"
	"github.com/mcp-runner/mcp-runner/rego"
)

const policies = `package mcp.policy.images

deny contains {"msg": sprintf("image %q", [input.server.image.reference]), "path": "/server/image"} if {
	input.server.image.repository != ""
	input.server.image.registry != "ghcr.io"
}

deny contains "tag" if input.server.image.tag == "latest"

warn contains sprintf("host %s %s %s %s", [input.context.user.name, input.context.host.name, input.context.host.os, input.context.time])

deny contains sprintf("command %s %s %s", [input.server.command.path, input.server.command.resolved, input.server.command.sha256]) if {
	input.server.command.path != ""
}

deny contains "late" if time.parse_rfc3339_ns(input.context.time) > time.parse_rfc3339_ns("2030-01-01T00:00:00Z")

deny contains "dev" if input.context.environment == "dev"

deny contains sprintf("registry %s %s at %s://%s or in %s, which is %s, %v, %v", [r.name, r.url, r.scheme, r.host, r.local_path, r.resolved, r.allow_private_ip, r.has_auth]) if {
	input.operation == "update_registry"
	r := input.registry
}
`

const numbers = `package mcp.policy.numbers

deny contains "broken" if {
	input.server.group == "broken"
	to_number(input.server.name) > 0
}
`

func open(t *testing.T, text string) *rego.Store {
	t.Helper()
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{
		Name: "suite", FS: fstest.MapFS{"x.rego": {Data: []byte(text)}, "n/n.rego": {Data: []byte(numbers)}}, InputSchema: gate.InputSchema(),
	}, Static: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func run(t *testing.T, text string) []suite.Result {
	t.Helper()
	s, err := suite.Parse("suites/x.yaml", []byte(text))
	require.NoError(t, err)
	store := open(t, policies)
	results, err := s.Run(t.Context(), store, nil)
	require.NoError(t, err)
	require.Len(t, results, len(s.Cases))
	return results
}

func TestSuitePasses(t *testing.T) {
	for _, r := range run(t, `
cases:
  - name: approved
    image: ghcr.io/acme/search:1.2.3
    expect: {allowed: true, warnings: 0, violations: [{level: warn}]}
  - name: denied
    image: docker.io/evil/x
    expect: {allowed: false}
  - name: complete, in any order, the vague one first
    image: docker.io/evil/x
    expect:
      allowed: false
      violations:
        - policy: images
        - {level: warn}
        - {msg: tag, path: "", waived: false}
  - name: every field
    image: docker.io/evil/x:1
    expect:
      allowed: false
      violations:
        - {policy: images, msg: 'image "docker.io/evil/x:1"', path: /server/image, severity: medium, level: deny, waived: false}
        - {level: warn}
  - name: the machine does not matter
    command: [no-such-program-anywhere, --flag]
    expect:
      allowed: false
      violations:
        - msg: command no-such-program-anywhere no-such-program-anywhere e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        - msg: host user host linux 2026-01-01T00:00:00.000Z
  - name: the file behind a command
    command: [npx]
    path: /usr/bin/npx
    resolved: /opt/npx.js
    sha256: abc
    interpreter: {path: /usr/bin/node, sha256: def}
    expect: {allowed: false, violations: [{msg: command /usr/bin/npx /opt/npx.js abc}, {level: warn}]}
  - name: remote
    remote_url: https://mcp.example/mcp
    expect: {allowed: true}
  - name: a run config
    run_config: {image: 'ghcr.io/a/b:1', transport: stdio, env_vars: {A: "1"}, port: 8080}
    expect: {allowed: true}
  - name: another registry
    registry: {operation: update_registry, name: x, url: "HTTPS://u:p@R.example/", allow_private_ip: true}
    expect:
      allowed: false
      violations:
        - {level: warn}
        - {msg: 'registry x https://r.example/ at https://r.example or in , which is , true, true'}
  - name: a file that nobody looks up
    registry: {operation: update_registry, local_path: /no/such/../r.json, has_auth: true}
    expect:
      allowed: false
      violations:
        - {level: warn}
        - {msg: 'registry   at :// or in /no/r.json, which is /no/r.json, false, true'}
  - name: a file behind a link
    registry: {operation: update_registry, local_path: "file:///a", resolved: /b}
    expect:
      allowed: false
      violations:
        - {level: warn}
        - {msg: 'registry   at :// or in /a, which is /b, false, false'}
  - name: no registry
    registry: {operation: delete_registry, name: default}
    time: 2027-01-01T00:00:00Z
    expect: {allowed: true, violations: [{msg: "host user host linux 2027-01-01T00:00:00.000Z"}]}
  - name: time
    image: ghcr.io/a/b:1
    time: 2031-01-01T00:00:00Z
    expect: {allowed: false, violations: [{msg: late}, {level: warn}]}
  - name: environment
    image: ghcr.io/a/b:1
    environment: dev
    expect: {allowed: false, violations: [{msg: dev}, {level: warn}]}
`) {
		require.Equal(t, rego.OutcomePass, r.Outcome, "%s\n%s%s", r.Name, r.Error, r.Diff)
		require.Equal(t, "suites/x.yaml", r.File)
		require.NotZero(t, r.Row)
	}
}

func TestSuiteFails(t *testing.T) {
	for name, c := range map[string]struct{ text, outcome, want string }{
		"allowed": {"image: docker.io/x:1\n    expect: {allowed: true}", rego.OutcomeFail, `-  "allowed": true`},
		"denied":  {"image: ghcr.io/x/y:1\n    expect: {allowed: false}", rego.OutcomeFail, `+  "allowed": true`},
		"a violation more": {
			"image: docker.io/x\n    expect: {allowed: false, violations: [{policy: images}, {level: warn}]}",
			rego.OutcomeFail, `+      "msg": "tag"`,
		},
		"a violation less": {
			"image: ghcr.io/x/y:1\n    expect: {allowed: true, violations: [{level: warn}, {msg: more}]}",
			rego.OutcomeFail, `-      "msg": "more"`,
		},
		"none expected": {"image: ghcr.io/x/y:1\n    expect: {allowed: true, violations: []}", rego.OutcomeFail, `+      "level": "warn"`},
		"waived":        {"image: docker.io/x:1\n    expect: {allowed: false, violations: [{level: warn}, {waived: true}]}", rego.OutcomeFail, `+      "waived": false`},
		"warnings":      {"image: ghcr.io/x/y:1\n    expect: {allowed: true, warnings: 1}", rego.OutcomeFail, `-  "warnings": 1`},
		// A policy that fails denies, which is not what a case means by it.
		"an error": {
			"run_config: {image: 'docker.io/x:1', group: broken, name: abc}\n    expect: {allowed: false}",
			rego.OutcomeError, "numbers: ",
		},
		"no input": {"image: \"docker.io/A B\"\n    expect: {allowed: false}", rego.OutcomeError, "image"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, "cases:\n  - name: x\n    "+c.text+"\n")[0]
			require.Equal(t, c.outcome, r.Outcome, r.Error)
			require.Contains(t, r.Diff+r.Error, c.want)
			if c.outcome == rego.OutcomeFail {
				require.NotEmpty(t, r.Reasons)
			}
		})
	}
}

func TestSuiteChooses(t *testing.T) {
	s, err := suite.Parse("suites/x.yaml", []byte(`
cases:
  - {name: a, image: x, expect: {allowed: true}}
  - {name: b, image: x, expect: {allowed: true}}
`))
	require.NoError(t, err)
	results, err := s.Run(t.Context(), open(t, "package mcp.policy.x\n\ndeny contains \"x\""), func(name string) bool { return name == "x.yaml/b" })
	require.NoError(t, err)
	require.Len(t, results, 1)
	require.Equal(t, "b", results[0].Name)
	require.Equal(t, 4, results[0].Row)
}

func TestParseRefuses(t *testing.T) {
	const ok = "image: x\n    expect: {allowed: true}"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":             {"", "there is no case"},
		"no case":             {"cases: []", "there is no case"},
		"unknown at the top":  {"cases: []\ncase: []", `x.yaml:2: a suite has no key "case": want one of cases`},
		"a list at the top":   {"- name: x", "x.yaml:1: a suite is a list"},
		"second document":     {"cases: []\n---\ncases: []", "x.yaml:2: a second YAML document"},
		"unknown in a case":   {"cases:\n  - name: x\n    images: x", `x.yaml:3: a case has no key "images"`},
		"twice":               {"cases:\n  - name: x\n    image: x\n    image: y", `x.yaml:4: the key "image" is there twice`},
		"unknown in expect":   {"cases:\n  - name: x\n    image: x\n    expect: {allow: true}", `x.yaml:4: expect has no key "allow"`},
		"unknown violation":   {"cases:\n  - name: x\n    image: x\n    expect: {allowed: true, violations: [{message: x}]}", `a violation has no key "message"`},
		"empty violation":     {"cases:\n  - name: x\n    image: x\n    expect: {allowed: true, violations: [{}]}", "says nothing"},
		"level":               {"cases:\n  - name: x\n    image: x\n    expect: {allowed: true, violations: [{level: block}]}", "want one of deny, warn, audit"},
		"no name":             {"cases:\n  - " + ok, "x.yaml:2: the case has no name"},
		"same name":           {"cases:\n  - name: x\n    " + ok + "\n  - name: x\n    " + ok, `two cases named "x"`},
		"no server":           {"cases:\n  - name: x\n    expect: {allowed: true}", "has 0 of image, remote_url, command"},
		"two servers":         {"cases:\n  - name: x\n    remote_url: https://x\n    " + ok, "has 2 of image"},
		"nothing expected":    {"cases:\n  - name: x\n    image: x", "expects nothing"},
		"no verdict":          {"cases:\n  - name: x\n    image: x\n    expect: {violations: []}", "does not say allowed"},
		"string for boolean":  {"cases:\n  - name: x\n    image: x\n    expect: {allowed: \"true\"}", "want true or false, not a string"},
		"number for string":   {"cases:\n  - name: 1\n    image: x\n    expect: {allowed: true}", "want a string"},
		"time":                {"cases:\n  - name: x\n    time: 2026-01-01\n    " + ok, "want a time as in"},
		"warnings":            {"cases:\n  - name: x\n    image: x\n    expect: {allowed: true, warnings: -1}", "from 0 on"},
		"file of an image":    {"cases:\n  - name: x\n    sha256: abc\n    " + ok, "sha256 is of a command"},
		"file of a registry":  {"cases:\n  - name: x\n    path: /x\n    registry: {operation: delete_registry}\n    expect: {allowed: true}", "path is of a command"},
		"server and registry": {"cases:\n  - name: x\n    registry: {operation: delete_registry}\n    " + ok, "has 2 of image"},
		"no operation":        {"cases:\n  - name: x\n    registry: {name: default}\n    expect: {allowed: true}", "x.yaml:3: the registry has no operation"},
		"unknown operation":   {"cases:\n  - name: x\n    registry: {operation: create_server}\n    expect: {allowed: true}", "want one of update_registry, delete_registry"},
		"unknown in registry": {"cases:\n  - name: x\n    registry: {operation: delete_registry, host: x}\n    expect: {allowed: true}", `a registry has no key "host"`},
		"no registry's URL":   {"cases:\n  - name: x\n    registry: {operation: update_registry, url: x}\n    expect: {allowed: true}", "x.yaml:3: registry: url: want an http or https URL"},
		"relative file":       {"cases:\n  - name: x\n    registry: {operation: update_registry, local_path: x}\n    expect: {allowed: true}", "local_path: "},
		"no words":            {"cases:\n  - name: x\n    command: []\n    expect: {allowed: true}", "command is empty"},
		"bad run config":      {"cases:\n  - name: x\n    run_config: {image: x, IMAGE: y}\n    expect: {allowed: true}", "x.yaml:3: run_config: key \"IMAGE\""},
		"invalid run config":  {"cases:\n  - name: x\n    run_config: {transport: stdio}\n    expect: {allowed: true}", "want one of image, remote_url and command"},
		"number of YAML":      {"cases:\n  - name: x\n    run_config: {image: x, port: 0o17}\n    expect: {allowed: true}", "put it in quotes"},
		"no file":             {"cases:\n  - name: x\n    run_config_file: nowhere.json\n    expect: {allowed: true}", "nowhere.json"},
		"an alias to itself":  {"cases:\n  - name: x\n    run_config: &a {image: x, b: *a}\n    expect: {allowed: true}", "deep"},
		"a merge key":         {"cases:\n  - &a {name: x, image: x, expect: {allowed: true}}\n  - {<<: *a, name: y}", "a key is a string"},
		"not YAML":            {"cases: [", "x.yaml: "},
		"interpreter":         {"cases:\n  - name: x\n    command: [x]\n    interpreter: {file: x}\n    expect: {allowed: true}", `an interpreter has no key "file"`},
		"secret is not shown": {"cases:\n  - name: x\n    image: [ghp_secret]\n    expect: {allowed: true}", "not a list"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := suite.Parse("dir/x.yaml", []byte(c.text))
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "ghp_secret")
		})
	}
}

func TestLoadReadsFilesBesideTheSuite(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("server.json", `{"schema_version": "v0.1.0", "name": "s", "image": "x", "transport": "stdio"}`)
	write("x.yaml", "cases:\n  - name: x\n    run_config_file: server.json\n    expect: {allowed: true}\n")
	s, err := suite.Load(filepath.Join(dir, "x.yaml"))
	require.NoError(t, err)
	require.Equal(t, "x", s.Cases[0].Config.Image)
	require.Equal(t, "x.yaml/x", s.FullName(s.Cases[0]))
	_, err = suite.Load(dir)
	require.ErrorContains(t, err, "not a regular file")
}

func FuzzParse(f *testing.F) {
	f.Add("cases:\n  - name: x\n    image: x\n    expect: {allowed: true}\n")
	f.Add("cases:\n  - &a {name: x, run_config: {image: *a}, expect: {allowed: true, violations: [{policy: x}]}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := suite.Parse("x.yaml", []byte(text))
		if err == nil {
			require.NotEmpty(t, s.Cases)
			for _, c := range s.Cases {
				require.NoError(t, c.Config.Validate())
			}
		}
	})
}

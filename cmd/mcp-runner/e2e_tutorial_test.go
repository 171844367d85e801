package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tutorial is somebody who follows docs/policies.md.
type tutorial struct {
	doc, dir string
	files    map[string]string // by name, the Rego that the page says to save
	snippets []string          // its YAML
}

// TestTutorial follows docs/policies.md: what it says to write, to run and to
// break gives what it says.
func TestTutorial(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/policies.md")
	require.NoError(t, err)
	parent := t.TempDir()
	d := &tutorial{doc: string(text), dir: parent, files: map[string]string{}}
	d.read(t)

	d.shell(t, 0, "mcp-runner policy init mcp-policies")
	d.dir = filepath.Join(parent, "mcp-policies")
	d.says(t, 0, "mcp-runner policy check .", "2 policies, nothing wrong")
	d.says(t, 0, "mcp-runner policy test .", "15 passed")

	d.save(t, "policy/containers/privileged.rego", "policy/containers/privileged_test.rego")
	d.says(t, 0, "mcp-runner policy test .", "17 passed")

	d.save(t, "policy/remote/hosts.rego", "policy/remote/hosts_test.rego")
	require.Contains(t, d.shell(t, 1, "mcp-runner policy check ."), "the settings have no")
	d.insert(t, "policy/data.yaml", "    params:\n", d.snippets[0])
	d.save(t, "policy/mounts/home.rego", "policy/mounts/home_test.rego")
	d.insert(t, "suites/servers.yaml", "", d.snippets[1])
	require.Contains(t, d.shell(t, 0, "mcp-runner policy check ."), "5 policies, nothing wrong")
	d.says(t, 0, "mcp-runner policy test .", "26 passed")
	d.shell(t, 0, "mcp-runner policy test --coverage --threshold 90 .")
	const check = "mcp-runner check --no-builtin --policy policy https://mcp.evil.example/mcp"
	d.says(t, 3, check, "remote.hosts  denied, severity high: Remote servers are on the list", `  what    host "mcp.evil.example" is not on the list of remote servers`,
		`  where   /server/remote/host = "mcp.evil.example"`, "  do      Ask the security team about this provider.")

	d.broken(t, "input.server.remote.host in", "input.server.remote.hots in", func() {
		d.says(t, 1, "mcp-runner policy check .", "policy/remote/hosts.rego:17:12: error: input.server.remote has no field hots [unknown-input-field]",
			"  fix: write input.server.remote.host")
		require.Contains(t, d.shell(t, 3, check), "hots", "what does not load denies")
	})
	d.broken(t, "deny contains", "denied contains", func() {
		require.Contains(t, d.shell(t, 1, "mcp-runner policy check ."), "rule denied is never asked")
		d.shell(t, 3, check)
	})
	d.broken(t, `== "remote"`, `== "Remote"`, func() {
		require.Contains(t, d.shell(t, 1, "mcp-runner policy check ."), `never "Remote"`)
		d.says(t, 1, "mcp-runner policy test .", "fail   mcp.policy.remote.hosts_test.test_elsewhere  remote/hosts_test.rego:14",
			"  not   mcp.policy.remote.hosts.deny  remote/hosts.rego:19", `        stopped at remote/hosts.rego:20  input.server.kind == "Remote"`)
	})

	before := d.slurp(t, "policy/data.yaml")
	d.insert(t, "policy/data.yaml", "    enforcement:\n", strings.TrimPrefix(d.snippets[3], "    enforcement:\n"))
	require.Contains(t, d.shell(t, 0, check), "remote.hosts  warning")
	d.write(t, "policy/data.yaml", before)

	const denial = "mcp-runner check --no-builtin --policy policy -o json https://mcp.evil.example/mcp > denial.json"
	out := d.shell(t, 3, strings.TrimSuffix(denial, " > denial.json"))
	d.write(t, "denial.json", out)
	const waive = `mcp-runner policy waive . --decision denial.json --ttl 30d --reason "until the new provider is there" --ticket SEC-123 --approver alice@example.com`
	require.Contains(t, d.doc, denial+"\n$ "+waive)
	d.shell(t, 0, waive)
	require.Contains(t, d.shell(t, 0, check), "remote.hosts  waived")
	d.shell(t, 3, "mcp-runner check --no-builtin --policy policy https://mcp.evil.example/other")
	require.Contains(t, d.shell(t, 0, "mcp-runner policy explain --no-builtin --policy policy https://mcp.evil.example/mcp"), "remote/hosts.rego:")
	d.shell(t, 0, "mcp-runner policy build . -o bundle.tar.gz")
	require.FileExists(t, filepath.Join(d.dir, "bundle.tar.gz"))
	d.shell(t, 0, "mcp-runner policy docs .")
}

// TestTutorialOfRegistries puts the cases of docs/policies.md about a registry to the
// policies of the cookbook, whose policy they name.
func TestTutorialOfRegistries(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/policies.md")
	require.NoError(t, err)
	d := &tutorial{doc: string(text), dir: t.TempDir(), files: map[string]string{}}
	d.read(t)
	require.NoError(t, os.CopyFS(filepath.Join(d.dir, "policy"), os.DirFS("../../examples/cookbook")))
	d.write(t, "suites/registries.yaml", "cases:\n"+d.snippets[2])
	d.shell(t, 0, "mcp-runner policy test .")
	d.write(t, "suites/registries.yaml", "cases:\n"+strings.ReplaceAll(d.snippets[2], "allowed: false, violations: [{policy: registry.internal}]", "allowed: true, violations: []"))
	d.shell(t, 1, "mcp-runner policy test .")
}

// read takes the files and snippets from the page: each block of Rego belongs to
// the name of a file that stands before it.
func (d *tutorial) read(t *testing.T) {
	t.Helper()
	var names []string
	for _, m := range regexp.MustCompile("`(policy/[a-z/_]+\\.rego)`").FindAllStringSubmatch(d.doc, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	blocks := regexp.MustCompile("(?s)```rego\n(.*?)```").FindAllStringSubmatch(d.doc, -1)
	require.Len(t, blocks, len(names))
	for i, name := range names {
		d.files[name] = blocks[i][1]
	}
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(d.doc, -1) {
		d.snippets = append(d.snippets, m[1])
	}
	require.Len(t, d.snippets, 4)
}

// shell runs a command line of the page and returns its output.
func (d *tutorial) shell(t *testing.T, code int, line string) string {
	t.Helper()
	var args []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		args = append(args, m[1]+m[2])
	}
	require.Contains(t, d.doc, line[:strings.LastIndexAny(line, "/ ")], "the page does not say so")
	cmd := exec.Command(binary, args[1:]...)
	cmd.Dir = d.dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if code == 0 {
		require.NoError(t, err, "%s\n%s%s", line, out, stderr.String())
	}
	require.Equal(t, code, cmd.ProcessState.ExitCode(), "%s\n%s%s", line, out, stderr.String())
	return string(out)
}

// says runs a command line of which the page shows lines.
func (d *tutorial) says(t *testing.T, code int, line string, shown ...string) {
	t.Helper()
	out := d.shell(t, code, line)
	for _, s := range shown {
		require.Contains(t, d.doc, s)
		require.Contains(t, out, s, line)
	}
}

func (d *tutorial) save(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		require.NotEmpty(t, d.files[name], name)
		d.write(t, name, d.files[name])
	}
}

func (d *tutorial) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(d.dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func (d *tutorial) slurp(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}

// insert puts text behind a line of a file, or at its end.
func (d *tutorial) insert(t *testing.T, name, after, text string) {
	t.Helper()
	have := d.slurp(t, name)
	if after == "" {
		d.write(t, name, have+text)
		return
	}
	require.Equal(t, 1, strings.Count(have, after), name)
	d.write(t, name, strings.Replace(have, after, after+text, 1))
}

// broken changes the policy of remote servers for a moment.
func (d *tutorial) broken(t *testing.T, right, wrong string, try func()) {
	t.Helper()
	const name = "policy/remote/hosts.rego"
	have := d.slurp(t, name)
	require.Contains(t, have, right)
	d.write(t, name, strings.ReplaceAll(have, right, wrong))
	try()
	d.write(t, name, have)
}

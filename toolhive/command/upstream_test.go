package command_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reviewed are the files of ToolHive that thv-gated's commands follow, as they
// were read. One that has changed is to be read again: what it does now may need
// a question that is not asked yet.
var reviewed = map[string]string{
	"cmd/thv/main.go":                   "b650d70dc4954ada16b896f923a42986fc0d3e0ce122fba3ca1f09d88dc0bdd0",
	"cmd/thv-proxyrunner/main.go":       "5400f24eef375070392527426bb86daf36c1aa251d65263b16728a4a419bf56e",
	"cmd/thv/app/build.go":              "c8ab86922afdb12e030260587d61bd32fbb47bd011611cff23c0586a6038cd73",
	"cmd/thv/app/inspector.go":          "3774d60807448d88b825907d9511155c4735cfdb3d4031383d45a50c5d86552e",
	"cmd/thv/app/proxy.go":              "ddfded53765f89ca25058ad875e0da17a006db3ff9884726301ce084dc758e17",
	"cmd/thv/app/proxy_stdio.go":        "e702da87058ce436956d4e29f50d94d74be484ab06cbbe5f327ae67c3209d80d",
	"cmd/thv/app/proxy_tunnel.go":       "536b8c8f7f2fe9836b0d10aa369e09a832ba2ee1c199c18db808ae8fb4d13007",
	"cmd/thv/app/registry_login.go":     "f9e80a2212345d3fcc70701ba399ff6835792e61405b30d5ddead17d56d190d6",
	"cmd/thv/app/run.go":                "9fb872e718831e61bf6e94abc9a323e99827db1f8d38c9e0a1b43cb7f03d88cb",
	"cmd/thv/app/run_flags.go":          "fa6fbc631a129a5f2bc0e50884771ec97c3bfac7194ce43ac5b87d03dfaeda3c",
	"cmd/thv/app/vmcp.go":               "d291a0941f8e8e629ca781bc5ccaefc7ab11a7b954120063cb30802d4c1734e8",
	"cmd/thv/app/commands.go":           "33953b0e7046b24947c4ea2b44aa29702b3ae32a670ada6a68eb2aaa9802962f",
	"pkg/runner/protocol.go":            "d245ea228fdfd5d4f82d30fd6c51cb0e77c49e1b00ce6478b872b434764b3de8",
	"pkg/runner/retriever/retriever.go": "f32b6afcc1b786bc310403e04741a18d1129cdff643671e589323db0ae1837bb",
	"pkg/vmcp/cli/serve.go":             "30a2ce51b789cb1b39190e0520b7871e0540d4eda2bf01f7b256f6f6ef944455",
	"pkg/vmcp/cli/embedding_manager.go": "c84c61105ee58cf74af10aef5d893d17c5522e34c22bf1a17fe0769a76365095",
}

// added is what thv-gated's main has besides ToolHive's, but for empty lines.
const added = `//
// thv-gated: ToolHive's own main with the gates of mcp-runner. A test holds it to
// ToolHive's, line by line.
	"github.com/mcp-runner/mcp-runner/internal/memlimit"
	"github.com/mcp-runner/mcp-runner/toolhive"
	"github.com/mcp-runner/mcp-runner/toolhive/command"
	memlimit.Set() // a policy that takes too much memory must not take it all
	if command.IsPolicy(os.Args) { // needs no container runtime and no migration
		os.Exit(command.Policy(ctx, toolhive.Register(toolhive.Options{})))
	}
	policy := toolhive.Register(toolhive.Options{})
	if err := command.Wrap(cmd, policy); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
	if err := command.AddPolicy(cmd, policy); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
		command.Explain(os.Stderr, err)
`

func upstream(t *testing.T, file string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/stacklok/toolhive").Output()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), file))
	require.NoError(t, err)
	return text
}

func TestUpstreamIsAsReviewed(t *testing.T) {
	for file, want := range reviewed {
		sum := sha256.Sum256(upstream(t, file))
		assert.Equal(t, want, hex.EncodeToString(sum[:]),
			"%s has changed in ToolHive. Compare it with the version before: does a wrapped command of ours still do what it does, "+
				"and does it create something of which nobody asks? Mend command/ and docs/toolhive.md, then write the new sum here", file)
	}
}

// thv-gated's main is ToolHive's with the lines of added, in their order.
func TestMainIsUpstreams(t *testing.T) {
	ours, err := os.ReadFile("../cmd/thv-gated/main.go")
	require.NoError(t, err)
	theirs := lines(string(upstream(t, "cmd/thv/main.go")))
	var more strings.Builder
	for _, line := range lines(string(ours)) {
		if len(theirs) > 0 && line == theirs[0] {
			theirs = theirs[1:]
			continue
		}
		more.WriteString(line)
	}
	require.Empty(t, theirs, "cmd/thv-gated/main.go lacks lines of ToolHive's cmd/thv/main.go, or has them in another order: "+
		"copy ToolHive's anew, with the lines of added in their places")
	require.Equal(t, added, more.String(), "cmd/thv-gated/main.go has other lines besides ToolHive's than added: "+
		"take out what ToolHive no longer has, or write what is ours into added")
}

// lines are the lines of text that are not empty.
func lines(text string) []string {
	return slices.DeleteFunc(strings.SplitAfter(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
}

// Every command of ToolHive's was looked at, and docs/toolhive.md says what it
// asks. A new one may create servers: look at it before it is written into
// testdata/commands.json.
func TestEveryCommandIsKnown(t *testing.T) {
	text, err := os.ReadFile("testdata/commands.json")
	require.NoError(t, err)
	var known []string
	require.NoError(t, json.Unmarshal(text, &known))
	m := newMachine(t, denyEvil)
	m.env = append(m.env, "TEST_LIST_COMMANDS=1")
	got := m.run(t)
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, known, strings.Split(strings.TrimSpace(got.stdout), "\n"),
		"ToolHive has other commands. Look at what each new one does: where it creates a server, pulls, builds or saves a registry "+
			"without a question, wrap it in Wrap; say in docs/toolhive.md what it asks; then write it into testdata/commands.json")
}

package wrap_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
)

const sample = `{"mcpServers": {"a": {"command": "npx", "args": ["-y", "x"], "env": {"TOKEN": "hunter2"}}}}`

// place writes a configuration into a directory of its own.
func place(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mcp.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func wrapFile(t *testing.T, path string) wrap.Report {
	t.Helper()
	r, err := wrap.Files{}.Wrap(t.Context(), path, wrap.Options{Runner: own})
	require.NoError(t, err)
	return r
}

func unwrapFile(t *testing.T, path string, opts wrap.UnwrapOptions) wrap.Report {
	t.Helper()
	opts.Runner = own
	r, err := wrap.Files{}.Unwrap(t.Context(), path, opts)
	require.NoError(t, err)
	return r
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// onlyFiles holds that no lock and no temporary file is left.
func onlyFiles(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.ElementsMatch(t, want, names)
}

func TestBackup(t *testing.T) {
	path := place(t, sample)
	r := wrapFile(t, path)
	require.Equal(t, path+".mcp-runner.bak", r.Backup)
	require.Equal(t, sample, read(t, r.Backup))
	wrapped := read(t, path)

	wrapFile(t, path)
	require.Equal(t, wrapped, read(t, path), "wrapped twice")
	require.Equal(t, sample, read(t, r.Backup), "the backup is the original, not what was wrapped")
	onlyFiles(t, path, "mcp.json", "mcp.json.mcp-runner.bak")

	unwrapFile(t, path, wrap.UnwrapOptions{})
	require.Equal(t, sample, read(t, path))
	onlyFiles(t, path, "mcp.json")
}

// A server that is added later has an original, too, and that of the first stays.
func TestBackupOfALaterServer(t *testing.T) {
	path := place(t, sample)
	wrapFile(t, path)
	const later = `"b": {"url": "https:\/\/h.example/mcp" , "headers" :{"K": "v"}}, `
	add := func(text string) string {
		return strings.Replace(text, `"mcpServers": {`, `"mcpServers": {`+later, 1)
	}
	require.NoError(t, os.WriteFile(path, []byte(add(read(t, path))), 0o600))

	r := wrapFile(t, path)
	require.Equal(t, 1, r.Count(wrap.Wrapped))
	require.Equal(t, 1, r.Count(wrap.Kept))
	require.Equal(t, add(sample), read(t, r.Backup))

	unwrapFile(t, path, wrap.UnwrapOptions{Servers: []string{"b"}})
	require.Contains(t, read(t, path), later)
	onlyFiles(t, path, "mcp.json", "mcp.json.mcp-runner.bak")
	unwrapFile(t, path, wrap.UnwrapOptions{})
	require.Equal(t, add(sample), read(t, path))
	onlyFiles(t, path, "mcp.json")
}

// What somebody wrote by hand is not ours to undo.
func TestHandWritten(t *testing.T) {
	const text = `{"mcpServers": {"hand": {"command": "mcp-runner", "args": ["run", "--stdio", "-e", "K", "--", "npx", "x"]}, "a": {"command": "npx"}}}`
	path := place(t, text)
	r := unwrapFile(t, path, wrap.UnwrapOptions{})
	require.Equal(t, text, string(r.Data), "without a backup")
	wrapFile(t, path)
	unwrapFile(t, path, wrap.UnwrapOptions{})
	require.Equal(t, text, read(t, path))
}

func TestKeepBackup(t *testing.T) {
	path := place(t, sample)
	wrapFile(t, path)
	_, err := wrap.Files{KeepBackup: true}.Unwrap(t.Context(), path, wrap.UnwrapOptions{Runner: own})
	require.NoError(t, err)
	onlyFiles(t, path, "mcp.json", "mcp.json.mcp-runner.bak")

	other := strings.Replace(sample, "-y", "--yes", 1)
	require.NoError(t, os.WriteFile(path, []byte(other), 0o600))
	r := wrapFile(t, path)
	require.Equal(t, other, read(t, r.Backup), "nothing was wrapped, so this is the original")
}

func TestDryRunWritesNothing(t *testing.T) {
	path := place(t, sample)
	r, err := wrap.Files{DryRun: true}.Wrap(t.Context(), path, wrap.Options{Runner: own})
	require.NoError(t, err)
	require.True(t, r.Changed())
	require.Equal(t, sample, read(t, path))
	onlyFiles(t, path, "mcp.json")
}

func TestRefusedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    string
	}{
		"malformed": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("{\n \"mcpServers\": {\"hunter2\" 1}}"), 0o600))
		}, "mcp.json:2:"},
		"no servers": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("{\"hunter2\": 1}"), 0o600))
		}, "is not the configuration of a client"},
		"UTF-16": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("\xff\xfe{\x00}\x00"), 0o600))
		}, "UTF-16"},
		"read-only": {func(t *testing.T, path string) {
			require.NoError(t, os.Chmod(path, 0o444))
		}, "is read-only"},
		"directory": {func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		}, "is no regular file"},
		"hard link": {func(t *testing.T, path string) {
			require.NoError(t, os.Link(path, path+".other"))
		}, "hard link"},
		"lock is a link": {func(t *testing.T, path string) {
			require.NoError(t, os.Symlink("/nowhere", path+".mcp-runner.lock"))
		}, "is no regular file"},
		"backup is a link": {func(t *testing.T, path string) {
			require.NoError(t, os.Symlink(path, path+".mcp-runner.bak"))
		}, "is no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := place(t, sample)
			c.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := wrap.Files{}.Wrap(t.Context(), path, wrap.Options{Runner: own})
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, path)
			require.NotContains(t, err.Error(), "hunter2")
			after, _ := os.ReadFile(path)
			require.Equal(t, string(before), string(after))
		})
	}
}

func TestOtherForms(t *testing.T) {
	for path, c := range map[string]struct{ text, want string }{
		"/h/.local/state/toolhive/runconfigs/x.json":                         {`{"schema_version": "v0.1.0"}`, "--from-config"},
		"/h/.docker/mcp/registry.yaml":                                       {"registry: {}\n", "docker mcp gateway run"},
		"/h/.config/JetBrains/IntelliJIdea2026.1/options/llm.mcpServers.xml": {"<application/>", "mcp.json"},
	} {
		_, err := wrap.FormatOf(path, []byte(c.text))
		require.ErrorContains(t, err, c.want, path)
	}
}

// Who changes the file while wrap works keeps the change.
func TestChangedMeanwhile(t *testing.T) {
	path := place(t, sample)
	f, err := wrap.Lock(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	require.ErrorContains(t, f.Replace([]byte("ours")), "was changed by another program")
	require.NoError(t, f.Close())
	require.Equal(t, "{}", read(t, path))
	onlyFiles(t, path, "mcp.json")
}

// Many at once: each finds the file whole, and it is whole in the end.
func TestConcurrentWraps(t *testing.T) {
	path := place(t, sample)
	var all sync.WaitGroup
	errs := make(chan error, 24)
	for i := range 24 {
		all.Go(func() {
			var err error
			if i%3 == 0 {
				_, err = wrap.Files{}.Unwrap(t.Context(), path, wrap.UnwrapOptions{Runner: own})
			} else {
				_, err = wrap.Files{}.Wrap(t.Context(), path, wrap.Options{Runner: own})
			}
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	unwrapFile(t, path, wrap.UnwrapOptions{})
	require.Equal(t, sample, read(t, path))
	onlyFiles(t, path, "mcp.json")
}

// A person sees what changes and no value that may be secret.
func TestShow(t *testing.T) {
	for file, place := range placed {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		path := "/home/u/" + place
		f := formatOf(t, path, string(data))
		shown, err := wrap.Show(f, data, own, func(s string) string { return s })
		require.NoError(t, err)
		require.Equal(t, strings.Count(string(data), "\n"), strings.Count(shown, "\n"), file)
		for _, secret := range []string{"Bearer", "first", "API key\"", `"k"`} {
			require.NotContains(t, shown, secret, file)
		}
	}
	f := formatOf(t, "/home/u/.cursor/mcp.json", sample)
	const text = `{"mcpServers": {"a": {"command": "npx", "args": ["--token", "hunter2", "-v", "x"], "env": {"N": 4711, "S": "hunter2"}, "other": "hunter2"}}, // hunter2
"more": ["hunter2", {"hunter": "hunter2"}] /* hunter2 */}`
	shown, err := wrap.Show(f, []byte(text), own, func(s string) string { return strings.ReplaceAll(s, "--token hunter2", "--token x") })
	require.NoError(t, err)
	require.NotContains(t, shown, "hunter2")
	require.NotContains(t, shown, "4711")
	require.Contains(t, shown, `["--token", "<redacted>", "-v", "x"]`)
}

// A new name of an entry, or a whole new layout by the client, does not keep it
// from being unwrapped.
func TestRewrittenByTheClient(t *testing.T) {
	path := place(t, `{"mcpServers":{"a":{"command":"npx","args":["-y"]},"r":{"type":"http","url":"https://h.example","headers":{"K":"v"}},"n":{"command":"uvx"}}}`)
	before := read(t, path)
	wrapFile(t, path)
	var v any
	require.NoError(t, json.Unmarshal([]byte(read(t, path)), &v))
	data, err := json.MarshalIndent(v, "", "\t") // sorted, so members stand elsewhere
	require.NoError(t, err)
	renamed := strings.Replace(string(data), `"a": {`, `"z": {`, 1)
	require.NoError(t, os.WriteFile(path, []byte(renamed), 0o600))
	unwrapFile(t, path, wrap.UnwrapOptions{})
	require.JSONEq(t, strings.Replace(before, `"a":{`, `"z":{`, 1), read(t, path))
}

func TestOddEntries(t *testing.T) {
	for entry, want := range map[string]string{
		`{"command": "npx", "url": "https://x"}`:                "it has both command and url",
		`{"command": 1}`:                                        "command is no string that names a program",
		`{"command": "npx", "args": "-y"}`:                      "args is no list of strings",
		`{"command": "npx", "args": null}`:                      "args is no list of strings",
		`{"command": "npx", "args": [1]}`:                       "args is no list of strings",
		`{"command": "npx", "command": "npx"}`:                  "command is there twice",
		`{"command": "npx", "env": {"A=B": "x"}}`:               "name that no variable can have",
		`{"command": "npx", "env": []}`:                         "env is no object",
		`{"command": "npx", "envFile": 1}`:                      "envFile is no string",
		`{"url": "https://x", "env": {}}`:                       "it has both url and env",
		`{"url": "ftp://x"}`:                                    "no URL with http or https",
		`{"url": "https://x", "type": "ws"}`:                    "its transport is ws",
		`{"url": "https://x", "headers": {"A": ""}}`:            "a header without a value",
		`{"url": "https://x", "headers": {"a": "1", "A": "2"}}`: "there twice",
		`{"url": "https://x", "headers": {"a b": "1"}}`:         "a name that no header can have",
		`{"url": "https://x", "headersHelper": "x.sh"}`:         "headersHelper is something that only the client can do",
		`{"url": "https://x", "serverUrl": "https://y"}`:        "it has both url and serverUrl",
		`{}`: "no command and no URL",
		`7`:  "it is no object",
	} {
		text := fmt.Sprintf(`{"mcpServers": {"x": %s}}`, entry)
		r := wrapText(t, jsonFormat, text)
		require.Equal(t, text, string(r.Data))
		require.Len(t, r.Changes, 1)
		require.Equal(t, wrap.Left, r.Changes[0].Action, entry)
		require.Contains(t, r.Changes[0].Note, want, entry)
	}
}

var unwrapAll wrap.UnwrapOptions

// A server of the older transport is given back as one, also without a backup.
func TestOlderRemotes(t *testing.T) {
	for entry, older := range map[string]bool{
		`{"type": "sse", "url": "https://x/events"}`: true,
		`{"type": "http", "url": "https://x/sse"}`:   false,
		`{"url": "https://x/sse"}`:                   true,
		`{"url": "https://x/sse/?a=b"}`:              true,
		`{"url": "https://x/mcp"}`:                   false,
	} {
		text := fmt.Sprintf(`{"mcpServers": {"x": %s}}`, entry)
		r := wrapText(t, jsonFormat, text)
		require.Equal(t, wrap.Wrapped, r.Changes[0].Action, entry)
		require.Equal(t, older, strings.Contains(string(r.Data), `"--transport", "sse"`), entry)
		again, err := wrap.Unwrap(jsonFormat, r.Data, wrap.UnwrapOptions{Runner: "/opt/mcp-runner"})
		require.NoError(t, err)
		require.Equal(t, text, string(again.Data))
	}
}

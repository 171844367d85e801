package clients

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Detect finds out whose configuration a file is and what it is written in: by
// the place and the name of the file, else by what stands in it, which need not
// be valid for the former. It returns Unknown where a file lists servers as
// many clients do. An error begins with the path and says that it does not.
func Detect(path string, data []byte) (Client, Syntax, error) {
	text, err := Decode(data)
	if err != nil {
		return Client{}, "", fmt.Errorf("%s: %w", path, err)
	}
	syntax := syntaxOf(path, text)
	if c, ok := byPlace(path); ok {
		return c, syntax, nil
	}
	doc, err := parse(text, syntax)
	if err != nil {
		return Client{}, "", fmt.Errorf("%s:%w", path, err)
	}
	if c, ok := byShape(doc.Root); ok {
		return c, syntax, nil
	}
	return Client{}, "", fmt.Errorf("%s: is not the configuration of a client that is known here, and lists no servers: "+
		"it has no mcpServers, servers, context_servers, mcp_servers or extensions", path)
}

// byPlace takes the client whose place has the most in common with the end of
// the path.
func byPlace(file string) (Client, bool) {
	slashed := filepath.ToSlash(file)
	if abs, err := filepath.Abs(file); err == nil { // else the path is all there is
		slashed = filepath.ToSlash(abs)
	}
	slashed = strings.ReplaceAll(slashed, `\`, "/")
	var best Client
	most := 0
	for _, d := range dialects {
		for _, p := range d.places {
			depth, ok := matchTail(p.ending(), slashed)
			// A name such as mcp.json or config.yaml says nothing by itself.
			if ok && depth > most && (depth > 1 || !ordinary(path.Base(p.tail()))) {
				best, most = d.client, depth
			}
		}
		for _, name := range d.names {
			if most == 0 && path.Base(slashed) == name {
				best, most = d.client, 1
			}
		}
	}
	return best, most > 0
}

// ordinary reports whether a file name is one that many programs use.
func ordinary(name string) bool {
	switch name {
	case "mcp.json", "settings.json", "config.json", "config.yaml", "config.toml", "registry.yaml", "default.json":
		return true
	}
	return strings.HasPrefix(name, "*")
}

// matchTail reports whether path ends as tail says, and how many segments tail
// has.
func matchTail(tail, file string) (int, bool) {
	want := strings.Split(tail, "/")
	have := strings.Split(file, "/")
	if len(have) < len(want) {
		return 0, false
	}
	have = have[len(have)-len(want):]
	for i := range want {
		// The patterns of the table are valid.
		if ok, _ := path.Match(want[i], have[i]); !ok {
			return 0, false
		}
	}
	return len(want), true
}

// byShape knows the clients whose lists of servers have a name of their own.
func byShape(root *tree.Node) (Client, bool) {
	for _, shape := range []struct {
		id   string
		path []string
	}{
		{"zed", []string{"context_servers"}},
		{"zed", []string{"experimental", "context_servers"}},
		{"codex", []string{"mcp_servers"}},
		{"continue", []string{"experimental", "modelContextProtocolServers"}},
		{"vscode", []string{"mcp", "servers"}},
		{"vscode", []string{"customizations", "vscode", "mcp", "servers"}},
		{"docker-mcp", []string{"registry"}},
		{"goose", []string{"extensions"}},
	} {
		if n := root.Get(shape.path...); n != nil && (n.Kind == tree.Object || n.Kind == tree.Array) {
			return dialectOf(Client{ID: shape.id}).client, true
		}
	}
	if n := root.Get("mcpServers"); n != nil {
		if n.Kind == tree.Array {
			return dialectOf(Client{ID: "continue"}).client, true
		}
		return Unknown, true
	}
	if root.Get("servers") != nil {
		return dialectOf(Client{ID: "vscode"}).client, true
	}
	if n := root.Get("mcp"); n != nil && n.Kind == tree.Object {
		return dialectOf(Client{ID: "opencode"}).client, true
	}
	if root.Get("schema_version") != nil && root.Get("transport") != nil {
		return dialectOf(Client{ID: "toolhive"}).client, true
	}
	return Client{}, false
}

// syntaxOf goes by the extension, and where that says nothing by the text.
func syntaxOf(file string, text []byte) Syntax {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".json", ".jsonc", ".json5":
		return SyntaxJSON
	case ".toml":
		return SyntaxTOML
	case ".yaml", ".yml":
		return SyntaxYAML
	case ".xml":
		return SyntaxXML
	}
	text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		return SyntaxXML
	case bytes.HasPrefix(text, []byte("[")):
		return SyntaxTOML
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("/")), len(text) == 0:
		return SyntaxJSON
	}
	if _, err := tree.TOML(text); err == nil {
		return SyntaxTOML
	}
	return SyntaxYAML
}

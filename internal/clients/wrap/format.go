package wrap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// notHere says of files in which no command can be changed what to do instead.
var notHere = map[string]string{
	"toolhive":   "is a run config of ToolHive, which starts the server itself: run it with mcp-runner run --stdio --from-config FILE",
	"docker-mcp": "is of Docker's catalog, which starts nothing itself: wrap the configuration of the client that starts docker mcp gateway run",
}

// Changeable reports whether files of a client, found where loc says, are ones in
// which commands can be changed.
func Changeable(loc clients.Location) bool {
	return notHere[loc.Client.ID] == "" && !strings.EqualFold(filepath.Ext(loc.Path), ".xml")
}

// FormatOf finds out how the configuration at path is read. Errors begin with
// the path and quote nothing of the file.
func FormatOf(path string, data []byte) (Format, error) {
	client, syntax, err := clients.Detect(path, data)
	switch {
	case err != nil:
		return Format{}, err
	case notHere[client.ID] != "":
		return Format{}, fmt.Errorf("%s: %s", path, notHere[client.ID])
	case syntax == clients.SyntaxXML:
		return Format{}, fmt.Errorf("%s: is a settings file of the IDE, which writes it as it likes: put the servers into a mcp.json of %s and wrap that", path, client.Name)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return Format{}, fmt.Errorf("%s: is UTF-16: save it as UTF-8", path)
	}
	loc := clients.Location{Client: client, Path: path}
	f := Format{Client: client, Syntax: syntax}
	f.Read = func(data []byte) (*tree.Document, []Entry, error) { return read(loc, f.Syntax, data) }
	return f, nil
}

func read(loc clients.Location, syntax clients.Syntax, data []byte) (*tree.Document, []Entry, error) {
	doc, err := clients.Parse(data, syntax)
	if fault, ok := errors.AsType[*tree.SyntaxError](err); ok {
		return nil, nil, fmt.Errorf("%s:%w", loc.Path, fault)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", loc.Path, err)
	}
	file, err := clients.ReadData(context.Background(), loc, data)
	if err != nil {
		return nil, nil, err
	}
	list := clients.Entries(doc.Root, loc.Client)
	entries := make([]Entry, len(list))
	for i, e := range list {
		entries[i].Entry = e
		if len(file.Servers) == len(list) && file.Servers[i].Name == e.Name {
			entries[i].Server = file.Servers[i]
		}
	}
	return doc, entries, nil
}

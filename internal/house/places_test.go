package house_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// docs/clients.md lists where the configuration of each client lies.
func TestPlacesAreListed(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	systems := []struct{ system, name string }{{"linux", "Linux"}, {"darwin", "macOS"}, {"windows", "Windows"}}
	for _, client := range clients.Known() {
		fmt.Fprintf(&table, "### %s\n\n`--client %s` · [documentation](%s)\n\n| | |\n| --- | --- |\n", client.Name, client.ID, client.Docs)
		for _, s := range systems {
			var paths []string
			for _, place := range clients.Places(s.system) {
				if place.Client == client {
					paths = append(paths, "`"+place.Path+"`")
				}
			}
			if len(paths) > 0 {
				fmt.Fprintf(&table, "| %s | %s |\n", s.name, strings.Join(paths, ", "))
			}
		}
		table.WriteString("\n")
	}
	endsWith(t, "docs/clients.md", "Places", strings.TrimSuffix(table.String(), "\n"))
}

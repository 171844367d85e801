package clients

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/mcp-runner/mcp-runner/runner"
)

// readRunConfig reads a file of ToolHive, which is one run config.
func readRunConfig(r *reader) error {
	s := Server{Name: strings.TrimSuffix(filepath.Base(r.file.Path), filepath.Ext(r.file.Path))}
	s.Line, s.Column = r.doc.Place(r.doc.Root.Start)
	defer func() { r.file.Servers = []Server{s} }()
	cfg, err := runner.ParseRunConfig(bytes.TrimPrefix(r.doc.Data, []byte("\ufeff")))
	if err != nil {
		s.Problem = err.Error()
		return nil
	}
	if cfg.Name == "" {
		cfg.Name = serverName(s.Name)
	}
	s.Name = cfg.Name
	if err := cfg.Validate(); err != nil {
		s.Problem = err.Error()
		return nil
	}
	s.Config = cfg
	return nil
}

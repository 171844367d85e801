package runner

import (
	"context"
	"time"
)

// NewDigester returns a digester's file method without the rest.
func NewDigester(now func() time.Time, onRead func()) func(ctx context.Context, path string) (string, error) {
	d := &digester{now: now, onRead: onRead}
	return func(ctx context.Context, path string) (string, error) {
		found, err := d.file(ctx, path)
		return found.sha256, err
	}
}

const MostDigests = mostDigests

var (
	ParseShebang = parseShebang
	EnvProgram   = envProgram
)

// ListedName is listedName.
func ListedName(names []string, name string, same func(string) bool) string {
	return listedName(names, name, same)
}

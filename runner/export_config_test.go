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

var ParseShebang = parseShebang

// ParseShebangEnv is parseShebangEnv.
func ParseShebangEnv(argument string) (program string, arguments, variables []string, err error) {
	line, err := parseShebangEnv(argument)
	return line.program, line.arguments, line.variables, err
}

// ListedName is listedName.
func ListedName(names []string, name string, same func(string) bool) string {
	return listedName(names, name, same)
}

// Approve is what a Runner makes of a resolved config that the gate allowed.
func Approve(c *RunConfig) *Approved {
	specification, err := Specification(c)
	if err != nil {
		panic(err)
	}
	return &Approved{config: c, specification: specification}
}

// ApproveAndChange is Approve of a config that is changed afterwards.
func ApproveAndChange(c *RunConfig, change func(*RunConfig)) *Approved {
	a := Approve(c)
	change(a.config)
	return a
}

package runner

import (
	"context"
	"time"
)

// ExecSecretsWithin is an exec: provider whose program may take as long as that.
func ExecSecretsWithin(program string, timeout time.Duration) (func(ctx context.Context, name string) (string, error), error) {
	c, err := secretProgram(program)
	if err != nil {
		return nil, err
	}
	c.timeout = timeout
	return provider(c.secret), nil
}

package gate

import (
	"context"
	"strings"
)

// Refuse denies because of reason and asks no policy: for a host that cannot say
// all that policies would have to know. The decision is recorded as every other,
// with what in holds, which is redacted like reason. The error is [ErrUndecided].
func (g *Gate) Refuse(ctx context.Context, in Input, reason error) error {
	return g.record(ctx, g.decide(ctx, given(in), reason))
}

// refusal is the text of a reason, which may say itself that it is [ErrUndecided].
func refusal(reason error) string {
	return strings.TrimPrefix(reason.Error(), ErrUndecided.Error()+": ")
}

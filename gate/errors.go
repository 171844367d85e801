package gate

import "errors"

// ErrUndecided says that no verdict was reached: no policy, a policy that
// failed, a deadline, a record that could not be written. Nothing is allowed
// then. The errors that match it are *[UndecidedError].
var ErrUndecided = errors.New("no verdict was reached")

// DeniedError says that at least one policy denies. Its text is all that they
// say, each with its policy: `images.registry: image "evil/x" is not …`.
type DeniedError struct {
	Decision *Decision
}

func (e *DeniedError) Error() string { return e.Decision.reason() }

// ErrorData returns the decision without its input, for the client.
func (e *DeniedError) ErrorData() any { return e.Decision.public() }

// UndecidedError is [ErrUndecided] with the decision that says why.
type UndecidedError struct {
	Decision *Decision
	// Err is what kept the gate from a verdict, where it is one error: of a
	// recorder or a context.
	Err error
}

func (e *UndecidedError) Error() string {
	text := ErrUndecided.Error()
	if reason := e.Decision.reason(); reason != "" {
		text += ": " + reason
	}
	return text
}

// Unwrap makes errors.Is find [ErrUndecided] and Err.
func (e *UndecidedError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrUndecided}
	}
	return []error{ErrUndecided, e.Err}
}

// ErrorData returns the decision without its input, for the client.
func (e *UndecidedError) ErrorData() any { return e.Decision.public() }

// public is d without what the asking client need not learn.
func (d *Decision) public() *Decision {
	out := *d
	out.Input = nil
	return &out
}

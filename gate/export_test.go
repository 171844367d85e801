package gate

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Fake is a source that answers as it is told, where no policy would.
type Fake struct {
	Name string
	Eval func(ctx context.Context, input ast.Value) (rego.Result, error)
	// Status is what the source says of itself.
	Status rego.Status
	Mask   func(ctx context.Context, event any) ([]rego.MaskRule, error) // nil: it has none
}

// AddFake adds a source to a gate.
func (g *Gate) AddFake(f Fake) { g.sources = append(g.sources, fakeSource{f}) }

type fakeSource struct{ Fake }

func (f fakeSource) name() string             { return f.Name }
func (f fakeSource) policy() policy           { return fakePolicy(f) }
func (f fakeSource) changed() <-chan struct{} { return nil }
func (f fakeSource) status() rego.Status {
	f.Status.Name = f.Name
	return f.Status
}

type fakePolicy struct{ Fake }

func (f fakePolicy) Revision() string { return "fake" }
func (f fakePolicy) HasMask() bool    { return f.Fake.Mask != nil }
func (f fakePolicy) Mask(ctx context.Context, event any) ([]rego.MaskRule, error) {
	return f.Fake.Mask(ctx, event)
}
func (f fakePolicy) Eval(ctx context.Context, input ast.Value) (rego.Result, error) {
	return deadline.Do(ctx, &deadline.Watch{}, "the evaluation", func(*deadline.Call) (rego.Result, error) { return f.Fake.Eval(ctx, input) })
}

// InputValue is what policies see.
func InputValue(in Input) (ast.Value, error) { return inputValue(in) }

// Prepare is what Check does to an input first.
func Prepare(in Input) (Input, error) { return prepare(context.Background(), in) }

// InputForContext is InputFor under a context.
func InputForContext(ctx context.Context, cfg *runner.RunConfig) (Input, error) {
	return inputFor(ctx, cfg)
}

// LockLog takes the lock of a decision log, as another process would.
func LockLog(t *testing.T, path string) (unlock func()) {
	lock, err := lockFile(path)
	if err == nil {
		err = lock.Lock()
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
	}
}

// OpenLog opens a decision log as a recorder does.
func OpenLog(path string) error {
	f, err := openLog(path)
	return errors.Join(err, closeLog(f, err))
}

func closeLog(f *os.File, err error) error {
	if err != nil {
		return nil
	}
	return f.Close()
}

// ParseImage is parseImage.
func ParseImage(s string) (Image, error) { return parseImage(s) }

// ParseRemote is parseRemote.
func ParseRemote(s string) (Remote, error) { return parseRemote(s) }

// SetLockPatience is how long readers wait for the lock in this test.
func SetLockPatience(t *testing.T, d time.Duration) {
	before := lockPatience
	lockPatience = d
	t.Cleanup(func() { lockPatience = before })
}

// Differences is where two inputs differ.
func Differences(a, b any) []string { return differences(a, b) }

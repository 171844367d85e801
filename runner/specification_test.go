package runner_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// filledConfig has something in every field, also of what was resolved.
func filledConfig(t *testing.T) *runner.RunConfig {
	t.Helper()
	c := new(runner.RunConfig)
	fill(t, reflect.ValueOf(c).Elem(), "config")
	eachLeaf(reflect.ValueOf(c).Elem(), "config", func(at string, v reflect.Value) {
		if raw, ok := v.Addr().Interface().(*jsontext.Value); ok {
			*raw = jsontext.Value(`{"` + at + `":1}`)
		}
	})
	return c
}

// eachLeaf visits every value below v that has no parts, and every pointer, list
// and map as a whole too.
func eachLeaf(v reflect.Value, at string, visit func(at string, v reflect.Value)) {
	if _, raw := v.Interface().(jsontext.Value); raw {
		visit(at, v)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		visit(at, v)
		if !v.IsNil() {
			eachLeaf(v.Elem(), at, visit)
		}
	case reflect.Slice:
		visit(at, v)
		for i := range v.Len() {
			eachLeaf(v.Index(i), fmt.Sprintf("%s[%d]", at, i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachLeaf(v.Field(i), at+"."+v.Type().Field(i).Name, visit)
		}
	default:
		visit(at, v)
	}
}

// alter gives v another value.
func alter(t *testing.T, v reflect.Value) {
	t.Helper()
	if raw, ok := v.Addr().Interface().(*jsontext.Value); ok {
		*raw = jsontext.Value(`{"altered":2}`)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + " altered")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 0.25)
	case reflect.Pointer:
		v.SetZero()
	case reflect.Slice:
		v.Set(v.Slice(0, v.Len()-1))
	case reflect.Map:
		key := v.MapKeys()[0]
		elem := reflect.New(v.Type().Elem()).Elem()
		elem.Set(v.MapIndex(key))
		alter(t, elem)
		v.SetMapIndex(key, elem)
	default:
		require.Fail(t, "teach this test about "+v.Type().String())
	}
}

// Whatever is different about a server, or about what was found out about it, is
// another specification.
func TestSpecificationSaysEveryField(t *testing.T) {
	base := filledConfig(t)
	specification, err := runner.Specification(base)
	require.NoError(t, err)
	require.Regexp(t, `^hmac-sha256:[0-9a-f]{64}$`, specification)

	var leaves []string
	eachLeaf(reflect.ValueOf(base).Elem(), "config", func(at string, _ reflect.Value) { leaves = append(leaves, at) })
	require.Contains(t, leaves, "config.Resolved.Container.Network.Hosts[1]")
	require.Contains(t, leaves, "config.Resolved.Launch.Container.Mounts[0].ReadOnly")
	seen := map[string]string{specification: "nothing"}
	for _, leaf := range leaves {
		c := base.Clone()
		again, err := runner.Specification(c)
		require.NoError(t, err)
		require.Equal(t, specification, again, "a clone is the same server")
		eachLeaf(reflect.ValueOf(c).Elem(), "config", func(at string, v reflect.Value) {
			if at == leaf {
				alter(t, v)
			}
		})
		altered, err := runner.Specification(c)
		require.NoError(t, err, leaf)
		require.Empty(t, seen[altered], "the same specification with another %s", leaf)
		seen[altered] = leaf
	}

	// Maps have no order.
	for range 20 {
		again, err := runner.Specification(filledConfig(t))
		require.NoError(t, err)
		require.Equal(t, specification, again)
	}
	base.Extra = jsontext.Value("not JSON")
	_, err = runner.Specification(base)
	require.ErrorContains(t, err, "specification of the server: ")
}

// reporting is a gate that allows, and tells what it has decided about.
func reporting(verdicts ...runner.Verdict) gateFunc {
	return func(ctx context.Context, _ *runner.RunConfig) error {
		for _, v := range verdicts {
			runner.ReportVerdict(ctx, v)
		}
		return nil
	}
}

// approvedRuntime keeps what it was given.
type approvedRuntime struct{ got *runner.Approved }

func (r *approvedRuntime) Setup(_ context.Context, allowed *runner.Approved, _ runner.Stdio) (runner.Server, error) {
	r.got = allowed
	s := newFakeServer(nil)
	s.end()
	return s, nil
}

func TestVerdictReachesTheRuntime(t *testing.T) {
	resolved, err := runner.Resolve(t.Context(), remoteConfig())
	require.NoError(t, err)
	specification, err := runner.Specification(resolved)
	require.NoError(t, err)
	full := runner.Verdict{Decision: "id", Revision: "r", Specification: specification}
	for name, tc := range map[string]struct {
		gate runner.PolicyGate
		want runner.Verdict
	}{
		"told":                      {reporting(full), full},
		"no specification":          {reporting(runner.Verdict{Decision: "id"}), runner.Verdict{Decision: "id"}},
		"nothing told":              {reporting(), runner.Verdict{}},
		"a gate that tells nothing": {embedder{}, runner.Verdict{}},
		"of two the last":           {reporting(runner.Verdict{Decision: "other", Specification: "other"}, full), full},
	} {
		t.Run(name, func(t *testing.T) {
			register(t, tc.gate)
			rt := &approvedRuntime{}
			require.NoError(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{}))
			require.Equal(t, tc.want, rt.got.Verdict())
			require.Equal(t, specification, rt.got.Specification())
			cfg, err := rt.got.Config()
			require.NoError(t, err)
			require.Equal(t, resolved, cfg)

			// What a runtime does to its copy changes nothing that was allowed.
			cfg.RemoteURL = "https://evil.example"
			again, err := rt.got.Config()
			require.NoError(t, err)
			require.Equal(t, resolved, again)
		})
	}
}

func TestVerdictOnAnotherServerBlocks(t *testing.T) {
	resolved, err := runner.Resolve(t.Context(), remoteConfig())
	require.NoError(t, err)
	specification, err := runner.Specification(resolved)
	require.NoError(t, err)
	for name, g := range map[string]runner.PolicyGate{
		"another": reporting(runner.Verdict{Decision: "id", Specification: "hmac-sha256:00"}),
		"of two":  reporting(runner.Verdict{Specification: specification}, runner.Verdict{Specification: "hmac-sha256:00"}),
		"of a clone": gateFunc(func(ctx context.Context, cfg *runner.RunConfig) error {
			cfg.RemoteURL = "https://other.example/mcp"
			other, err := runner.Specification(cfg)
			runner.ReportVerdict(ctx, runner.Verdict{Specification: other})
			return err
		}),
	} {
		t.Run(name, func(t *testing.T) {
			register(t, g)
			rt := &fakeRuntime{}
			r := runner.New(runner.Options{Runtime: rt})
			for _, err := range []error{r.Run(t.Context(), remoteConfig(), runner.Stdio{}), r.Check(t.Context(), remoteConfig())} {
				var blocked *runner.BlockedError
				require.ErrorAs(t, err, &blocked)
				require.EqualError(t, err, "server creation blocked by policy: the gate decided about another server than the one that it was asked about")
			}
			require.Zero(t, rt.setups.Load())
		})
	}
}

// A denial counts, whatever is told beside it, and a verdict told to nobody, or
// late, changes nothing.
func TestVerdictOutsideAQuestion(t *testing.T) {
	runner.ReportVerdict(t.Context(), runner.Verdict{Specification: "x"})
	var question context.Context
	register(t, gateFunc(func(ctx context.Context, _ *runner.RunConfig) error {
		question = ctx
		return nil
	}))
	rt := &approvedRuntime{}
	require.NoError(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{}))
	runner.ReportVerdict(question, runner.Verdict{Decision: "late"})
	require.Equal(t, runner.Verdict{}, rt.got.Verdict())

	denied := errors.New("no")
	register(t, gateFunc(func(ctx context.Context, cfg *runner.RunConfig) error {
		return errors.Join(reporting(runner.Verdict{Decision: "id"})(ctx, cfg), denied)
	}))
	require.ErrorIs(t, runner.New(runner.Options{Runtime: rt}).Run(t.Context(), remoteConfig(), runner.Stdio{}), denied)
}

func TestApprovedOfNothing(t *testing.T) {
	for _, a := range []*runner.Approved{nil, {}} {
		_, err := a.Config()
		require.EqualError(t, err, "no policy gate was asked about this server")
	}
}

func TestApprovedThatChanged(t *testing.T) {
	a := runner.ApproveAndChange(remoteConfig(), func(c *runner.RunConfig) { c.RemoteURL = "https://other.example" })
	_, err := a.Config()
	require.EqualError(t, err, "server remote is not the one that policy was asked about")
}

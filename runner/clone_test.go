package runner_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestClone(t *testing.T) {
	c := new(runner.RunConfig)
	fill(t, reflect.ValueOf(c).Elem(), "config")
	d := c.Clone()
	require.Equal(t, c, d)
	requireDisjoint(t, reflect.ValueOf(c).Elem(), reflect.ValueOf(d).Elem(), "config")

	profile := c.PermissionProfile.Clone()
	require.Equal(t, c.PermissionProfile, profile)
	requireDisjoint(t, reflect.ValueOf(c.PermissionProfile), reflect.ValueOf(profile), "profile")
}

func TestCloneOfNothing(t *testing.T) {
	require.Nil(t, (*runner.RunConfig)(nil).Clone())
	require.Nil(t, (*runner.PermissionProfile)(nil).Clone())
	require.Equal(t, &runner.RunConfig{}, new(runner.RunConfig).Clone())
	parts := &runner.RunConfig{
		CmdArgs:           []string{},
		EnvVars:           map[string]string{},
		PermissionProfile: &runner.PermissionProfile{Network: &runner.NetworkPermissions{}},
		HeaderForward:     &runner.HeaderForward{},
		Resolved:          &runner.Resolved{Command: &runner.ResolvedCommand{}},
	}
	require.Equal(t, parts, parts.Clone())
}

// fill puts something into every field below v.
func fill(t *testing.T, v reflect.Value, at string) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(at)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(len(at)))
	case reflect.Float64:
		v.SetFloat(float64(len(at)))
	case reflect.Uint8:
		v.SetUint('x')
	case reflect.Uint64:
		v.SetUint(uint64(len(at)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), at)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, key := range []string{"a", "b"} {
			elem := reflect.New(v.Type().Elem()).Elem()
			fill(t, elem, at+"."+key)
			v.SetMapIndex(reflect.ValueOf(key), elem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			require.True(t, v.Type().Field(i).IsExported(), "%s: this test cannot fill %s", at, v.Type().Field(i).Name)
			fill(t, v.Field(i), at+"."+v.Type().Field(i).Name)
		}
	default:
		require.Fail(t, "teach this test, and Clone, about "+v.Type().String(), at)
	}
}

// requireDisjoint holds that no memory below a, which was filled, is below b.
func requireDisjoint(t *testing.T, a, b reflect.Value, at string) {
	t.Helper()
	switch a.Kind() {
	case reflect.Pointer:
		require.NotEqual(t, a.Pointer(), b.Pointer(), at)
		requireDisjoint(t, a.Elem(), b.Elem(), at)
	case reflect.Slice:
		require.NotEqual(t, a.Pointer(), b.Pointer(), at)
		for i := range a.Len() {
			requireDisjoint(t, a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Map:
		require.NotEqual(t, a.Pointer(), b.Pointer(), at)
		for _, key := range a.MapKeys() {
			requireDisjoint(t, a.MapIndex(key), b.MapIndex(key), at+"."+key.String())
		}
	case reflect.Struct:
		for i := range a.NumField() {
			requireDisjoint(t, a.Field(i), b.Field(i), at+"."+a.Type().Field(i).Name)
		}
	}
}

package toolhive

import (
	"reflect"

	thv "github.com/stacklok/toolhive/pkg/runner"
)

// clone returns a copy of cfg that shares no memory with it that ToolHive changes.
// Members that are not exported, and what is behind an interface that is no JSON,
// are the same in both.
func clone(cfg *thv.RunConfig) *thv.RunConfig {
	out := *cfg
	cloneInto(reflect.ValueOf(&out).Elem())
	return &out
}

// cloneInto replaces what v refers to by copies.
func cloneInto(v reflect.Value) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			cloneInto(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			cloneInto(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			v.Set(cloned(v.Elem()).Addr())
		}
	case reflect.Interface:
		if kind := v.Elem().Kind(); kind == reflect.Map || kind == reflect.Slice {
			v.Set(cloned(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(out, v)
			for i := range out.Len() {
				cloneInto(out.Index(i))
			}
			v.Set(out)
		}
	case reflect.Map:
		if !v.IsNil() {
			out := reflect.MakeMapWithSize(v.Type(), v.Len())
			for key, value := range v.Seq2() {
				out.SetMapIndex(key, cloned(value))
			}
			v.Set(out)
		}
	}
}

// cloned is a copy of v that can be set.
func cloned(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	cloneInto(out)
	return out
}

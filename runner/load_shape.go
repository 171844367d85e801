package runner

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	runConfigShape = newShape(reflect.TypeFor[plainRunConfig]())
	profileShape   = newShape(reflect.TypeFor[PermissionProfile]())
	// anyShape is a value that this version does not know.
	anyShape = &shape{}
)

// shape is what a JSON value must look like.
type shape struct {
	// kind is the kind of the value; KindInvalid admits any.
	kind jsontext.Kind
	// fields are the known members of an object, and folded their names by
	// foldName. Other members are of anyShape, or of elem in a map.
	fields map[string]*shape
	folded map[string]string
	// elem is the shape of the elements of an array or of the members of a map.
	elem *shape
	// whole is a number without a fraction.
	whole bool
	// anyCase allows names that differ only in case.
	anyCase bool
	// check returns what is wrong with a string, or "".
	check func(string) string
}

func newShape(t reflect.Type) *shape {
	switch {
	case t == reflect.TypeFor[jsontext.Value]():
		return &shape{kind: jsontext.KindBeginObject}
	case t.Kind() == reflect.Pointer:
		return newShape(t.Elem())
	}
	switch t.Kind() {
	case reflect.String:
		return &shape{kind: jsontext.KindString}
	case reflect.Bool:
		return &shape{kind: jsontext.KindTrue}
	case reflect.Int:
		return &shape{kind: jsontext.KindNumber, whole: true}
	case reflect.Float64:
		return &shape{kind: jsontext.KindNumber}
	case reflect.Slice:
		return &shape{kind: jsontext.KindBeginArray, elem: newShape(t.Elem())}
	case reflect.Map:
		return &shape{kind: jsontext.KindBeginObject, elem: newShape(t.Elem())}
	case reflect.Struct:
		return newStructShape(t)
	default:
		panic(fmt.Sprintf("run config: no JSON shape for %s", t))
	}
}

func newStructShape(t reflect.Type) *shape {
	s := &shape{kind: jsontext.KindBeginObject, fields: map[string]*shape{}, folded: map[string]string{}}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		field := newShape(t.Field(i).Type)
		switch name {
		case "env_vars", "container_labels":
			field.anyCase = true
		case "schema_version":
			field.check = checkSchemaVersion
		}
		s.fields[name] = field
		s.folded[foldName(name)] = name
	}
	return s
}

func checkSchemaVersion(v string) string {
	if v == "" || v == CurrentSchemaVersion {
		return ""
	}
	return "this version of the runner reads only " + CurrentSchemaVersion
}

func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "true or false"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "a list"
	default:
		return "something else"
	}
}

// foldName maps names that differ only in case, by Unicode's simple folding, to
// the same string.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, name)
}

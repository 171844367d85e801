package gate

import (
	"context"
	"errors"
	"reflect"
)

// What is larger than this is refused before or in place of its redaction, so
// that a decision takes a time that can be told.
const (
	maxText  = 256 << 10 // bytes of all strings of an input
	maxKnown = 2000      // secrets that are looked for everywhere
	maxNoted = 8 << 20   // bytes of the paths of redactions
)

var (
	errTooMuchText       = errors.New("the input holds more than 256 KiB of text")
	errTooManySecrets    = errors.New("the input holds more than 2000 secrets in clear")
	errTooManyRedactions = errors.New("the paths of what is redacted in the input are more than 8 MiB of text")
)

// textSize is how many bytes the strings of v have together.
func textSize(v reflect.Value) int {
	n := 0
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Struct:
		for i := range v.NumField() {
			n += textSize(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += textSize(v.Index(i))
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			n += textSize(entry.Key()) + textSize(entry.Value())
		}
	case reflect.Interface:
		return textSize(v.Elem())
	}
	return n
}

// stopped reports whether what r makes is of no use any more; r.err says why.
func (r *redactor) stopped() bool {
	if r.err == nil && r.ctx.Err() != nil {
		r.err = context.Cause(r.ctx)
	}
	return r.err != nil
}

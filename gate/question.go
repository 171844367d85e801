package gate

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// MaxInput is how many bytes an input may have as JSON after redaction. A larger
// one is not judged, and denies.
const MaxInput = 64 << 10

// question is an input as it is recorded, and as policies see it.
type question struct {
	input Input
	value ast.Value
}

// newQuestion refuses an input that is too large to be judged.
func newQuestion(in Input) (question, error) {
	value, err := inputValue(in)
	return question{in, value}, err
}

// inputValue is in as OPA's value, made through JSON, so that policies see what
// the record shows.
func inputValue(in Input) (ast.Value, error) {
	data, err := inputJSON(in)
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	if len(data) > MaxInput {
		return nil, tooLarge(data)
	}
	value, err := ast.ValueFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	return value, nil
}

// inputJSON is in as the record has it.
func inputJSON(in Input) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(in)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// tooLarge says how large an input is, and what of it most.
func tooLarge(data []byte) error {
	path, size := largest(data)
	return fmt.Errorf("the input has %d bytes of JSON after redaction, more than %d: the largest part of it is %s with %d bytes",
		len(data), MaxInput, path, size)
}

// largest returns the largest member of the largest member of a JSON object, as
// in server.environment.
func largest(data []byte) (path string, size int) {
	for range 2 {
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil {
			break // no object: the path ends above
		}
		name, most := "", 0
		for key, value := range object {
			if n := len(key) + len(value); n > most || n == most && key < name {
				name, most = key, n
			}
		}
		if most == 0 {
			break
		}
		data, size = object[name], most
		path += "." + name
	}
	return shortName(path), size
}

// shortName is a path below input that people can read: names in a run config are
// whatever someone wrote there.
func shortName(path string) string {
	const most = 100
	if path == "" {
		return "the input itself"
	}
	if path = path[1:]; len(path) > most {
		return fmt.Sprintf("%+q…", path[:most])
	}
	return fmt.Sprintf("%+q", path)
}

package rego

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"
)

// syntaxError is what is wrong with a file of data, and in which line of it.
type syntaxError struct {
	rule     string
	row, col int // 0 where it is not known
	msg, fix string
}

func (e *syntaxError) Error() string {
	text := e.msg
	if e.fix != "" {
		text += ": " + e.fix
	}
	return fmt.Sprintf("%d: %s", e.row, text)
}

// syntaxFault is an error of decoding as a finding.
func syntaxFault(f file, err error) error {
	e, ok := errors.AsType[*syntaxError](err)
	if !ok {
		return fault("data-syntax", f.name, "", "%s", err)
	}
	found := fault(e.rule, f.name, e.fix, "%s", e.msg)
	found.Row, found.Col = e.row, e.col
	return found // without the line, which may hold a secret
}

// decodeJSON decodes one JSON value. Duplicate keys, invalid UTF-8 and anything
// after the value are errors with their line. Numbers keep their digits.
func decodeJSON(b []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	v, err := jsonValue(d)
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			return v, nil
		} else if err == nil {
			err = errors.New("there is more than one value")
		}
	}
	rule, fix := "data-syntax", ""
	offset := d.InputOffset()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset, err = syntax.ByteOffset, syntax.Err
		if name := syntax.JSONPointer.LastToken(); errors.Is(err, jsontext.ErrDuplicateName) {
			rule, fix = "data-duplicate-key", "keep one of them"
			err = fmt.Errorf("the key %q is there twice", name)
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends too early")
	}
	line := 1 + bytes.Count(b[:min(int(offset), len(b))], []byte("\n"))
	return nil, &syntaxError{rule: rule, row: line, col: int(offset) - bytes.LastIndexByte(b[:min(int(offset), len(b))], '\n'), msg: err.Error(), fix: fix}
}

func jsonValue(d *jsontext.Decoder) (any, error) {
	tok, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return tok.Bool(), nil
	case '"':
		return tok.String(), nil
	case '0':
		n := tok.String()
		return json.Number(n), checkNumber(n)
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			v, err := jsonValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.ReadToken()
		return list, err
	case '{':
		obj := map[string]any{}
		for d.PeekKind() != '}' {
			key, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			name := key.String()
			if obj[name], err = jsonValue(d); err != nil {
				return nil, err
			}
		}
		_, err := d.ReadToken()
		return obj, err
	default:
		return nil, fmt.Errorf("unexpected %s", tok)
	}
}

// decodeYAML decodes one YAML document as JSON data; an empty file is an empty
// object. What JSON cannot say or what readers of YAML disagree on is an error,
// and so are duplicate keys and a second document.
func decodeYAML(b []byte) (any, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return map[string]any{}, nil
	case err != nil:
		return nil, yamlError(b, err)
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, &syntaxError{"data-second-document", second.Line, 1, "a second YAML document begins here", "write one document in a file"}
	case !errors.Is(err, io.EOF):
		return nil, yamlError(b, err)
	}
	return (&yamlDecoder{}).value(doc.Content[0])
}

var (
	yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s+)?(?:line (\d+): )?`)
	yamlTab  = regexp.MustCompile(`^ *\t`)
)

// yamlError is an error of the YAML parser, with its line.
func yamlError(b []byte, err error) error {
	e := &syntaxError{rule: "data-syntax", msg: err.Error()}
	if m := yamlLine.FindStringSubmatch(e.msg); m != nil {
		e.msg = strings.TrimPrefix(e.msg, m[0])
		e.row, _ = strconv.Atoi(m[1]) // no line is line 0
	}
	// The parser reports a tab at one line, and in words, that depend on what
	// stands before it.
	for i, line := range bytes.Split(b, []byte("\n")) {
		if yamlTab.Match(line) && (e.row == 0 || i+1 == e.row || i == e.row || i+2 == e.row) {
			return &syntaxError{"data-syntax", i + 1, 1, "a tab is used for indentation", "YAML wants spaces"}
		}
	}
	return e
}

func syntaxAt(n *yaml.Node, fix, format string, args ...any) error {
	return &syntaxError{rule: "data-syntax", row: n.Line, col: n.Column, msg: fmt.Sprintf(format, args...), fix: fix}
}

const (
	maxAliased    = 100_000 // nodes that aliases unfold to
	maxAliasDepth = 100     // aliases inside of each other
)

type yamlDecoder struct{ depth, aliased int }

func (y *yamlDecoder) value(n *yaml.Node) (any, error) {
	if y.depth > 0 {
		if y.aliased++; y.aliased > maxAliased {
			return nil, syntaxAt(n, "", "aliases unfold to more than %d values", maxAliased)
		}
	}
	if tag := n.ShortTag(); n.Kind == yaml.SequenceNode && tag != "!!seq" || n.Kind == yaml.MappingNode && tag != "!!map" {
		return nil, syntaxAt(n, "take it out", "the tag %s is not read", tag)
	}
	switch n.Kind {
	case yaml.AliasNode:
		y.depth++
		if y.depth > maxAliasDepth {
			return nil, syntaxAt(n, "", "the alias %s is nested too deep", n.Value)
		}
		defer func() { y.depth-- }()
		return y.value(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			var err error
			if list[i], err = y.value(c); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return y.object(n)
	default:
		return yamlScalar(n)
	}
}

func (y *yamlDecoder) object(n *yaml.Node) (any, error) {
	obj := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			return nil, syntaxAt(key, "write the keys out", "the merge key << is not read")
		}
		if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			return nil, syntaxAt(key, fmt.Sprintf("put %s in quotes", key.Value), "a key is a string")
		}
		if _, dup := obj[key.Value]; dup {
			return nil, &syntaxError{"data-duplicate-key", key.Line, key.Column, fmt.Sprintf("the key %q is there twice", key.Value), "keep one of them"}
		}
		v, err := y.value(value)
		if err != nil {
			return nil, err
		}
		obj[key.Value] = v
	}
	return obj, nil
}

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	// yaml11Bool are booleans to readers of YAML 1.1, and to most people. To
	// OPA they are strings, and a string is as good as true.
	yaml11Bool = regexp.MustCompile(`^(?i:yes|no|on|off)$`)
)

func ambiguous(n *yaml.Node) bool {
	quoted := n.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle | yaml.TaggedStyle)
	return quoted == 0 && yaml11Bool.MatchString(n.Value)
}

func yamlScalar(n *yaml.Node) (any, error) {
	if ambiguous(n) {
		return nil, syntaxAt(n, "write true or false, or put it in quotes", "%s is a boolean to some readers of YAML and a string to others", n.Value)
	}
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return nil, nil
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return nil, syntaxAt(n, "write true or false", "%s is not a boolean", n.Value)
		}
		return b, nil
	case "!!int", "!!float":
		return yamlNumber(n)
	default:
		return nil, syntaxAt(n, "take it out", "the tag %s is not read", tag)
	}
}

// checkNumber refuses a number whose digits nobody can count, or that has more
// of them than anybody means.
func checkNumber(n string) error {
	if _, err := ast.NumberChecked(n); err != nil || len(n) > maxDigits {
		return fmt.Errorf("a number is too large, or has more than %d digits", maxDigits)
	}
	return nil
}

func yamlNumber(n *yaml.Node) (any, error) {
	if jsonNumber.MatchString(n.Value) {
		if err := checkNumber(n.Value); err != nil {
			return nil, syntaxAt(n, "put it in quotes", "%s", err)
		}
		return json.Number(n.Value), nil
	}
	if n.ShortTag() == "!!int" { // a fraction would be cut off: .5 would be 0
		var i int64
		if err := n.Decode(&i); err == nil {
			return json.Number(strconv.FormatInt(i, 10)), nil
		}
		var u uint64
		if err := n.Decode(&u); err == nil {
			return json.Number(strconv.FormatUint(u, 10)), nil
		}
	}
	var f float64
	if err := n.Decode(&f); err == nil {
		s := strconv.FormatFloat(f, 'g', -1, 64)
		if jsonNumber.MatchString(s) {
			return json.Number(s), nil
		}
	}
	return nil, syntaxAt(n, "put it in quotes", "%s is not a number of JSON", n.Value)
}

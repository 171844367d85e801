package clients

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Decode returns a configuration as UTF-8. PowerShell and some editors write
// UTF-16 with a byte order mark, which is decoded; the result is data itself
// where it is UTF-8, so that offsets into it are offsets into the file.
func Decode(data []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return data, nil
	}
	data = data[2:]
	if len(data)%2 != 0 {
		return nil, errors.New("is UTF-16 with half a character at its end")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}

// Parse reads the text of a configuration. An error is a *tree.SyntaxError. XML
// has no tree whose values could be changed: its values have the spans of the
// elements that they stand in.
func Parse(data []byte, syntax Syntax) (*tree.Document, error) { return parse(data, syntax) }

func parse(data []byte, syntax Syntax) (*tree.Document, error) {
	switch syntax {
	case SyntaxTOML:
		return tree.TOML(data)
	case SyntaxYAML:
		return tree.YAML(data)
	case SyntaxXML:
		return jetBrainsXML(data)
	}
	return tree.JSON(data)
}

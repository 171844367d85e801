package clients

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// jetBrainsXML reads the servers that an IDE of JetBrains keeps in XML, up to
// version 2025.2, into the tree of an object with mcpServers. Later versions
// keep names only, and the servers in a mcp.json.
func jetBrainsXML(data []byte) (*tree.Document, error) {
	root, err := parseXML(data)
	if err != nil {
		return nil, err
	}
	servers := &tree.Node{Kind: tree.Object, End: len(data)}
	for _, top := range root.kids {
		for _, component := range top.kids {
			if name := component.attrs["name"]; name != "McpApplicationServerCommands" && name != "McpProjectServerCommands" {
				continue
			}
			for _, kid := range component.kids {
				list := []*xmlElement{kid}
				if kid.name == "commands" || kid.name == "urls" {
					list = kid.kids
				}
				for _, element := range list {
					if name, server := jetBrainsServer(element); server != nil {
						servers.Members = append(servers.Members, tree.Member{
							Name: name, NameStart: element.start, NameEnd: element.end, Value: server,
						})
					}
				}
			}
		}
	}
	d := &tree.Document{Data: data, Root: &tree.Node{Kind: tree.Object, End: len(data)}}
	d.Root.Members = []tree.Member{{Name: "mcpServers", Value: servers}}
	return d, nil
}

// jetBrainsServer is one element as the object that JSON would have, or nil
// where it has only the state of a server that stands elsewhere.
func jetBrainsServer(e *xmlElement) (string, *tree.Node) {
	server := &tree.Node{Kind: tree.Object, Start: e.start, End: e.end}
	add := func(name string, value *tree.Node) {
		value.Start, value.End = e.start, e.end
		server.Members = append(server.Members, tree.Member{Name: name, Value: value})
	}
	name := ""
	starts := false
	for _, kid := range e.kids {
		option, value := kid.attrs["name"], kid.attrs["value"]
		switch {
		case kid.name == "envs":
			add("env", kid.pairs())
		case kid.name != "option":
		case option == "name":
			name = value
		case (option == "programPath" || option == "command") && value != "":
			starts = true
			add("command", &tree.Node{Kind: tree.String, Text: value})
		case option == "url" && value != "":
			starts = true
			add("url", &tree.Node{Kind: tree.String, Text: value})
		case option == "arguments":
			add("args", words(value))
		case option == "args":
			add("args", kid.list())
		case option == "env" || option == "headers":
			add(option, kid.pairs())
		case option == "workingDirectory":
			add(option, &tree.Node{Kind: tree.String, Text: value})
		case option == "enabled":
			add(option, &tree.Node{Kind: tree.Bool, Text: value})
		}
	}
	if name == "" || !starts {
		return "", nil
	}
	return name, server
}

// words splits the arguments, which are one line, as the IDE does: at white
// space outside double quotes. A quote behind a backslash is a character.
func words(line string) *tree.Node {
	list := &tree.Node{Kind: tree.Array}
	var word strings.Builder
	begun, quoted := false, false
	end := func() {
		if begun {
			list.Elements = append(list.Elements, &tree.Node{Kind: tree.String, Text: word.String()})
		}
		word.Reset()
		begun = false
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line) && line[i+1] == '"':
			i++
			begun = true
			word.WriteByte('"')
		case c == '"':
			begun, quoted = true, !quoted
		case !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
			end()
		default:
			begun = true
			word.WriteByte(c)
		}
	}
	end()
	return list
}

// xmlElement is an element of an XML text.
type xmlElement struct {
	name       string
	attrs      map[string]string
	kids       []*xmlElement
	start, end int
}

// pairs are the names and values of the elements inside e, at any depth.
func (e *xmlElement) pairs() *tree.Node {
	n := &tree.Node{Kind: tree.Object}
	for _, kid := range e.kids {
		name := kid.attrs["name"]
		if name == "" {
			name = kid.attrs["key"]
		}
		if name != "" {
			n.Members = append(n.Members, tree.Member{
				Name: name, NameStart: kid.start, NameEnd: kid.end,
				Value: &tree.Node{Kind: tree.String, Text: kid.attrs["value"], Start: kid.start, End: kid.end},
			})
		}
		n.Members = append(n.Members, kid.pairs().Members...)
	}
	return n
}

// list are the values of the elements inside e, at any depth.
func (e *xmlElement) list() *tree.Node {
	n := &tree.Node{Kind: tree.Array}
	for _, kid := range e.kids {
		if value, ok := kid.attrs["value"]; ok {
			n.Elements = append(n.Elements, &tree.Node{Kind: tree.String, Text: value, Start: kid.start, End: kid.end})
		}
		n.Elements = append(n.Elements, kid.list().Elements...)
	}
	return n
}

// parseXML reads an XML text. The decoder reads no other file and expands only
// the entities of XML itself. An error is a *tree.SyntaxError.
func parseXML(data []byte) (*xmlElement, error) {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	root := &xmlElement{}
	stack := []*xmlElement{root}
	for {
		start := int(decoder.InputOffset())
		token, err := decoder.Token()
		line, column := decoder.InputPos()
		switch {
		case errors.Is(err, io.EOF) && len(stack) == 1:
			return root, nil
		case err != nil:
			return nil, &tree.SyntaxError{Line: line, Column: column, Msg: "is not well-formed XML"}
		case len(stack) > tree.MaxDepth:
			return nil, &tree.SyntaxError{Line: line, Column: column, Msg: "is nested too deep"}
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &xmlElement{name: t.Name.Local, attrs: map[string]string{}, start: start, end: int(decoder.InputOffset())}
			for _, attr := range t.Attr {
				e.attrs[attr.Name.Local] = attr.Value
			}
			parent := stack[len(stack)-1]
			parent.kids = append(parent.kids, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack[len(stack)-1].end = int(decoder.InputOffset())
			stack = stack[:len(stack)-1]
		}
	}
}

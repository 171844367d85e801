package wrap

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// hidden stands for what is not shown.
const hidden = "<redacted>"

// Show returns a text for people. Of values it has only those that say what is
// started, with what hide takes out of each taken out; all others may be
// secrets, and so may comments. own is the path of mcp-runner.
func Show(format Format, data []byte, own string, hide func(string) string) (string, error) {
	doc, entries, err := format.Read(data)
	if err != nil {
		return "", err
	}
	s := &shower{format: format, doc: doc, own: own, hide: hide, shown: map[*tree.Node]string{}}
	for _, e := range entries {
		s.entry(e)
	}
	s.walk(doc.Root)
	slices.SortFunc(s.spans, func(a, b edit) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var out strings.Builder
	at := 0
	for _, span := range s.spans {
		if span.start < at {
			continue // an alias stands for a value that is there already
		}
		out.WriteString(s.comments(data[at:span.start]))
		out.WriteString(span.text)
		at = span.end
	}
	out.WriteString(s.comments(data[at:]))
	return out.String(), nil
}

type shower struct {
	format Format
	doc    *tree.Document
	own    string
	hide   func(string) string
	shown  map[*tree.Node]string
	spans  []edit
}

// entry notes the values of a server that are shown.
func (s *shower) entry(e Entry) {
	f := fieldsOf(e)
	command, args, array := launched(f)
	if f.kind.Value != nil {
		s.shown[f.kind.Value] = f.kind.Value.Text
	}
	if f.url.Value != nil {
		s.shown[f.url.Value] = s.hide(f.url.Value.Text)
	}
	if f.command.Value != nil && f.command.Value.Kind == tree.String {
		s.shown[f.command.Value] = s.hide(command)
	}
	if array == nil {
		return
	}
	own := 0
	if l, ok := parseLine(args); ok && runs(command, args, s.own) {
		own = len(l.flags)
	}
	elements := array.Elements
	if array == f.command.Value {
		s.shown[elements[0]] = s.hide(command)
		elements = elements[1:]
	}
	for i, n := range elements {
		switch {
		case i < own:
			s.shown[n] = n.Text
		case i > 0 && !strings.HasSuffix(s.hide(args[i-1]+" "+args[i]), args[i]):
			s.shown[n] = hidden // --token VALUE
		default:
			s.shown[n] = s.hide(n.Text)
		}
	}
}

func (s *shower) walk(n *tree.Node) {
	for _, m := range n.Members {
		if m.NameEnd > m.NameStart {
			s.spans = append(s.spans, edit{m.NameStart, m.NameEnd, string(s.doc.Data[m.NameStart:m.NameEnd])})
		}
		s.walk(m.Value)
	}
	for _, e := range n.Elements {
		s.walk(e)
	}
	if n.Kind != tree.String && n.Kind != tree.Number || n.End <= n.Start {
		return
	}
	raw := string(s.doc.Data[n.Start:n.End])
	text, known := s.shown[n]
	switch {
	case !known:
		text = hidden
	case text == n.Text:
		s.spans = append(s.spans, edit{n.Start, n.End, raw})
		return
	}
	s.spans = append(s.spans, edit{n.Start, n.End, quote(s.format.Syntax, text, `"`)})
}

var (
	slashComment = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/`)
	hashComment  = regexp.MustCompile(`#[^\n]*`)
)

// comments blanks those in what stands between values.
func (s *shower) comments(gap []byte) string {
	form, sign := hashComment, "# "
	if s.format.Syntax == clients.SyntaxJSON {
		form, sign = slashComment, "// "
	}
	return form.ReplaceAllStringFunc(string(gap), func(comment string) string {
		switch {
		case strings.HasPrefix(comment, "/*"):
			return "/* " + hidden + " */"
		case strings.HasSuffix(comment, "\r"):
			return sign + hidden + "\r"
		}
		return sign + hidden
	})
}

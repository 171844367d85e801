package main

import (
	"regexp"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/show"
)

// paragraph is prose of the author's, which may be Markdown of more than one
// paragraph. It makes no HTML, no heading and no picture, leaves no fence open,
// and links only to where a browser goes: what a policy says of itself does not
// pass for the page.
func (p *printer) paragraph(text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	p.Printf("\n")
	fence := ""
	for line := range strings.Lines(text) {
		line = show.Clean(strings.TrimRight(line, "\r\n"))
		switch {
		case fence != "":
			if closesFence(line, fence) {
				fence = ""
			}
		case openFence.MatchString(line):
			fence = openFence.FindStringSubmatch(line)[1]
		default:
			line = tameMarkdown(line)
		}
		p.Printf("%s\n", line)
	}
	if fence != "" {
		p.Printf("%s\n", fence)
	}
}

var (
	// openFence is one that belongs to no list: such a one ends with the list.
	openFence = regexp.MustCompile("^(```+|~~~+)[^`]*$")
	// blockMark begins a heading or a fence, or makes a heading of the line above.
	blockMark  = regexp.MustCompile("^((?:[ >*+-]|\\d+[.)] )*)(#|```|~~~|=+ *$)")
	ruleMark   = regexp.MustCompile(`^([ >]*)(-[ -]*)$`)
	linkTarget = regexp.MustCompile(`\]\([^)]*`)
	webTarget  = regexp.MustCompile(`^\]\((?:https?://|mailto:|#)`)
)

func closesFence(line, fence string) bool {
	mark := strings.TrimRight(line, " ")
	for range 3 {
		mark = strings.TrimPrefix(mark, " ")
	}
	return len(mark) >= len(fence) && strings.Trim(mark, fence[:1]) == ""
}

func tameMarkdown(line string) string {
	// ]: is where a link is defined, maybe with a name of several lines.
	line = strings.NewReplacer("<", "&lt;", "![", `!\[`, "]:", `]\:`).Replace(line)
	line = blockMark.ReplaceAllString(line, `$1\$2`)
	line = ruleMark.ReplaceAllString(line, `$1\$2`)
	return linkTarget.ReplaceAllStringFunc(line, func(target string) string {
		if webTarget.MatchString(target) {
			return target
		}
		return `]\` + target[1:]
	})
}

// plainMarkdown is text of one line that begins no link and no picture, and
// whose backslashes escape nothing.
func plainMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`).Replace(s)
}

// cell is text of one line that ends no table cell and begins no HTML.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(show.Clean(strings.TrimSpace(s)))
}

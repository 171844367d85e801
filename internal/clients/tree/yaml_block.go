package tree

import "bytes"

// blockEnd is the end of a literal or folded text: the beginning of the line
// behind its last one.
func (y *yamlReader) blockEnd(start, enclosing int) int {
	data := y.d.Data
	i, indent, keep := start+1, 0, false
	for ; i < len(data) && breakAt(data, i) == 0 && data[i] != '#'; i++ {
		switch c := data[i]; {
		case c == '+':
			keep = true
		case '1' <= c && c <= '9':
			indent = max(0, enclosing) + int(c-'0')
		}
	}
	end := i
	for i < len(data) && breakAt(data, i) == 0 {
		i++
		end = i
	}
	for end > start && (data[end-1] == ' ' || data[end-1] == '\t') {
		end--
	}
	i += breakAt(data, i)
	i, spaces, lead := skipBlankLines(data, i, indent)
	if indent == 0 {
		indent = max(spaces, enclosing+1, 1)
	}
	if keep && lead {
		end = lineBegin(data, i)
	}
	for {
		content := lineBegin(data, i)
		if i >= len(data) || i-content != indent || breakAt(data, i) > 0 || y.documentMark(content) {
			return end
		}
		for i < len(data) && breakAt(data, i) == 0 {
			i++
		}
		i += breakAt(data, i)
		end = i
		i, _, _ = skipBlankLines(data, i, indent)
		if keep {
			end = max(end, lineBegin(data, i))
		}
	}
}

// skipBlankLines goes over lines of spaces only, and over the spaces of the line
// behind them: all, or at most indent where that is not 0. It returns the most
// spaces of a line, and whether there was a line.
func skipBlankLines(data []byte, i, indent int) (next, most int, lines bool) {
	for {
		begin := i
		for i < len(data) && data[i] == ' ' && (indent == 0 || i-begin < indent) {
			i++
		}
		most = max(most, i-begin)
		n := breakAt(data, i)
		if i >= len(data) || n == 0 {
			return i, most, lines
		}
		i += n
		lines = true
	}
}

// lineBegin is the first byte of the line of which i is a byte.
func lineBegin(data []byte, i int) int {
	for i > 0 && !isBreakBefore(data, i) {
		i--
	}
	return i
}

// breakAt is the length of the line break at i, or 0. YAML 1.1 has more of them
// than other formats.
func breakAt(data []byte, i int) int {
	if i >= len(data) {
		return 0
	}
	switch data[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(data) && data[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xc2:
		if bytes.HasPrefix(data[i:], []byte("\u0085")) {
			return 2
		}
	case 0xe2:
		if bytes.HasPrefix(data[i:], []byte("\u2028")) || bytes.HasPrefix(data[i:], []byte("\u2029")) {
			return 3
		}
	}
	return 0
}

// isBreakBefore reports whether a line begins at i.
func isBreakBefore(data []byte, i int) bool {
	for size := 1; size <= 3 && size <= i; size++ {
		if breakAt(data, i-size) == size {
			return true
		}
	}
	return false
}

// yamlLines are the offsets at which lines begin behind a byte order mark.
func yamlLines(data []byte, mark int) []int {
	lines := []int{mark}
	for i := mark; i < len(data); {
		n := breakAt(data, i)
		if n == 0 {
			i++
			continue
		}
		i += n
		lines = append(lines, i)
	}
	return lines
}

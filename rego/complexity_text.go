package rego

// amount is how much Rego there is in a file, as far as that can be told before
// it is parsed. It need not be exact.
type amount struct {
	weight int // words and signs
	digits int // of the longest number
	// line is the length of the longest line, and brackets how many were open at
	// a time.
	line, brackets int
	arguments      int // of one function
}

// bracket is one that is open, with the commas in it so far.
type bracket struct {
	kind   byte
	commas int
}

// Weights of what costs more than a word or sign does.
const (
	weightRule    = 10
	weightComment = 2
)

func amountOf(content []byte) amount {
	var a amount
	begin := 0
	var open []bracket
	for i := 0; i < len(content); i++ {
		switch c := content[i]; c {
		case '\n':
			a.line = max(a.line, i-begin)
			begin = i + 1
		case ' ', '\t', '\r':
		case '#':
			a.weight += weightComment
			i = until(content, i, '\n', false) - 1
		case '"':
			a.weight++
			i = until(content, i+1, '"', true)
		case '`':
			a.weight++
			i = until(content, i+1, '`', false)
		default:
			a.weight++
			switch {
			case c == '[' || c == '(' || c == '{':
				open = append(open, bracket{c, 0})
				a.brackets = max(a.brackets, len(open))
			case c == ']' || c == ')' || c == '}':
				open = open[:max(len(open)-1, 0)]
			case c == ',' && len(open) > 0:
				if at := &open[len(open)-1]; at.kind == '(' {
					at.commas++
					a.arguments = max(a.arguments, at.commas+1)
				}
			case inName(c):
				if i == begin { // as a rule does
					a.weight += weightRule
					open = open[:0]
				}
				from := i
				for i+1 < len(content) && inName(content[i+1]) {
					i++
				}
				if c >= '0' && c <= '9' {
					a.digits = max(a.digits, i+1-from)
				}
			}
		}
	}
	a.line = max(a.line, len(content)-begin)
	return a
}

func inName(c byte) bool { return wordByte(c) || c == '_' || c >= 0x80 }

// until returns where the next end is, from i on. A string in quotes ends with
// its line at the latest.
func until(content []byte, i int, end byte, quoted bool) int {
	for ; i < len(content); i++ {
		switch {
		case content[i] == end:
			return i
		case quoted && content[i] == '\\':
			i++
		case quoted && content[i] == '\n':
			return i - 1
		}
	}
	return i
}

// checkAmount refuses a file that is too much for the parser already.
func checkAmount(name string, content []byte) error {
	a := amountOf(content)
	switch {
	case a.weight > maxWeight:
		return fault(tooComplex, name, "put lists into data.yaml or data.json, or split the file",
			"the file holds %d words and signs of Rego, and at most %d are read", a.weight, maxWeight)
	case a.digits > maxDigits:
		return fault(tooComplex, name, "write it as a string", "a number has %d digits, and at most %d are read", a.digits, maxDigits)
	case a.arguments > maxParts:
		return fault(tooComplex, name, "hand an object or a list over", "a function has %d arguments, and at most %d are compiled", a.arguments, maxParts)
	case a.brackets*a.line > maxErrorText:
		return fault(tooComplex, name, "break the line", "a line of %d bytes stands in a file with brackets that are %d deep", a.line, a.brackets)
	}
	return nil
}

// checkAllAmount is checkAmount for all files of a source together.
func checkAllAmount(snap *snapshot) error {
	weight := 0
	for _, b := range snap.bundles {
		for _, f := range b.files {
			if f.kind == kindModule {
				weight += amountOf(f.content).weight
			}
		}
	}
	if weight > maxAllWeight {
		return fault(tooComplex, "", "put lists into data.yaml or data.json, or make two sources of it",
			"the source holds %d words and signs of Rego, and at most %d are read", weight, maxAllWeight)
	}
	return nil
}

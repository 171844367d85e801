//go:build unix

package gate_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// The files of a source. Each holds its number twice.
const (
	partOne      = iota // a policy that reads the helpers, the data and the params
	partTwo             // a policy that reads the data and the params
	partExtra           // a policy that is not always there, and reads the helpers
	partShared          // helpers
	partNumbers         // data
	partSettings        // the level of the policies, and params
	parts
)

var partFiles = [parts]string{"one.rego", "two.rego", "extra.rego", "lib/shared.rego", "numbers/data.yaml", "data.yaml"}

var partNames = [parts]string{"one", "two", "extra", "shared", "numbers", "settings"}

// revision is the number of each file: that of the revision which it is of; 0
// where there is none.
type revision [parts]int

// next is revision n, after r. Half of them change everything, the others one
// file alone: what else was loaded of r may be used again then.
func (r revision) next(n int, fixedFiles bool) revision {
	if alone, ok := map[int]int{3: partNumbers, 5: partSettings, 7: partOne, 9: partShared}[n%10]; ok {
		r[alone] = n
		return r
	}
	for part := range r {
		r[part] = n
	}
	if n%4 == 0 && !fixedFiles {
		r[partExtra] = 0
	}
	return r
}

// level is that of every policy.
func (r revision) level() string {
	if r[partSettings]%3 == 0 {
		return rego.LevelAudit
	}
	return rego.LevelDeny
}

// files are the contents by name.
func (r revision) files() map[string]string {
	files := map[string]string{}
	for part, n := range r {
		if n > 0 {
			files[partFiles[part]] = r.file(part)
		}
	}
	return files
}

// file is the content of one file. What stands in its first half is a policy, or
// data, of its own: where the second half is missing, or is that of another
// revision, it loads all the same.
func (r revision) file(part int) string {
	head := fmt.Sprintf("%s.head=%08d", partNames[part], r[part])
	tail := fmt.Sprintf("%s.tail=%08d", partNames[part], r[part])
	rules := func(pkg string, reads ...string) string {
		text := "package " + pkg + "\n\n"
		if slices.Contains(reads, "shared.marks") {
			text += "import data.corp.shared\n\n"
		}
		text += fmt.Sprintf("marks contains %q\n\n", head)
		if policy, ok := strings.CutPrefix(pkg, "mcp.policy."); ok {
			text += "seen := concat(\" \", marks)\n\ndeny contains seen if not expected\n\n" +
				fmt.Sprintf("expected if {\n\tsome label in input.server.labels\n\tlabel.name == %q\n\tlabel.value == seen\n}\n\n", policy)
		}
		for _, read := range reads {
			text += fmt.Sprintf("marks contains m if some m in %s\n\n", read)
		}
		return halves(text, fmt.Sprintf("\nmarks contains %q\n", tail))
	}
	const data, params = "data.numbers.marks", "data.mcp.settings.params.one.marks"
	switch part {
	case partOne:
		return rules("mcp.policy.one", "shared.marks", data, params)
	case partTwo:
		return rules("mcp.policy.two", data, params)
	case partExtra:
		return rules("mcp.policy.extra", "shared.marks")
	case partShared:
		return rules("corp.shared")
	case partNumbers:
		return halves(fmt.Sprintf("marks:\n- %s\n", head), fmt.Sprintf("- %s\n", tail))
	default:
		return halves(fmt.Sprintf("mcp:\n  settings:\n    enforcement:\n      \"*\": %s\n    params:\n      one:\n        marks:\n        - %s\n",
			r.level(), head), fmt.Sprintf("        - %s\n", tail))
	}
}

// halves puts comments between two texts, so that half of the file is more than
// the first and less than the second.
func halves(first, second string) string {
	return first + strings.Repeat("# between\n", 2+(len(first)+len(second))/10) + second
}

// asks is an input to which every policy says what it sees of the files, unless
// that is what it would see of r.
func (r revision) asks() gate.Input {
	in := gate.Input{Server: gate.Server{Name: "srv"}}
	for policy, reads := range sees {
		var marks []string
		for _, part := range reads {
			for _, end := range []string{"head", "tail"} {
				marks = append(marks, fmt.Sprintf("%s.%s=%08d", partNames[part], end, r[part]))
			}
		}
		slices.Sort(marks)
		in.Server.Labels = append(in.Server.Labels, gate.Label{Name: policy, Value: strings.Join(marks, " ")})
	}
	return in
}

// sees are the files that a policy reads.
var sees = map[string][]int{
	"one":   {partOne, partShared, partNumbers, partSettings},
	"two":   {partTwo, partNumbers, partSettings},
	"extra": {partExtra, partShared},
}

// sighting is what one decision says of the files behind it.
type sighting struct {
	kind    int
	allowed bool
	of      revision
	number  int    // of the revision, where it is whole
	level   string // "" where no policy said anything
	text    string
}

const (
	seenUndecided = iota
	seenWhole     // the files of one revision
	seenMixed     // whole files of two revisions
	seenTorn      // a file that begins with one revision and does not end with it
	seenSplit     // policies that did not see the same files
)

func (s sighting) String() string {
	return fmt.Sprintf("%s: %v at level %s: %s", []string{"undecided", "of one revision", "of two revisions", "of a torn file", "of two sources"}[s.kind],
		s.of, s.level, s.text)
}

// is says whether s is of r in every respect.
func (s sighting) is(r revision) bool {
	if s.level == "" {
		return s.of == r && s.allowed
	}
	return s.of == r && s.level == r.level() && s.allowed == (s.level != rego.LevelDeny)
}

// sight reads a decision about asked.asks(), or about an input without labels
// where asked is zero. Whether its files are of one revision, it cannot tell.
func sight(d *gate.Decision, asked revision) sighting {
	s := sighting{kind: seenMixed, allowed: d.Allowed}
	silent := map[string]bool{"one": true, "two": true, "extra": true}
	for _, v := range d.Violations {
		s.text += v.Policy + ": " + v.Msg + "; "
		silent[v.Policy] = false
		if s.level != "" && s.level != v.Level {
			s.kind = seenSplit
		}
		s.level = v.Level
		s.reads(v.Policy, v.Msg)
	}
	if len(d.Errors) > 0 || asked == (revision{}) && len(d.Violations) == 0 {
		s.kind = seenUndecided
		s.text = fmt.Sprint(d.Errors)
		return s
	}
	for _, policy := range []string{"one", "two", "extra"} {
		if asked == (revision{}) || !silent[policy] {
			continue
		}
		for _, part := range sees[policy] {
			switch {
			case s.of[part] == 0 || s.of[part] == asked[part]:
			case policy == "extra": // it is not there: it would have said so
				s.of[partExtra] = 0
				return s
			default:
				s.kind = seenSplit
			}
			if s.of[part] == 0 {
				s.of[part] = asked[part]
			}
		}
	}
	return s
}

// reads notes what a policy says that it sees.
func (s *sighting) reads(policy, msg string) {
	marks := map[string]int{}
	for mark := range strings.FieldsSeq(msg) {
		name, number, _ := strings.Cut(mark, "=")
		n := 0
		if _, err := fmt.Sscanf(number, "%08d", &n); err != nil || marks[name] != 0 {
			s.kind = max(s.kind, seenTorn)
		}
		marks[name] = n
	}
	for _, part := range sees[policy] {
		head, tail := marks[partNames[part]+".head"], marks[partNames[part]+".tail"]
		if head == 0 || head != tail {
			s.kind = max(s.kind, seenTorn)
		}
		if s.of[part] != 0 && s.of[part] != head {
			s.kind = max(s.kind, seenSplit)
		}
		s.of[part] = head
	}
}

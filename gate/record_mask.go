package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mcp-runner/mcp-runner/rego"
)

// maskChanges says what was done to a record.
type maskChanges struct{ erased, masked []string }

// mask applies rules to a record. That a decision was made, which one and by
// which policy is no rule's to hide: only the input and what violations say may
// change. Every pointer is into the record as it came, whatever else is removed;
// what it does not lead to is passed over, as OPA does.
func mask(event map[string]any, rules []rego.MaskRule) (maskChanges, error) {
	var m maskChanges
	type removal struct {
		path  string
		steps []string
	}
	var removals []removal
	for _, rule := range rules {
		steps := pointerSteps(rule.Path)
		if err := maskable(steps, rule); err != nil {
			return m, err
		}
		if _, there := event[steps[0]]; !there {
			continue
		}
		switch rule.Op {
		case rego.MaskRemove:
			removals = append(removals, removal{rule.Path, steps})
		case rego.MaskUpsert:
			if upsert(event, steps, rule.Value) {
				m.masked = append(m.masked, rule.Path)
			}
		default:
			return m, fmt.Errorf("op is %q", rule.Op)
		}
	}
	// From the end of each list to its beginning, so that no index moves, and
	// after what is put in: what is to be hidden is hidden.
	slices.SortFunc(removals, func(a, b removal) int { return compareSteps(b.steps, a.steps) })
	for _, r := range removals {
		if remove(event, r.steps) {
			m.erased = append(m.erased, r.path)
		}
	}
	slices.Sort(m.erased)
	slices.Sort(m.masked)
	m.erased, m.masked = slices.Compact(m.erased), slices.Compact(m.masked)
	return m, nil
}

var unpointer = strings.NewReplacer("~1", "/", "~0", "~")

// pointerSteps are the parts of a JSON Pointer.
func pointerSteps(path string) []string {
	steps := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range steps {
		steps[i] = unpointer.Replace(s)
	}
	return steps
}

// maskable refuses what a record must keep as it is.
func maskable(steps []string, rule rego.MaskRule) error {
	switch {
	case steps[0] == "input", steps[0] == "nd_builtin_cache": // of the second there is none
		return nil
	case len(steps) == 1 && steps[0] == "requested_by":
		if _, text := rule.Value.(string); text || rule.Op == rego.MaskRemove {
			return nil
		}
	case len(steps) == 1 && steps[0] == "input_sha256" && rule.Op == rego.MaskRemove:
		return nil
	case len(steps) >= 4 && steps[0] == "result" && steps[1] == "violations" && listIndex(steps[2]) >= 0:
		_, text := rule.Value.(string)
		_, object := rule.Value.(map[string]any)
		removes := rule.Op == rego.MaskRemove
		switch {
		case steps[3] == "msg" && len(steps) == 4 && (removes || text),
			steps[3] == "details" && (removes || object || len(steps) > 4):
			return nil
		}
	}
	return fmt.Errorf("%s %s: that stays in every record: only /input and what is below it, /requested_by (a string), and "+
		"/result/violations/N/msg (a string) and /result/violations/N/details (an object) can be masked, and /input_sha256 removed", rule.Op, rule.Path)
}

// listIndex is s as the index of a list, or -1.
func listIndex(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s {
		return -1
	}
	return n
}

func compareSteps(a, b []string) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		if i, j := listIndex(x), listIndex(y); i >= 0 && j >= 0 {
			return cmp.Compare(i, j)
		}
		return cmp.Compare(x, y)
	})
}

// upsert puts value at steps below object and reports whether it could. Objects
// on the way are made, lists do not grow.
func upsert(node any, steps []string, value any) bool {
	last := len(steps) == 1
	switch x := node.(type) {
	case map[string]any:
		if last {
			x[steps[0]] = value
			return true
		}
		child, ok := x[steps[0]]
		if !ok {
			child = map[string]any{}
			if !upsert(child, steps[1:], value) {
				return false
			}
			x[steps[0]] = child
			return true
		}
		return upsert(child, steps[1:], value)
	case []any:
		i := listIndex(steps[0])
		if i < 0 || i >= len(x) {
			return false
		}
		if last {
			x[i] = value
			return true
		}
		return upsert(x[i], steps[1:], value)
	}
	return false
}

// remove takes away what is at steps below object and reports whether there was
// something.
func remove(object map[string]any, steps []string) bool {
	var node any = object
	put := func(any) {} // puts a shorter list in the place of node
	for len(steps) > 1 {
		switch x := node.(type) {
		case map[string]any:
			key := steps[0]
			child, ok := x[key]
			if !ok {
				return false
			}
			node, put = child, func(v any) { x[key] = v }
		case []any:
			i := listIndex(steps[0])
			if i < 0 || i >= len(x) {
				return false
			}
			node, put = x[i], func(v any) { x[i] = v }
		default:
			return false
		}
		steps = steps[1:]
	}
	switch x := node.(type) {
	case map[string]any:
		_, ok := x[steps[0]]
		delete(x, steps[0])
		return ok
	case []any:
		i := listIndex(steps[0])
		if i < 0 || i >= len(x) {
			return false
		}
		put(slices.Delete(slices.Clone(x), i, i+1))
		return true
	}
	return false
}

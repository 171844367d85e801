package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What policies may answer. Beyond that, what is done with an answer could take
// longer than a decision may, or more memory than there is: a value whose parts
// are shared is small in OPA and has no end as JSON.
const (
	// MaxViolations is how many members deny and warn of one policy may have.
	MaxViolations = 1000

	maxMember  = 64 << 10 // bytes of one member as JSON
	maxAnswers = 1 << 20  // bytes of the violations of one source, with what metadata adds to them
	maxResult  = 4 << 20  // bytes of the whole result, with waivers

	maxMask = 1 << 20 // bytes of what is to be masked in one record

	memberCost = 256 // bytes that each violation has beside what the policy says
)

// count takes what the members of a set cost from left. An error says which
// limit they break.
func (u *unit) count(set string, members *ast.Array, left *int) error {
	for i := range members.Len() {
		n := size(members.Elem(i).Value, maxMember)
		if n > maxMember {
			return fmt.Errorf("a member of %s takes more than %d KiB", set, maxMember>>10)
		}
		if *left -= n + u.cost + memberCost; *left < 0 {
			*left = 0
			return fmt.Errorf("the violations of the source take more than %d KiB, and those of this policy do not fit", maxAnswers>>10)
		}
	}
	return nil
}

// size returns how many bytes v takes as JSON, about, and stops where that is
// more than limit: parts that v shares count as often as they would be written.
func size(v ast.Value, limit int) int {
	n := 0
	var add func(v ast.Value)
	each := func(t *ast.Term) bool {
		add(t.Value)
		return n > limit
	}
	// A key that is no scalar is written as JSON in a string, with each quote in
	// it escaped once more.
	key := func(t *ast.Term) bool {
		before := n
		add(t.Value)
		if !ast.IsScalar(t.Value) {
			n += n - before
		}
		return n > limit
	}
	add = func(v ast.Value) {
		n++
		switch v := v.(type) {
		case ast.String:
			n += len(v) + 2
		case ast.Number:
			n += len(v)
		case *ast.Array:
			if n += v.Len(); n <= limit {
				v.Until(each)
			}
		case ast.Set:
			if n += v.Len(); n <= limit {
				v.Until(each)
			}
		case ast.Object:
			if n += 2 * v.Len(); n <= limit {
				v.Until(func(k, value *ast.Term) bool { return key(k) || each(value) })
			}
		default:
			n += 4
		}
	}
	add(v)
	return n
}

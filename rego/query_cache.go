package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ruleCache keeps the values of rules while the policies are evaluated, one after
// the other. Those outside of the policies, such as the functions of mcp.lib, are
// common to all: within one decision they have the same input, data and rules, and
// hence the same values. Those of a policy are nobody else's, and go with it.
//
// It implements [topdown.VirtualCache], in fewer steps than OPA's own, which goes
// down a tree with a node for each part of a path.
type ruleCache struct {
	common, own cached[*ast.Term]
	// below are the values below each `with`, the innermost last. There nothing is
	// common.
	below []cached[*ast.Term]
}

// next forgets what is not for the next policy. A policy that failed may leave
// values that are not true, such as that of a function which another clause
// contradicts: nothing of it is kept.
func (c *ruleCache) next(failed bool) {
	clear(c.own)
	c.below = nil
	if failed {
		clear(c.common)
	}
}

// at is where the value of a rule is kept.
func (c *ruleCache) at(key ast.Ref) *cached[*ast.Term] {
	switch n := len(c.below); {
	case n > 0:
		return &c.below[n-1]
	case isCommon(key):
		return &c.common
	default:
		return &c.own
	}
}

// isCommon says whether a rule is outside of data.mcp.policy. The key of a function
// is its reference as one term, with the arguments behind it.
func isCommon(key ast.Ref) bool {
	if function, ok := key[0].Value.(ast.Ref); ok {
		key = function
	}
	return len(key) > 3 && (key[1].Value != ast.String("mcp") || key[2].Value != ast.String("policy"))
}

// Get returns a value, or that it is known to be undefined.
func (c *ruleCache) Get(key ast.Ref) (value *ast.Term, undefined bool) {
	value, found := c.at(key).get(key)
	return value, found && value == nil
}

// Put keeps a value; nil is undefined.
func (c *ruleCache) Put(key ast.Ref, value *ast.Term) { c.at(key).put(key, value) }

// Push begins a `with`.
func (c *ruleCache) Push() { c.below = append(c.below, nil) }

// Pop ends a `with`.
func (c *ruleCache) Pop() { c.below = c.below[:len(c.below)-1] }

// Keys are the rules that have a value.
func (c *ruleCache) Keys() []ast.Ref {
	if n := len(c.below); n > 0 {
		return c.below[n-1].keys()
	}
	return append(c.common.keys(), c.own.keys()...)
}

// dataCache keeps what was read of the data. It implements [topdown.BaseCache].
type dataCache struct{ values cached[ast.Value] }

// Get returns a value that was read, or nil.
func (c *dataCache) Get(ref ast.Ref) ast.Value {
	v, _ := c.values.get(ref)
	return v
}

// Put keeps a value that was read.
func (c *dataCache) Put(ref ast.Ref, value ast.Value) { c.values.put(ref, value) }

// cached are values by reference, in chains by the hash of that.
type cached[V any] map[int]*cachedValue[V]

type cachedValue[V any] struct {
	key   ast.Ref
	value V
	next  *cachedValue[V]
}

func (c cached[V]) get(key ast.Ref) (value V, found bool) {
	if len(c) == 0 {
		return value, false
	}
	for v := c[key.Hash()]; v != nil; v = v.next {
		if v.key.Equal(key) {
			return v.value, true
		}
	}
	return value, false
}

func (c *cached[V]) put(key ast.Ref, value V) {
	if *c == nil {
		*c = cached[V]{}
	}
	hash := key.Hash()
	for v := (*c)[hash]; v != nil; v = v.next {
		if v.key.Equal(key) {
			v.value = value
			return
		}
	}
	(*c)[hash] = &cachedValue[V]{slices.Clone(key), value, (*c)[hash]} // OPA goes on to write to its key
}

func (c cached[V]) keys() []ast.Ref {
	var keys []ast.Ref
	for _, v := range c {
		for ; v != nil; v = v.next {
			if any(v.value) != nil {
				keys = append(keys, v.key)
			}
		}
	}
	return keys
}

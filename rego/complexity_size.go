package rego

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// extent is the type of a value as far as its size goes. The compiler shares
// what a type holds twice, as this does, and prints and compares it in full.
type extent struct {
	size int    // of the whole tree
	text int    // what is copied to print it, which is done from the leaves to the root
	hash uint64 // equal types have one
	// What is below: known fields, what any other key leads to, or one of several.
	fields map[string]*extent
	items  []*extent
	any    *extent
	one    []*extent

	members *extent            // what stands in it, once it is asked for
	picked  map[string]*extent // the fields of each of several
}

var seed = maphash.MakeSeed()

func leaf(kind string) *extent {
	return &extent{size: 1, text: 1, hash: maphash.String(seed, kind)}
}

var (
	extentAny    = leaf("any")
	extentString = leaf("string")
	extentNumber = leaf("number")
	extentBool   = leaf("boolean")
	extentNull   = leaf("null")
)

// upTo adds sizes, and stays just above maxTypeText where they are more.
func upTo(sizes ...int) int {
	total := 0
	for _, n := range sizes {
		total = min(total+n, maxTypeText+1)
	}
	return total
}

// composed is an extent of a kind with all that is below it.
func composed(kind string, e extent) *extent {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(kind)
	e.size, e.text = 1, 1
	add := func(below *extent) {
		e.size = upTo(e.size, below.size)
		e.text = upTo(e.text, below.size, below.text)
		maphash.WriteComparable(&h, below.hash)
	}
	for _, name := range slices.Sorted(maps.Keys(e.fields)) {
		h.WriteString(name)
		e.size, e.text = upTo(e.size, 1), upTo(e.text, 1)
		add(e.fields[name])
	}
	for _, below := range e.items {
		add(below)
	}
	if e.any != nil {
		add(e.any)
	}
	for _, below := range e.one {
		add(below)
	}
	e.hash = h.Sum64()
	return &e
}

func arrayExtent(items []*extent) *extent { return composed("array", extent{items: items}) }
func listExtent(of *extent) *extent       { return composed("list", extent{any: of}) }
func setExtent(of *extent) *extent        { return composed("set", extent{any: of}) }

// oneOfExtents is the type of what is one of several: of equal ones it has one.
func oneOfExtents(list []*extent) *extent {
	var one []*extent
	seen := map[uint64]bool{}
	var add func(e *extent)
	add = func(e *extent) {
		if e.one != nil {
			for _, e := range e.one {
				add(e)
			}
			return
		}
		if !seen[e.hash] {
			seen[e.hash] = true
			one = append(one, e)
		}
	}
	for _, e := range list {
		add(e)
	}
	switch len(one) {
	case 0:
		return extentAny
	case 1:
		return one[0]
	}
	return composed("any", extent{one: one})
}

// member is the type of what stands in a value.
func (e *extent) member() *extent {
	if e.members != nil {
		return e.members
	}
	var all []*extent
	for _, name := range slices.Sorted(maps.Keys(e.fields)) {
		all = append(all, e.fields[name])
	}
	all = append(all, e.items...)
	if e.any != nil {
		all = append(all, e.any)
	}
	for _, alternative := range e.one {
		all = append(all, alternative.member())
	}
	if len(all) == 0 {
		return extentAny // and nothing is kept: the scalars are common to all loads
	}
	e.members = oneOfExtents(all)
	return e.members
}

// pick is the type of a field of a value.
func (e *extent) pick(key ast.Value) *extent {
	name := ""
	switch k := key.(type) {
	case ast.String:
		name = string(k)
	case ast.Number:
		i, ok := k.Int()
		if ok && i >= 0 && i < len(e.items) {
			return e.items[i]
		}
		name = k.String()
	default:
		return e.member()
	}
	if below := e.fields[name]; below != nil {
		return below
	}
	if e.one == nil {
		if e.any != nil {
			return e.any
		}
		return extentAny
	}
	if e.picked == nil {
		e.picked = map[string]*extent{}
	}
	if e.picked[name] == nil {
		var all []*extent
		for _, alternative := range e.one {
			if below := alternative.pick(key); below != extentAny {
				all = append(all, below)
			}
		}
		e.picked[name] = oneOfExtents(all)
	}
	return e.picked[name]
}

// schemaExtent is the type that a JSON Schema describes.
func schemaExtent(schema any, deep int) *extent {
	obj, ok := schema.(map[string]any)
	if !ok || deep > maxParts {
		return extentAny
	}
	if fields, ok := obj["properties"].(map[string]any); ok {
		e := extent{fields: map[string]*extent{}}
		for name, field := range fields {
			e.fields[name] = schemaExtent(field, deep+1)
		}
		return composed("object", e)
	}
	switch kind := fmt.Sprint(obj["type"]); kind {
	case "array":
		return listExtent(schemaExtent(obj["items"], deep+1))
	case "string", "number", "boolean", "null":
		return leaf(kind)
	case "integer":
		return extentNumber
	}
	return extentAny
}

// unionSteps is what a type of n alternatives costs: each is compared with each.
func unionSteps(n int) float64 { return math.Pow(float64(n), 2) / 100 }

package rego

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// CheckBuiltins says which of names are no builtins, so that
// [LoadConfig.AllowBuiltins] cannot have them.
func CheckBuiltins(names []string) error {
	_, err := allowBuiltins(names)
	return err
}

// builtins are what the policies of one source may call. nil stands for those
// that policies always may.
type builtins struct {
	added        []string // refused otherwise; sorted
	capabilities *ast.Capabilities
}

// allowBuiltins adds names to what policies may call.
func allowBuiltins(names []string) (*builtins, error) {
	var errs []error
	var added []string
	for _, name := range names {
		switch {
		case ast.BuiltinMap[name] == nil:
			errs = append(errs, fmt.Errorf("there is no builtin %q: %s", name, builtinInstead(name)))
		case refusedWhy(name) != "":
			added = append(added, name)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if len(added) == 0 {
		return nil, nil
	}
	slices.Sort(added)
	added = slices.Compact(added)
	return &builtins{added: added, capabilities: capabilitiesWith(added)}, nil
}

// builtinInstead says what to write for a builtin that is not there.
func builtinInstead(name string) string {
	var all []string
	for _, b := range ast.Builtins {
		if b.Infix == "" && !strings.HasPrefix(b.Name, "internal.") {
			all = append(all, b.Name)
		}
	}
	below := slices.DeleteFunc(slices.Clone(all), func(b string) bool {
		return !strings.HasPrefix(b, strings.TrimRight(name, ".*")+".")
	})
	slices.Sort(below)
	if len(below) > 0 {
		return "name each that is meant: " + strings.Join(below, ", ")
	}
	if near := nearest(name, all); near != "" {
		return "write " + near
	}
	if i := slices.IndexFunc(all, func(b string) bool { return len(name) > 2 && strings.HasPrefix(b, name) }); i >= 0 {
		return "write " + all[i]
	}
	return "see the list of builtins in OPA's documentation"
}

// refusedWhy says why a builtin cannot be called, or "". What stands on no list
// is new in OPA, and nobody has judged it.
func refusedWhy(name string) string {
	if why, ok := refused[name]; ok {
		return why
	}
	if ast.BuiltinMap[name] != nil && !allowed[name] {
		return "it is not on the list of builtins that policies may call"
	}
	return ""
}

// why says why policies cannot call a builtin, and what an operator can do, or
// "".
func (b *builtins) why(name string) string {
	why := refusedWhy(name)
	if why == "" || b != nil && slices.Contains(b.added, name) {
		return ""
	}
	return fmt.Sprintf("%s; an operator who needs it allows it with --allow-builtin %s", why, name)
}

// caps are what policies are compiled with.
func (b *builtins) caps() *ast.Capabilities {
	if b == nil {
		return defaultCapabilities()
	}
	return b.capabilities
}

// names are those that are added to what policies always may call.
func (b *builtins) names() []string {
	if b == nil {
		return nil
	}
	return b.added
}

var defaultCapabilities = sync.OnceValue(func() *ast.Capabilities { return capabilitiesWith(nil) })

// capabilitiesWith are this version of OPA with the allowed builtins, and without
// any host: neither a schema nor a builtin may reach one.
func capabilitiesWith(added []string) *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return refusedWhy(b.Name) != "" && !slices.Contains(added, b.Name)
	})
	c.AllowNet = []string{}
	return c
}

// network are the builtins that stay without a host though they are allowed.
var network = []string{"http.send", "net.lookup_ip_addr"}

// builtinWarnings says which calls of the source cannot do what they are for.
func (src *source) builtinWarnings() []string {
	var warnings []string
	for _, name := range src.builtins.names() {
		if !slices.Contains(network, name) {
			continue
		}
		if m := src.caller(name); m != nil {
			warnings = append(warnings, fmt.Sprintf("%s calls %s, which reaches no host in a decision and fails", m.name, name))
		}
	}
	return warnings
}

// caller returns the first module that calls a builtin, or nil.
func (src *source) caller(name string) *module {
	for _, m := range slices.Concat(src.modules, src.masks) {
		found := false
		eachCall(m.ast, func(op ast.Ref, _ *ast.Location) { found = found || op.String() == name })
		if found {
			return m
		}
	}
	return nil
}

// eachCall visits every call in a module.
func eachCall(m *ast.Module, visit func(op ast.Ref, loc *ast.Location)) {
	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if e.IsCall() {
			visit(e.Operator(), e.Location)
		}
		return false
	})
	ast.WalkTerms(m, func(t *ast.Term) bool {
		if call, ok := t.Value.(ast.Call); ok {
			if op, ok := call[0].Value.(ast.Ref); ok {
				visit(op, t.Location)
			}
		}
		return false
	})
}

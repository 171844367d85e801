package rego

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// refused are the builtins that policies cannot call, with what to do instead.
// A name that ends in "." stands for all below it. What they share: the answer
// does not follow from the input and the policy alone, or it costs more than a
// decision may.
var refused = map[string]string{
	"http.send":          "a decision makes no request: put what it needs into data.json",
	"net.lookup_ip_addr": "a decision makes no request: put what it needs into data.json",
	"json.match_schema":  "a schema can refer to files and hosts: write the check as rules",
	"json.verify_schema": "a schema can refer to files and hosts: write the check as rules",
	"opa.runtime":        "it shows the environment of the process: use input.context",
	"graphql.":           "write the check as rules",
	"rego.parse_module":  "write the check as rules",
	"time.now_ns":        "use input.context.time, as in time.parse_rfc3339_ns(input.context.time)",
	"rand.intn":          "a decision has one outcome: it takes no random number",
	"uuid.rfc4122":       "a decision has one outcome: it takes no random number",
}

// refusedWhy says why a builtin cannot be called, or "".
func refusedWhy(name string) string {
	if why, ok := refused[name]; ok {
		return why
	}
	if group, _, ok := strings.Cut(name, "."); ok {
		return refused[group+"."]
	}
	return ""
}

// capabilities are what policies may use: this version of OPA without the
// refused builtins and without any host to load a schema from.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return refusedWhy(b.Name) != ""
	})
	c.AllowNet = []string{}
	return c
})

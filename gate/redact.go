package gate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Redacted stands in the input where a secret stood.
const Redacted = "<redacted>"

// Reasons of a redaction.
const (
	ReasonName     = "name"     // the name of a variable, header or key says secret
	ReasonToken    = "token"    // the form of a known kind of token
	ReasonEntropy  = "entropy"  // long and random
	ReasonURL      = "url"      // a password, a secret parameter or a random segment of the path in a URL
	ReasonArgument = "argument" // the value of a secret command line argument
)

// redact returns a deep copy of in without secrets in clear. It is the one
// place where secrets are replaced: every string of the input but those of
// Context passes through it. It goes over the input twice: what the first pass
// found in one place, the second replaces wherever else it stands.
//
// Whoever writes a run config chooses the names of its variables, so naming
// must not hide anything from a policy: what policies decide on (see fixed) is
// replaced only where it has the form of a token, is a password of a URL, or
// repeats a value too random to be made equal to a registry or a path.
//
// Nobody writes the mark of a redaction himself: text that holds it where the
// input as it came reports no redaction is refused, or a policy could take a
// path or an argument of the person's choice for a secret.
//
// Its work is linear in the input, which is refused where it is too large. A
// redactor that ctx has stopped gives an error and no input.
func redact(ctx context.Context, in Input) (Input, error) {
	if textSize(reflect.ValueOf(in)) > maxText {
		return Input{}, errTooMuchText
	}
	r := &redactor{ctx: ctx}
	pass := func() Input {
		r.report, r.noted, r.given, r.literal = map[Redaction]bool{}, 0, map[string]bool{}, ""
		for _, old := range in.Server.Redactions {
			r.report[old], r.given[old.Path] = true, true
		}
		return r.input(in)
	}
	out := pass()
	if len(r.found) > maxKnown {
		return Input{}, errTooManySecrets
	}
	if len(r.found) > 0 && !r.stopped() {
		r.known = r.found.index()
		out = pass()
	}
	if r.stopped() {
		return Input{}, r.err
	}
	if r.literal != "" {
		return Input{}, fmt.Errorf("input: %s holds the text %s, which stands for secrets that were taken out: write something else there", r.literal, Redacted)
	}
	out.Server.Redactions = slices.SortedFunc(maps.Keys(r.report), func(a, b Redaction) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	if out.Server.Redactions == nil {
		out.Server.Redactions = []Redaction{}
	}
	return out, nil
}

// fixed are the parts of the input that policies decide on, and that neither a
// name nor mere entropy redacts.
var fixed = map[string]bool{
	"server.name": true, "server.group": true, "server.kind": true, "server.source": true,
	"server.image": true, "server.package": true, "server.packages": true, "server.remote": true,
	"server.command.path": true, "server.command.resolved": true, "server.command.sha256": true,
	"server.command.interpreter": true, "server.transport": true, "server.endpoint": true,
	"server.published_ports": true, "server.secrets": true, "server.mounts": true,
	"server.permissions": true, "server.auth": true, "server.provenance": true,
	"server.kubernetes": true, "registry": true, "operation": true,
}

// parts are the hosts and paths of the input, with what stands between their
// parts. Whoever writes a run config can make a token or a secret of his own
// reach over several, and the part of it that is a domain or a directory must
// stay to be seen.
var parts = map[string]byte{
	"server.image.registry": '.', "server.remote.host": '.', "server.endpoint.host": '.',
	"server.permissions.network.outbound.hosts": '.', "server.permissions.network.inbound.hosts": '.',
	"server.mounts.source": '/', "server.mounts.resolved": '/', "server.mounts.target": '/', "server.kubernetes.host_paths": '/',
	"registry.host": '.', "registry.local_path": '/', "registry.resolved": '/',
}

// fixedConfig are the members of a run config that hold the same.
var fixedConfig = map[string]bool{
	"schema_version": true, "image": true, "remote_url": true, "command": true, "name": true,
	"container_name": true, "base_name": true, "group": true, "registry_api_url": true,
	"registry_url": true, "registry_server_name": true, "transport": true, "proxy_mode": true,
	"host": true, "target_host": true, "allowed_origins": true, "publish": true, "host_env": true,
	"permission_profile": true, "permission_profile_name_or_path": true, "secrets": true,
	"volumes": true, "tools_filter": true, "authz_config_path": true, "audit_config_path": true,
}

type redactor struct {
	ctx    context.Context
	err    error
	found  secrets
	known  *index
	report map[Redaction]bool
	noted  int // bytes of paths in report
	// given are the places where the input was redacted as it came, and literal
	// is another place that holds the mark of a redaction.
	given   map[string]bool
	literal string
	path    []string
	// inside counts the JSON documents inside strings that are being read.
	inside int
}

func (r *redactor) input(in Input) Input {
	context := in.Context
	in.Context = Context{}
	out := r.typed(reflect.ValueOf(in), "", scope{}).Interface().(Input)
	out.Context = context
	return out
}

// typed copies a part of Input that has a Go type of its own. at is its place
// in words of fixed: no list indexes.
func (r *redactor) typed(v reflect.Value, at string, sc scope) reflect.Value {
	sc.fixed = sc.fixed || fixed[at]
	sc.parts = parts[at]
	switch x := v.Interface().(type) {
	case Variable:
		return reflect.ValueOf(r.variable(x))
	case Label:
		x.Value = r.at("value", func() string { return r.text(x.Value, scope{name: x.Name}) })
		x.Name = r.at("name", func() string { return r.text(x.Name, scope{fixed: true}) })
		return reflect.ValueOf(x)
	case []Redaction:
		return v
	case []string:
		return reflect.ValueOf(r.strings(x, sc))
	case map[string]any:
		return reflect.ValueOf(r.config(x))
	}
	sc.urlPath = at == "server.remote.path"
	switch v.Kind() {
	case reflect.String:
		out := reflect.New(v.Type()).Elem()
		out.SetString(r.text(v.String(), sc))
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			r.push(name)
			out.Field(i).Set(r.typed(v.Field(i), strings.TrimPrefix(at+"."+name, "."), sc))
			r.pop()
		}
		return out
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			r.push(strconv.Itoa(i))
			out.Index(i).Set(r.typed(v.Index(i), at, sc))
			r.pop()
		}
		return out
	default:
		return v
	}
}

func (r *redactor) variable(x Variable) Variable {
	value := r.at("value", func() string { return r.text(x.Value, scope{name: x.Name, loader: loader(x.Name)}) })
	x.Redacted = x.Redacted || value != x.Value
	x.Value = value
	x.Name = r.at("name", func() string { return r.text(x.Name, scope{fixed: true}) })
	x.Source = r.at("source", func() string { return r.text(x.Source, scope{fixed: true}) })
	return x
}

// strings reads a list as a command line: a flag says what follows it.
func (r *redactor) strings(list []string, sc scope) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	previous := ""
	for i, s := range list {
		r.push(strconv.Itoa(i))
		out[i] = r.text(s, sc.after(previous, s))
		r.pop()
		previous = s
	}
	return out
}

func (r *redactor) at(segment string, do func() string) string {
	r.push(segment)
	defer r.pop()
	return do()
}

func (r *redactor) push(segment string) { r.path = append(r.path, segment) }

func (r *redactor) pop() { r.path = r.path[:len(r.path)-1] }

var pointer = strings.NewReplacer("~", "~0", "/", "~1")

func (r *redactor) note(reason string) {
	if r.report == nil {
		return
	}
	path := r.pointer()
	if r.noted += len(path); r.noted > maxNoted && r.err == nil {
		r.err = errTooManyRedactions
	}
	r.report[Redaction{Path: path, Reason: reason}] = true
}

// pointer is the place that is being read, as a JSON Pointer.
func (r *redactor) pointer() string {
	var b strings.Builder
	for _, segment := range r.path {
		b.WriteByte('/')
		b.WriteString(pointer.Replace(segment))
	}
	return b.String()
}

// marked notes where s holds the mark of a redaction that nothing reports.
func (r *redactor) marked(s string) {
	if r.literal == "" && strings.Contains(s, Redacted) {
		if path := r.pointer(); !r.given[path] {
			r.literal = path
		}
	}
}

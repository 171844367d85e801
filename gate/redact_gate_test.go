package gate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// telling are policies that say all they know, in every way there is.
var telling = []string{
	"package mcp.policy.tells.whole\n\ndeny contains {\"msg\": sprintf(\"%v\", [input]), \"details\": {\"input\": input}}",
	`package mcp.policy.tells.encoded

deny contains {"msg": concat(" ", forms(v)), "path": "/server", "details": {v: forms(v)}} if {
	walk(input, [_, v])
	is_string(v)
}

warn contains concat(" ", [base64.encode(json.marshal(input)), hex.encode(json.marshal(input)), urlquery.encode(json.marshal(input))])

forms(v) := [v, base64.encode(v), base64url.encode_no_pad(v), base64.encode(concat("", ["x", v])), base64.encode(concat("", ["xx", v])),
	hex.encode(v), urlquery.encode(v), json.marshal(v)]`,
	"package mcp.policy.tells.printed\n\ndeny contains \"x\" if {\n\tprint(input)\n\ttrace(sprintf(\"%v\", [input]))\n}",
	"package mcp.policy.tells.path\n\ndeny contains {\"msg\": \"x\", \"path\": sprintf(\"/%v\", [input.server.environment])}",
	"package mcp.policy.fails.builtin\n\ndeny contains \"x\" if to_number(sprintf(\"%v\", [input])) > 1",
	"package mcp.policy.fails.time\n\ndeny contains \"x\" if time.parse_rfc3339_ns(sprintf(\"%v\", [input])) > 1",
	"package mcp.policy.fails.regex\n\ndeny contains \"x\" if regex.match(sprintf(\"(%v\", [input]), \"x\")",
	"package mcp.policy.fails.json\n\ndeny contains \"x\" if json.unmarshal(sprintf(\"{%v\", [input])).x",
	"package mcp.policy.fails.conflict\n\nv := sprintf(\"1%v\", [input])\n\nv := sprintf(\"2%v\", [input])\n\ndeny contains v",
	"package mcp.policy.fails.keys\n\ndeny contains \"x\" if {\n\tv := {\"k\": x | some x in [input.server, input.config]}\n\tcount(v) > 0\n}",
	"package mcp.policy.fails.member\n\ndeny contains {\"msg\": input, sprintf(\"%v\", [input]): 1}",
	"package mcp.policy.fails.shape\n\ndeny contains [input]",
}

// said collects what a gate tells anybody about a decision.
type said struct {
	log  bytes.Buffer
	file string
	all  map[string]string
}

func newSaid(t *testing.T) *said {
	return &said{file: filepath.Join(t.TempDir(), "d.jsonl"), all: map[string]string{}}
}

// recorders records in each way there is.
type recorders []gate.Recorder

func (r recorders) Record(ctx context.Context, d *gate.Decision) error {
	var errs []error
	for _, next := range r {
		errs = append(errs, next.Record(ctx, d))
	}
	return errors.Join(errs...)
}

func (s *said) gate(t *testing.T, stores ...*rego.Store) (*gate.Gate, *kept) {
	t.Helper()
	file, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: s.file})
	require.NoError(t, err)
	log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	k := &kept{}
	g, err := gate.New(gate.Config{Stores: stores, Recorder: recorders{k, gate.LogRecorder(log), gate.OptionalRecorder(file, log)}, Deadline: time.Minute, Log: log})
	require.NoError(t, err)
	return g, k
}

// heard notes the error of a decision and the decision.
func (s *said) heard(t *testing.T, what string, err error, d *gate.Decision) {
	t.Helper()
	require.Error(t, err)
	s.all[what+": error"] = fmt.Sprintf("%s\n%+v\n%#v", err, err, err.Error())
	var data interface{ ErrorData() any }
	if errors.As(err, &data) {
		s.all[what+": data"] = toJSON(t, data.ErrorData())
	}
	if d != nil {
		s.all[what+": decision"] = toJSON(t, d)
	}
}

func (s *said) told(t *testing.T) map[string]string {
	t.Helper()
	s.all["log"] = s.log.String()
	data, err := os.ReadFile(s.file)
	require.NoError(t, err)
	s.all["file"] = string(data)
	return s.all
}

// Whatever policies do, nobody hears a secret: not whoever asks, not the log, not
// the record.
func TestNobodyHearsCanaries(t *testing.T) {
	var c canaries
	s := newSaid(t)
	g, recorded := s.gate(t, open(t, "s", telling...), open(t, "log", allowing, "package system.log\n\nmask contains \"/input/server/group\""))
	for name, cfg := range c.configs() {
		err := g.CheckCreateServer(t.Context(), cfg)
		var denied *gate.DeniedError
		require.ErrorAs(t, err, &denied)
		require.GreaterOrEqual(t, len(recorded.last.Errors), 6, "%v", recorded.last.Errors)
		s.heard(t, name, err, recorded.last)
	}
	require.Greater(t, len(c.All), 100)
	c.RequireNone(t, s.told(t))
	require.Contains(t, s.all["remote: decision"], "tells.encoded")
	require.Contains(t, s.all["file"], `"erased":["/input/server/group"]`)
}

// fillStrings puts a secret into every string below v.
func (c *canaries) fillStrings(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(c.Token())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Redactions" {
				c.fillStrings(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			c.fillStrings(v.Index(i))
		}
	}
}

// The same for a host that makes its input itself: a secret stands in each
// string of it.
func TestNobodyHearsCanariesOfAHost(t *testing.T) {
	var c canaries
	var in gate.Input
	c.fillStrings(reflect.ValueOf(&in.Server).Elem())
	c.fillStrings(reflect.ValueOf(&in.Registry).Elem())
	in.Operation = "update_registry " + c.Token()
	in.Config = map[string]any{
		"a": []any{c.Token(), map[string]any{"password": c.Word(), c.Token(): jsontext.Value(`"` + c.Token() + `"`)}},
		"b": map[string]string{"api_key": c.Word()}, "c": struct{ Token string }{c.Word()}, "d": []byte(c.Token()),
		"e": errors.New(c.Token()).Error(), "f": `{"client_secret":"` + c.Word() + `"}`,
	}
	require.Greater(t, len(c.All), 80)
	s := newSaid(t)
	g, recorded := s.gate(t, open(t, "s", telling...))
	s.heard(t, "check", g.Check(t.Context(), in), recorded.last)
	d, err := g.Decide(t.Context(), in)
	require.NoError(t, err)
	s.all["decide"] = toJSON(t, d)
	c.RequireNone(t, s.told(t))
}

// A config of which no input can be made is not quoted where it holds a secret.
func TestErrorsTellNoCanary(t *testing.T) {
	var c canaries
	token, word := c.Token, c.Word
	s := newSaid(t)
	g, recorded := s.gate(t, open(t, "s", allowing))
	unresolved := func(cfg *runner.RunConfig) *runner.RunConfig { cfg.Name = "x"; return cfg }
	for name, cfg := range map[string]*runner.RunConfig{
		"image":         {Image: token() + "//:"},
		"image login":   {Image: "u:" + word() + "@registry.example.com/x"},
		"image url":     {Image: "https://u:" + word() + "@registry.example.com/x:1:2"},
		"scheme":        {Image: "ftp://u:" + word() + "@h/?token=" + word()},
		"url":           {RemoteURL: "https://u:" + word() + "@h:port/?token=" + word()},
		"url escape":    {RemoteURL: "https://u:" + word() + "@h/%zz?token=" + word()},
		"url control":   {RemoteURL: "https://u:" + word() + "@h/\x7f?api_key=" + word()},
		"url scheme":    {RemoteURL: "ws://u:" + word() + "@h/" + token()},
		"url no host":   {RemoteURL: "https://u:" + word() + "@/" + token()},
		"two":           {Image: token(), RemoteURL: "https://u:" + word() + "@h/"},
		"unresolved":    {Command: token(), CmdArgs: []string{"--token", word()}},
		"mounts":        {Image: "alpine", Volumes: []string{token() + ":" + token()}},
		"secret":        {Image: "alpine", Secrets: []string{token()}},
		"publish":       {Image: "alpine", Publish: []string{token()}},
		"profile":       {Image: "alpine", PermissionProfileNameOrPath: token()},
		"patch":         {Image: "alpine", K8sPodTemplatePatch: `{"spec": "` + token() + `"`},
		"patch type":    {Image: "alpine", K8sPodTemplatePatch: `{"spec":{"hostNetwork":"` + token() + `","volumes":"` + token() + `"}}`},
		"patch twice":   {Image: "alpine", K8sPodTemplatePatch: `{"` + token() + `":1,"spec":{},"spec":{"serviceAccountName":"` + token() + `"}}`},
		"json":          {Image: "alpine", OIDCConfig: jsontext.Value(`{"client_secret":"` + word() + `"`)},
		"extra":         {Image: "alpine", Extra: jsontext.Value(`["` + token() + `"]`)},
		"literal":       {Image: "alpine", EnvVars: map[string]string{token(): "<redacted>" + token()}},
		"invalid utf-8": {Image: "alpine", EnvVars: map[string]string{"X_TOKEN": word() + "\xff"}},
	} {
		err := g.CheckCreateServer(t.Context(), unresolved(cfg))
		if err == nil {
			s.all[name+": input"] = toJSON(t, recorded.last)
			continue
		}
		require.ErrorIs(t, err, gate.ErrUndecided, name)
		s.heard(t, name, err, recorded.last)
		if _, err := gate.InputFor(cfg); err != nil {
			s.all[name+": InputFor"] = fmt.Sprintf("%s %+v", err, err)
		}
	}
	in := gate.Input{Config: map[string]any{"x": tellingValue{c.Word() + " token=" + c.Token()}}}
	s.heard(t, "config", g.Check(t.Context(), in), recorded.last)
	c.RequireNone(t, s.told(t))
}

// tellingValue is an error of a host's own that quotes what it could not encode.
type tellingValue struct{ secret string }

func (v tellingValue) MarshalJSON() ([]byte, error) {
	return nil, errors.New("cannot encode --password=" + v.secret)
}

// What a panic holds is for nobody, and neither is what a source or a recorder
// quotes in its error.
func TestPanicsTellNoCanary(t *testing.T) {
	var c canaries
	s := newSaid(t)
	for name, evalPolicy := range map[string]func() (rego.Result, error){
		"panic":       func() (rego.Result, error) { panic(c.Word()) },
		"panic error": func() (rego.Result, error) { panic(errors.New(c.Word())) },
		"error":       func() (rego.Result, error) { return rego.Result{}, errors.New("token=" + c.Word() + " " + c.Token()) },
		"level": func() (rego.Result, error) {
			return rego.Result{Violations: []rego.Violation{{Policy: "x", Level: c.Token()}}}, nil
		},
		"warning": func() (rego.Result, error) { return rego.Result{Warnings: []string{"api_key: " + c.Token()}}, nil },
		"all": func() (rego.Result, error) {
			return rego.Result{Violations: []rego.Violation{{
				Policy: "x", Level: "deny", Msg: c.Token(), Path: "/" + c.Token(), Title: c.Token(), Remediation: "curl -u a:" + c.Token(),
				Links:   []string{"https://u:" + c.Word() + "@h/?key=" + c.Word()},
				Details: map[string]any{c.Token(): []any{c.Token(), map[string]any{"x": "--token=" + c.Word()}}},
				Waiver:  map[string]any{"reason": "see " + c.Token(), "match": map[string]any{"name": c.Token()}},
			}}}, nil
		},
	} {
		g, recorded := s.gate(t)
		g.AddFake(gate.Fake{Name: "fake", Eval: func(context.Context, ast.Value) (rego.Result, error) { return evalPolicy() }})
		s.heard(t, name, g.CheckCreateServer(t.Context(), named("srv")), recorded.last)
	}
	for name, recorder := range map[string]gate.Recorder{
		"recorder": &kept{err: errors.New("POST https://u:" + c.Word() + "@log.example.com/?token=" + c.Word())},
		"panicking recorder": recorderFunc(func() error {
			panic(c.Word())
		}),
	} {
		g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", allowing)}, Recorder: recorder})
		require.NoError(t, err)
		s.heard(t, name, g.CheckCreateServer(t.Context(), named("srv")), nil)
	}
	c.RequireNone(t, s.told(t))
}

type recorderFunc func() error

func (f recorderFunc) Record(context.Context, *gate.Decision) error { return f() }

// Settings, waivers and data are written by people too.
func TestSettingsTellNoCanary(t *testing.T) {
	var c canaries
	token, word := c.Token, c.Word
	const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	waiver := func(more string) string {
		return "      - policy: images.registry\n        match: {name: " + token() + ", image: {digest: \"" + digest + "\"}}\n" +
			"        reason: \"moving, with password=" + word() + " and " + token() + "\"\n        ticket: \"https://u:" + word() + "@tickets.example.com/?token=" + word() + "\"\n" +
			"        approver: " + token() + "\n" + more
	}
	head := func(settings string) string { return "mcp:\n  settings:\n" + settings }
	s := newSaid(t)
	for name, data := range map[string]string{
		"expired":       head("    waivers:\n" + waiver("        expires: 2025-01-01T00:00:00Z\n")),
		"current":       head("    waivers:\n" + waiver("        expires: 2027-01-01T00:00:00Z\n")),
		"expires":       head("    waivers:\n" + waiver("        expires: "+token()+"\n")),
		"unknown key":   head("    waivers:\n" + waiver("        expires: 2027-01-01T00:00:00Z\n        "+token()+": x\n")),
		"level":         head("    enforcement: {images.registry: " + token() + "}\n"),
		"level name":    head("    enforcement: {\"" + token() + "\": deny}\n"),
		"unknown":       head("    " + token() + ": {a: " + token() + "}\n"),
		"params":        head("    params: {images.registry: {url: \"https://u:" + word() + "@h/\", key: " + token() + "}}\n"),
		"twice":         head("    params: {a: {" + token() + ": 1, " + token() + ": 2}}\n    params: {b: " + token() + "}\n"),
		"malformed":     head("    params: [" + token() + "\n"),
		"no object":     head("    params: " + token() + "\n"),
		"beside":        "mcp:\n  " + token() + ": " + token() + "\n",
		"several bytes": "mcp: {settings: {params: {x: &a " + token() + ", y: *b}}}\n",
	} {
		files := fstest.MapFS{"data.yaml": {Data: []byte(data)}, "p.rego": {Data: []byte(denying)}, "tell.rego": {Data: []byte(
			"package mcp.policy.tells.settings\n\ndeny contains {\"msg\": sprintf(\"%v\", [data.mcp.settings]), \"details\": {\"all\": object.get(data.mcp, \"settings\", {})}}")}}
		store, err := rego.Open(t.Context(), rego.StoreConfig{
			LoadConfig: rego.LoadConfig{Name: "s", FS: files, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)},
			Static:     true, DenyUntilLoaded: true,
		})
		require.NoError(t, err)
		g, recorded := s.gate(t, store)
		cfg := named("srv")
		cfg.Image = "registry.example.com/x/y@" + digest
		s.heard(t, name, g.CheckCreateServer(t.Context(), cfg), recorded.last)
		require.NoError(t, store.Close())
	}
	c.RequireNone(t, s.told(t))
	require.Contains(t, s.all["params: decision"], "tells.settings")
	require.NotContains(t, strings.ToLower(s.all["level: decision"]), "panicked")
}

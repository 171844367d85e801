package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// denial is what a waiver is made of: a decision of the gate.
type denial struct {
	violations []rego.Violation
	errors     []rego.PolicyError
	server     gate.Server
}

// parseDenial reads one decision as check prints it, or as the record has it in
// the form of OPA's decision log.
func parseDenial(data []byte) (*denial, error) {
	type verdict struct {
		Allowed    *bool              `json:"allowed"`
		Violations []rego.Violation   `json:"violations"`
		Errors     []rego.PolicyError `json:"errors"`
	}
	var read struct {
		verdict
		Result *verdict    `json:"result"`
		Input  *gate.Input `json:"input"`
	}
	several := errors.New("there is more than one decision: give the one that denies")
	if list := []json.RawMessage(nil); bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		if err := json.Unmarshal(data, &list); err == nil && len(list) != 1 {
			return nil, several
		} else if err == nil {
			data = list[0]
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&read); err != nil {
		return nil, errors.New("it is no decision in JSON, as mcp-runner check -o json prints it")
	}
	if err := dec.Decode(new(json.RawMessage)); !errors.Is(err, io.EOF) {
		return nil, several
	}
	v := read.verdict
	if read.Result != nil {
		v = *read.Result
	}
	switch {
	case v.Allowed == nil:
		return nil, errors.New("it is no decision: allowed is missing")
	case read.Input == nil:
		return nil, errors.New("the input is missing, which says what to match")
	case len(v.Violations) == 0 && len(v.Errors) > 0:
		return nil, fmt.Errorf("there is no violation, but an error: %s: an error is repaired, it cannot be waived", errorText(v.Errors[0]))
	case len(v.Violations) == 0:
		return nil, errors.New("there is no violation to waive")
	}
	return &denial{violations: v.Violations, errors: v.Errors, server: read.Input.Server}, nil
}

func errorText(e rego.PolicyError) string {
	text := gate.RedactText(e.Msg)
	if e.Policy != "" {
		text = e.Policy + ": " + text
	}
	return text
}

// waiver is one entry of mcp.settings.waivers.
type waiver struct {
	Policy   string `yaml:"policy"`
	Match    match  `yaml:"match"`
	Msg      string `yaml:"msg,omitempty"`
	Reason   string `yaml:"reason"`
	Ticket   string `yaml:"ticket,omitempty"`
	Approver string `yaml:"approver,omitempty"`
	Expires  string `yaml:"expires"`
}

// match is the part of input.server that a waiver is for.
type match struct {
	Name    string        `yaml:"name,omitempty"`
	Image   *matchImage   `yaml:"image,omitempty"`
	Command *matchCommand `yaml:"command,omitempty"`
	Package *matchPackage `yaml:"package,omitempty"`
	Remote  *matchRemote  `yaml:"remote,omitempty"`
}

type matchImage struct {
	Registry   string `yaml:"registry,omitempty"`
	Repository string `yaml:"repository,omitempty"`
	Digest     string `yaml:"digest"`
}

type matchCommand struct {
	// SHA256 is "" where something else pins what the command starts.
	SHA256 string `yaml:"sha256,omitempty"`
	// Args is always there: the same launcher runs whatever it is told to.
	Args []string `yaml:"args,flow"`
}

type matchPackage struct {
	Ecosystem string `yaml:"ecosystem,omitempty"`
	Name      string `yaml:"name"`
	Version   string `yaml:"version"`
}

type matchRemote struct {
	URL string `yaml:"url"`
}

func (w waiver) yaml() (string, error) {
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode([]waiver{w}); err != nil {
		return "", err
	}
	return b.String(), enc.Close()
}

// waiver makes the waiver of the violation that the flags choose.
func (f *policyWaive) waiver(d *denial) (waiver, error) {
	v, err := f.choose(d)
	if err != nil {
		return waiver{}, err
	}
	w := waiver{Policy: v.Policy, Msg: f.msg, Reason: f.reason, Ticket: f.ticket, Approver: f.approver}
	if f.msgOnly {
		w.Msg = v.Msg
	}
	w.Match, err = pins(d.server)
	return w, err
}

// choose returns the one violation to waive; where several of one policy are to
// be waived together, the first of them.
func (f *policyWaive) choose(d *denial) (rego.Violation, error) {
	var policies []string
	for _, level := range []string{rego.LevelDeny, rego.LevelWarn} { // what blocks comes first; audit asks nobody for anything
		for _, v := range d.violations {
			if v.Level == level && v.Waiver == nil && !slices.Contains(policies, v.Policy) {
				policies = append(policies, v.Policy)
			}
		}
		if len(policies) > 0 {
			break
		}
	}
	name := f.policy
	switch {
	case name == "" && len(policies) == 1:
		name = policies[0]
	case name == "" && len(policies) == 0:
		return rego.Violation{}, errors.New("nothing in the decision needs a waiver: no violation blocks or warns, or all that do are waived already")
	case name == "":
		return rego.Violation{}, usagef("the decision has violations of several policies: choose one with --policy: %s", strings.Join(policies, ", "))
	}
	var found []rego.Violation
	waived := false
	for _, v := range d.violations {
		switch {
		case v.Policy != name, f.msg != "" && v.Msg != f.msg:
		case v.Waiver != nil:
			waived = true
		default:
			found = append(found, v)
		}
	}
	for _, e := range d.errors {
		if e.Policy == name {
			return rego.Violation{}, fmt.Errorf("%s: an error is repaired, it cannot be waived", errorText(e))
		}
	}
	switch {
	case len(found) == 0 && waived:
		return rego.Violation{}, fmt.Errorf("the violation of %s is waived already", name)
	case len(found) == 0 && f.msg != "":
		return rego.Violation{}, fmt.Errorf("the decision has no violation of %s with that message", name)
	case len(found) == 0:
		return rego.Violation{}, fmt.Errorf("the decision has no violation of %s: it has some of %s", name, strings.Join(policies, ", "))
	case f.msgOnly && slices.ContainsFunc(found, func(v rego.Violation) bool { return v.Msg != found[0].Msg }):
		return rego.Violation{}, usagef("%s has several violations in the decision: choose one with --msg", name)
	}
	return found[0], nil
}

// pins is what tells the server from every other, so that the waiver does not
// cover what nobody looked at.
func pins(s gate.Server) (match, error) {
	m := match{Name: s.Name}
	const exact = "ask about NAME@VERSION, and waive that decision"
	switch {
	case slices.ContainsFunc(append([]string{s.Name, s.Remote.URL}, s.Command.Args...), isRedacted):
		return m, errors.New("the name, the arguments or the URL hold a secret, which a waiver cannot name and " +
			"without which it would cover any: give the secret with --secret or in the environment, and waive that decision")
	case s.Image.Digest != "":
		m.Image = &matchImage{Registry: s.Image.Registry, Repository: s.Image.Repository, Digest: s.Image.Digest}
	case s.Image.Repository != "":
		return m, errors.New("the image has no digest, so its tag may lead elsewhere tomorrow: " +
			"ask about NAME@sha256:… (docker buildx imagetools inspect NAME:TAG prints it), and waive that decision")
	// The digest of a launcher says nothing of what it fetches.
	case s.Command.SHA256 != "" && s.Source.Opaque:
		return m, errors.New("the command starts a launcher whose arguments could not all be read, so that nothing says what it runs")
	case s.Command.SHA256 != "" && slices.ContainsFunc(append([]gate.Package{s.Package}, s.Packages...), isRange):
		return m, errors.New("the command fetches a package without an exact version: " + exact)
	case s.Package.Name != "" && s.Package.Version != "" && s.Package.Pinned:
		m.Package = &matchPackage{Ecosystem: s.Package.Ecosystem, Name: s.Package.Name, Version: s.Package.Version}
	case s.Command.SHA256 != "":
		m.Command = &matchCommand{SHA256: s.Command.SHA256}
	case s.Package.Name != "":
		return m, errors.New("the package has no exact version: " + exact)
	case s.Remote.URL != "":
		m.Remote = &matchRemote{URL: s.Remote.URL}
	default:
		return m, errors.New("nothing in the input pins the server: neither a digest, nor a package with a version, nor a URL")
	}
	if s.Command.SHA256 != "" {
		if m.Command == nil {
			m.Command = &matchCommand{}
		}
		m.Command.Args = append([]string{}, s.Command.Args...)
	}
	return m, nil
}

func isRedacted(text string) bool { return strings.Contains(text, "<redacted>") }

func isRange(p gate.Package) bool { return p.Name != "" && !p.Pinned }

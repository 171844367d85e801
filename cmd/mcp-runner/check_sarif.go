package main

import (
	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// noVerdict is the rule of errors that are of no one policy.
var noVerdict = sarifRule{
	ID:               "no-verdict",
	ShortDescription: &sarifText{"No verdict was reached, so nothing is allowed"},
	Default:          &sarifDefault{"error"},
}

// sarifOfDecisions is the report of check: a result for each violation and each
// error.
func sarifOfDecisions(servers []checkedServer) sarifLog {
	s := newSarif()
	invocation := sarifInvocation{ExecutionSuccessful: true}
	for _, server := range servers {
		d := server.decision
		for _, v := range d.Violations {
			s.add(ruleOf(v), sarifResult{
				Level:        sarifLevel(v.Level),
				Message:      sarifText{v.Msg},
				Locations:    []sarifLocation{server.location(v.Path)},
				Suppressions: suppressions(v),
			})
		}
		for _, e := range d.Errors {
			rule := noVerdict
			if e.Policy != "" {
				rule = sarifRule{ID: e.Policy}
			}
			s.add(rule, sarifResult{Level: "error", Message: sarifText{e.Msg}, Locations: []sarifLocation{server.location("")}})
			invocation.ExecutionSuccessful = false
		}
		for _, w := range d.Warnings {
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Level: "warning", Message: sarifText{w}, Locations: []sarifLocation{server.location("")},
			})
		}
	}
	s.run.Invocations = []sarifInvocation{invocation}
	return s.log()
}

// location is the run config, if there is one, and the place in the input.
func (s checkedServer) location(pointer string) sarifLocation {
	var l sarifLocation
	if s.file != "" {
		l = sarifFile(fromHere(s.file), &sarifRegion{StartLine: 1})
	}
	name := "server"
	if s.decision.Input != nil {
		name = s.decision.Input.Server.Name
	}
	l.Logical = []sarifLogical{{FullyQualifiedName: name + pointer, Kind: "server"}}
	return l
}

// ruleOf describes a policy by what its violations carry of its metadata.
func ruleOf(v rego.Violation) sarifRule {
	rule := sarifRule{
		ID:         v.Policy,
		Default:    &sarifDefault{sarifLevel(v.Level)},
		Properties: &sarifProperties{Tags: []string{"security"}, SecuritySeverity: securitySeverity[v.Severity]},
	}
	if v.Title != "" {
		rule.ShortDescription = &sarifText{v.Title}
	}
	if v.Remediation != "" {
		rule.Help = &sarifText{v.Remediation}
	}
	if len(v.Links) > 0 {
		rule.HelpURI = v.Links[0]
	}
	return rule
}

// securitySeverity are scores in the middle of the ranges that GitHub calls by
// these names.
var securitySeverity = map[string]string{"low": "2.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}

func sarifLevel(level string) string {
	switch level {
	case rego.LevelWarn:
		return "warning"
	case rego.LevelAudit:
		return "note"
	default:
		return "error"
	}
}

func suppressions(v rego.Violation) []sarifSuppression {
	if v.Waiver == nil {
		return nil
	}
	reason, _ := v.Waiver["reason"].(string) // a waiver has one
	return []sarifSuppression{{Kind: "external", Justification: gate.RedactText(reason)}}
}

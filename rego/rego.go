// Package rego loads, watches and evaluates the policies of one source. It is
// the only part of the project that knows OPA; it knows the shape of policies
// and nothing of what an MCP server is.
package rego

import "errors"

// ErrNoPolicy says that a source holds no policy. A source without a policy
// allows nothing.
var ErrNoPolicy = errors.New("no policy loaded")

// ErrExpired says that a policy was in force that could not be confirmed for
// longer than the configured maximum age.
var ErrExpired = errors.New("the policy expired")

// Result is the outcome of asking one source about one input: the decision of
// docs/contract.md, section 4, without what the gate adds.
type Result struct {
	// Allowed is true only where every evaluation ended without error and no
	// unwaived violation stands at level deny.
	Allowed bool `json:"allowed"`
	// Violations are of all levels, sorted by policy, msg, path and level.
	Violations []Violation `json:"violations"`
	// Warnings are sentences for a person.
	Warnings []string `json:"warnings"`
	// Errors are why no verdict was reached; where there is one, Allowed is false.
	Errors []PolicyError `json:"errors"`
}

// Levels of a violation.
const (
	LevelDeny  = "deny"  // blocks
	LevelWarn  = "warn"  // is shown and does not block
	LevelAudit = "audit" // is recorded only
)

// Violation is one member of a policy's deny or warn set, with what the
// policy's metadata says.
type Violation struct {
	Policy string `json:"policy"`
	// Source is the name of the source that the policy came from.
	Source string `json:"source"`
	Level  string `json:"level"`
	Msg    string `json:"msg"`
	// Path is a JSON Pointer into the input, or "".
	Path        string         `json:"path"`
	Severity    string         `json:"severity"`
	Title       string         `json:"title"`
	Remediation string         `json:"remediation"`
	Links       []string       `json:"links"`
	Details     map[string]any `json:"details"`
	// Waiver is the waiver that covers the violation, or nil.
	Waiver map[string]any `json:"waiver"`
}

// PolicyError is a policy that could not be evaluated, or whose result was not
// of the form that the contract asks for.
type PolicyError struct {
	// Policy is the policy's name, or "" where the error is of no one policy.
	Policy string `json:"policy"`
	Msg    string `json:"msg"`
}

// Package audit is the report about the MCP servers that the clients of a
// machine have in their configurations: what each one starts, what policy says
// about it, and what to do. It holds no secret in clear where its texts come from
// decisions or went through [gate.RedactText].
package audit

import (
	_ "embed"
	"slices"
	"time"

	"github.com/mcp-runner/mcp-runner/gate"
)

// ReportVersion is the version of the JSON form of a [Report].
const ReportVersion = 1

// FormatTime is t as [Report.Time].
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// What was decided about a server.
const (
	Allowed   = "allowed"
	Denied    = "denied"
	Undecided = "undecided"
)

// What a server's entry goes through.
const (
	ThroughRunner   = "mcp-runner"
	ThroughToolHive = "toolhive"
	ThroughDocker   = "docker-mcp-gateway"
)

// What a gate is worth.
const (
	Whole      = "whole"
	Weakened   = "weakened"
	Unverified = "unverified"
)

// schema is generated from the Go types: go test ./internal/audit -run Schema -update.
//
//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (2020-12) of [Report].
func Schema() []byte { return slices.Clone(schema) }

// Report is what an audit found on one machine.
type Report struct {
	// Version is that of this form: fields may be added to it.
	Version int `json:"version" enum:"1"`
	// Time is RFC 3339 in UTC with Z and milliseconds.
	Time   string      `json:"time"`
	Runner gate.Runner `json:"runner"`
	Host   gate.Host   `json:"host"`
	// Home is the directory of the user whose clients were looked at.
	Home string `json:"home"`
	// Revision is that of the policies in force, as in a decision.
	Revision string                `json:"revision"`
	Sources  []gate.SourceRevision `json:"sources"`
	Summary  Summary               `json:"summary"`
	// Clients are those with a file, sorted by name.
	Clients []Client `json:"clients"`
	// Files stand in the order in which they were found or given.
	Files []File `json:"files"`
	// Servers begin with those that are denied for the severest reason; equals
	// stand in the order of their files.
	Servers []Server `json:"servers"`
}

// Summary counts the files and servers of a client, or all.
type Summary struct {
	Files int `json:"files"`
	// Unreadable are files of which nothing could be read.
	Unreadable int `json:"unreadable"`
	Servers    int `json:"servers"`
	// Allowed are servers that count; so are Denied and Undecided.
	Allowed   int `json:"allowed"`
	Denied    int `json:"denied"`
	Undecided int `json:"undecided"`
	// Warned are those of the allowed that a policy warns about.
	Warned int `json:"warned"`
	// Disabled are servers that the client does not start, whether they count or not.
	Disabled int `json:"disabled"`
	// Gated are servers that go through mcp-runner already.
	Gated int `json:"gated"`
	// Doubtful are those of them whose mcp-runner is weakened or unverified.
	Doubtful int `json:"doubtful"`
}

// Client is an MCP client with files on the machine.
type Client struct {
	// ID is its name in flags, such as claude-desktop.
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Summary Summary `json:"summary"`
}

// File is one configuration of a client.
type File struct {
	Path string `json:"path"`
	// Client is the ID of a client.
	Client string `json:"client"`
	// Scope is user, project or system.
	Scope string `json:"scope"`
	// Syntax is json, toml, yaml or xml, or "" where the file could not be read.
	Syntax  string `json:"syntax"`
	Servers int    `json:"servers"`
	// Unreadable says that nothing of the file is known: Problems say why.
	Unreadable bool `json:"unreadable"`
	// Problems are places that are not what the client expects, and those that kept
	// the file from being read. Line is 0 where one is about the whole file.
	Problems []Problem `json:"problems"`
}

// Problem is a place in a file and what is wrong there.
type Problem struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Msg    string `json:"msg"`
}

// Server is one entry of a file with the decision about it.
type Server struct {
	// Client is the ID of a client, and File the path of one of the files.
	Client string `json:"client"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Name is how the file calls the server.
	Name string `json:"name"`
	// Disabled says that the client does not start it as the file stands.
	Disabled bool `json:"disabled"`
	// Counts says that the exit code depends on it.
	Counts bool `json:"counts"`
	// Kind is what would run, or "" where that is not known.
	Kind string `json:"kind" enum:"container,process,remote,"`
	// Starts is what would run, in short: a package, an image, a URL or a command
	// line.
	Starts string `json:"starts"`
	Gate   Gate   `json:"gate"`
	// Verdict is what the decision comes to.
	Verdict string `json:"verdict" enum:"allowed,denied,undecided"`
	// Severity is the worst one of the violations that deny, and where none does, of
	// those that do not; waived ones aside. It is "" where there is none.
	Severity string `json:"severity" enum:"low,medium,high,critical,"`
	// Remediation is what to do first, or "".
	Remediation string `json:"remediation"`
	// Notes are sentences about how the entry was read.
	Notes []string `json:"notes"`
	// Variables are those whose values only the client knows.
	Variables []string       `json:"variables"`
	Decision  *gate.Decision `json:"decision"`
}

// Gate is what stands between the client and a server.
type Gate struct {
	// Through is the program that starts the server on behalf of the client, or "".
	// Where it is mcp-runner, what is judged is the server behind it.
	Through string `json:"through" enum:"mcp-runner,toolhive,docker-mcp-gateway,"`
	// Command is that program as it is written.
	Command string `json:"command"`
	// State says of mcp-runner what it is worth: whole where it is the program of
	// this audit and nothing in the entry switches policies off, weakened where
	// something does, and unverified where it is another file, or none here.
	State string `json:"state" enum:"whole,weakened,unverified,"`
	// Policy are the flags and variables of the entry's own that choose its
	// policies, and what else of them decides what mcp-runner is and writes down.
	// The audit decides by its own policies, not by these.
	Policy []string `json:"policy"`
}

package main

import (
	"net/url"
	"path"
	"path/filepath"

	"github.com/mcp-runner/mcp-runner/rego"
)

// The part of SARIF 2.1.0 that the commands write.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations,omitempty"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string           `json:"id"`
		ShortDescription *sarifText       `json:"shortDescription,omitempty"`
		Help             *sarifText       `json:"help,omitempty"`
		HelpURI          string           `json:"helpUri,omitempty"`
		Default          *sarifDefault    `json:"defaultConfiguration,omitempty"`
		Properties       *sarifProperties `json:"properties,omitempty"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	// sarifProperties are those of rules that code scanning on GitHub reads.
	sarifProperties struct {
		Tags             []string `json:"tags"`
		SecuritySeverity string   `json:"security-severity"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
)

// sarif collects the results of one run.
type sarif struct{ run sarifRun }

func newSarif() *sarif {
	return &sarif{sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name:           "mcp-runner",
			Version:        buildVersion(),
			InformationURI: "https://github.com/mcp-runner/mcp-runner",
			Rules:          []sarifRule{},
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}}
}

// add adds a result of a rule; the first one of a rule describes it.
func (s *sarif) add(rule sarifRule, result sarifResult) {
	rules := &s.run.Tool.Driver.Rules
	result.RuleID, result.RuleIndex = rule.ID, len(*rules)
	for i, r := range *rules {
		if r.ID == rule.ID {
			result.RuleIndex = i
		}
	}
	if result.RuleIndex == len(*rules) {
		*rules = append(*rules, rule)
	}
	s.run.Results = append(s.run.Results, result)
}

func (s *sarif) log() sarifLog {
	return sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{s.run},
	}
}

// sarifFile is the location of a file, named from the working directory.
func sarifFile(name string, region *sarifRegion) sarifLocation {
	name = filepath.ToSlash(name)
	u := url.URL{Path: name}
	if filepath.IsAbs(filepath.FromSlash(name)) {
		u.Scheme, u.Path = "file", path.Join("/", name) // C:/x is /C:/x in a URI
	}
	return sarifLocation{Physical: &sarifPhysical{Artifact: sarifArtifact{URI: u.String()}, Region: region}}
}

// sarifOfFindings is the report of 'policy check'.
func sarifOfFindings(sources []checkedSource) sarifLog {
	s := newSarif()
	described := map[string]*sarifText{}
	for _, r := range rego.Rules() {
		described[r.Name] = &sarifText{r.Short}
	}
	for _, source := range sources {
		for _, f := range source.Findings {
			level := "error"
			if f.Severity == "warning" {
				level = "warning"
			}
			text := f.Msg
			if f.Fix != "" {
				text += ": " + f.Fix
			}
			location := sarifFile(fromHere(source.Dir), nil)
			if f.File != "" {
				location = sarifFile(f.File, nil)
			}
			if f.Row > 0 {
				location.Physical.Region = &sarifRegion{StartLine: f.Row, StartColumn: f.Col}
				if f.Text != "" {
					location.Physical.Region.Snippet = &sarifText{f.Text}
				}
			}
			s.add(
				sarifRule{ID: f.Rule, ShortDescription: described[f.Rule], Default: &sarifDefault{level}},
				sarifResult{Level: level, Message: sarifText{text}, Locations: []sarifLocation{location}},
			)
		}
	}
	return s.log()
}

package rego

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Report is what [Check] found in one source.
type Report struct {
	// Findings are sorted by place.
	Findings []Finding `json:"findings"`
	// Policies are those of the source, sorted by name; empty where it does not
	// load.
	Policies []PolicyInfo `json:"policies"`
}

// PolicyInfo describes one policy for people: its metadata, and what the
// settings of its source make of it.
type PolicyInfo struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Severity    string   `json:"severity"`
	Remediation string   `json:"remediation"`
	Links       []string `json:"links"`
	OWASP       []string `json:"owasp"`
	// Level is the level in force for its deny set.
	Level string `json:"level"`
	// Defines lists deny, warn, or both.
	Defines []string `json:"defines"`
	// Params is the JSON Schema of the policy's params, or nil.
	Params json.RawMessage `json:"params,omitempty"`
	// Files are its Rego files, as paths below the source.
	Files []string `json:"files"`
}

// Check holds a source against the contract and lints it: all that [Load]
// refuses, and beyond it what `opa check --strict` does and the tests that do
// not parse. What is wrong with the source is in the report; the error is that
// it could not be read at all.
func Check(ctx context.Context, cfg LoadConfig) (*Report, error) {
	r := &Report{Findings: []Finding{}, Policies: []PolicyInfo{}}
	if err := CheckBuiltins(cfg.AllowBuiltins); err != nil {
		return nil, sourceError(cfg, err)
	}
	snap, err := steadySnapshot(ctx, cfg, nil)
	if err != nil {
		found := Findings(err)
		if ctx.Err() != nil || slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == unreadRule }) {
			return nil, sourceError(cfg, err)
		}
		r.Findings = append(r.Findings, found...)
		return r, nil
	}
	p, c, err := examine(ctx, cfg, snap)
	var strict error
	if c != nil {
		strict = c.strictly(ctx, snap)
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return nil, sourceError(cfg, ctxErr)
	}
	r.Findings = append(r.Findings, Findings(join([]error{err, strict}))...)
	// What refers to what is not known where a file could not be read.
	if c != nil && !c.src.dataBroken && len(c.src.broken) == 0 {
		r.lint(c.src, cfg.InputSchema)
		r.Findings = append(r.Findings, c.unusedPackages(snap)...)
	}
	if err == nil {
		r.Policies = p.Info()
		r.Findings = append(r.Findings, c.src.unusedFindings(p.settings)...)
		r.Findings = append(r.Findings, c.src.waiverFindings(p.settings.Waivers, time.Now())...)
	}
	slices.SortStableFunc(r.Findings, comparePlaces)
	return r, nil
}

// Info describes the policies, sorted by name.
func (p *Policy) Info() []PolicyInfo {
	infos := make([]PolicyInfo, len(p.units))
	for i, u := range p.units {
		infos[i] = u.info
		infos[i].Level = p.level(u.info)
	}
	return infos
}

// level is what mcp.gate makes of the settings and of the policy's own level.
func (p *Policy) level(info PolicyInfo) string {
	if level, ok := p.settings.Level(info.Name); ok {
		return level
	}
	return cmp.Or(info.Level, LevelDeny)
}

// Level is the level that the settings give a policy, by its name or by the
// longest prefix. Without one the policy's metadata has it.
func (s Settings) Level(policy string) (string, bool) {
	for _, key := range settingKeys(policy) {
		if level, ok := s.Enforcement[key]; ok {
			return level, true
		}
	}
	return "", false
}

// settingKeys are the settings that apply to a policy, the nearest first: for
// a.b.c these are a.b.c, a.b.*, a.* and *.
func settingKeys(name string) []string {
	keys := []string{name}
	for prefix := name; ; {
		i := strings.LastIndexByte(prefix, '.')
		if i < 0 {
			return append(keys, "*")
		}
		prefix = prefix[:i]
		keys = append(keys, prefix+".*")
	}
}

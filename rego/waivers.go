package rego

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Waiver lets violations of one policy by one server pass until it expires.
type Waiver struct {
	// Policy is the name of the policy.
	Policy string `json:"policy"`
	// Match holds leaves of input.server. The waiver covers a server in which
	// each of them is equal, lists and scalars whole.
	Match map[string]any `json:"match"`
	// Msg is the one message that is covered; "" covers all of the policy.
	Msg string `json:"msg,omitempty"`
	// Reason says why there is a waiver, Ticket where, and Approver by whom.
	Reason   string `json:"reason"`
	Ticket   string `json:"ticket,omitempty"`
	Approver string `json:"approver,omitempty"`
	// Expires is the instant from which the waiver covers nothing, as RFC 3339.
	Expires string `json:"expires"`
}

// Instant returns when the waiver ends.
func (w Waiver) Instant() (time.Time, error) { return parseExpires(w.Expires) }

// waiverPins are what holds a waiver to one program: it needs all paths of one of
// them.
var waiverPins = [][][]string{
	{{"image", "digest"}},
	{{"command", "sha256"}},
	{{"package", "name"}, {"package", "version"}},
	{{"remote", "url"}},
}

const pinFix = "match pins nothing: add image.digest, command.sha256, package.name with package.version, or remote.url, " +
	"so that the waiver does not cover another program tomorrow"

// readWaivers reads data.mcp.settings.waivers.
func (src *source) readWaivers(at []string, v any, into *[]Waiver) []error {
	list, ok := v.([]any)
	if !ok {
		return []error{src.settingError(at, "is %s, want a list of waivers", typeName(v))}
	}
	var errs []error
	for i, v := range list {
		w, faults := readWaiver(v)
		for _, fault := range faults {
			errs = append(errs, src.waiverFault(i, w, fault))
		}
		if first := slices.IndexFunc(list[:i], func(other any) bool { return reflect.DeepEqual(other, v) }); first >= 0 {
			errs = append(errs, src.waiverFault(i, w, fmt.Sprintf("is waiver %d again: keep one of them", first+1)))
		}
		*into = append(*into, w)
	}
	return errs
}

// waiverFault says what is wrong with one waiver; people count from 1.
func (src *source) waiverFault(i int, w Waiver, text string) error {
	at := []string{"mcp", "settings", "waivers"}
	which := fmt.Sprintf("waiver %d", i+1)
	if w.Policy != "" {
		which += " (" + w.Policy + ")"
	}
	f := src.docWith(at).fault("waiver", append(at, strconv.Itoa(i)), "", "data.mcp.settings.waivers: %s: %s", which, text)
	if src.policies[w.Policy] != nil {
		f.Policy = w.Policy
	}
	return f
}

// readWaiver reads one waiver and says what is wrong with it. No fault quotes a
// value of match, which may be anything.
func readWaiver(v any) (w Waiver, faults []string) {
	obj, ok := v.(map[string]any)
	if !ok {
		return w, []string{"is " + typeName(v) + ", want an object"}
	}
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	text := func(key string, into *string, required bool) {
		v, there := obj[key]
		s, isString := v.(string)
		switch {
		case there && !isString:
			bad("%s is %s, want a string", key, typeName(v))
		case required && strings.TrimSpace(s) == "":
			bad("%s is missing or empty", key)
		}
		*into = s
	}
	text("policy", &w.Policy, true)
	text("reason", &w.Reason, true)
	text("expires", &w.Expires, true)
	text("ticket", &w.Ticket, false)
	text("approver", &w.Approver, false)
	_, hasMsg := obj["msg"]
	text("msg", &w.Msg, hasMsg)
	for _, key := range slices.Sorted(maps.Keys(obj)) {
		if !slices.Contains([]string{"policy", "match", "msg", "reason", "ticket", "approver", "expires"}, key) {
			bad("unknown key %q: want policy, match, msg, reason, ticket, approver or expires", key)
		}
	}
	switch name, isPackage := strings.CutPrefix(w.Policy, "mcp.policy."); {
	case isPackage:
		bad("the name of a policy is what stands behind mcp.policy: write %q", name)
	case w.Policy != "" && !validName(w.Policy):
		bad("%q is no name of a policy: a waiver names one policy exactly", w.Policy)
	}
	if w.Expires != "" {
		if _, err := parseExpires(w.Expires); err != nil {
			bad("expires: %s", err)
		}
	}
	match, there := obj["match"]
	switch m, isObject := match.(map[string]any); {
	case !there:
		bad("match is missing: write the leaves below input.server that the waiver is for")
	case !isObject:
		bad("match is %s, want an object", typeName(match))
	default:
		w.Match = m
		faults = append(faults, matchFaults(m)...)
	}
	return w, faults
}

// matchFaults says what is wrong with a match whatever the input looks like.
func matchFaults(match map[string]any) []string {
	if len(match) == 0 {
		return []string{"match is empty, which is every server: " + pinFix}
	}
	var faults []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if len(v) == 0 {
				faults = append(faults, path+" is an empty object, which compares nothing: leave it out, or write a leaf below it")
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(path+"."+key, v[key])
			}
		case []any:
			for i, v := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), v)
			}
		case string:
			if strings.Contains(v, "<redacted>") {
				faults = append(faults, path+" holds <redacted>, which stands for any secret: match on something else")
			}
		}
	}
	walk("match", match)
	if !slices.ContainsFunc(waiverPins, func(paths [][]string) bool {
		return !slices.ContainsFunc(paths, func(path []string) bool {
			v, _ := lookup(match, path)
			s, ok := v.(string)
			return !ok || s == ""
		})
	}) {
		faults = append(faults, pinFix)
	}
	v, _ := lookup(match, []string{"package", "version"})
	if s, ok := v.(string); ok && s != "" && !versionForm.MatchString(s) {
		faults = append(faults, "match.package.version is a range or a tag, which is another package tomorrow: write the exact version")
	}
	return faults
}

// versionForm is the form of an exact version, or of a commit, in any ecosystem.
// What has it may still be a range in one of them, which mcp.gate looks at.
var versionForm = regexp.MustCompile(`^(v?[0-9][0-9A-Za-z.+!_-]*|[0-9a-f]{40})$`)

// expiresForm is the form that mcp.gate reads; time.Parse takes a little more.
var expiresForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// parseExpires reads a time of a waiver. The bounds are those of mcp.gate, which
// counts nanoseconds.
func parseExpires(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !expiresForm.MatchString(text) {
		return time.Time{}, fmt.Errorf("%q is no time with a zone as RFC 3339 writes it: write it like 2026-12-31T00:00:00Z", text)
	}
	if t.Year() < 1970 || t.Year() > 2261 {
		return time.Time{}, fmt.Errorf("%q is out of range: want a time before 2262", text)
	}
	return t, nil
}

// waiverWarnings names the waivers that no policy takes, in the words of mcp.gate.
func (src *source) waiverWarnings(waivers []Waiver) []string {
	var warnings []string
	for _, w := range waivers {
		warning := fmt.Sprintf("settings: waiver of %q: there is no such policy", w.Policy)
		if src.policies[w.Policy] == nil && !slices.Contains(warnings, warning) {
			warnings = append(warnings, warning)
		}
	}
	slices.Sort(warnings)
	return warnings
}

// waiverFindings names the waivers that are over at now, and those that no policy
// takes.
func (src *source) waiverFindings(waivers []Waiver, now time.Time) []Finding {
	var found []Finding
	add := func(i int, rule, fix, msg string) {
		at := []string{"mcp", "settings", "waivers"}
		f := src.docWith(at).fault(rule, append(at, strconv.Itoa(i)), fix, "waiver %d (%s): %s", i+1, waivers[i].Policy, msg)
		f.Severity = FindingWarning
		found = append(found, *f)
	}
	for i, w := range waivers {
		if src.policies[w.Policy] == nil {
			add(i, "setting-without-policy", "correct the name, or take the waiver out", "there is no such policy")
		}
		// The time was read when the source was loaded.
		if end, err := w.Instant(); err == nil && !now.Before(end) {
			add(i, "waiver-expired", "take it out, or renew it", "it expired at "+w.Expires+": each decision that it would have touched warns")
		}
	}
	return found
}

// settingsTerm is what decide gets of the settings: the waivers as they are
// written, and nothing of them where there are none.
func (src *source) settingsTerm(s Settings) (*ast.Term, error) {
	settings := map[string]any{"enforcement": s.Enforcement}
	if waivers, ok := lookup(src.data, []string{"mcp", "settings", "waivers"}); ok && len(s.Waivers) > 0 {
		settings["waivers"] = waivers
	}
	v, err := ast.InterfaceToValue(settings)
	if err != nil {
		return nil, err
	}
	return ast.NewTerm(v), nil
}

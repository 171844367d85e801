package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	strict "github.com/go-json-experiment/json"

	"github.com/mcp-runner/mcp-runner/rego"
)

// RecordPath is the path of every [Record]: what OPA is asked for on a bundle
// that `mcp-runner policy build` makes.
const RecordPath = "mcp/gate/decision"

// maxRecord bounds one line of a decision log.
const maxRecord = 8 << 20

// Record is one line of a decision log, in the names of OPA's: an event that a
// service for OPA's decision logs takes.
type Record struct {
	Labels     map[string]string `json:"labels"`
	DecisionID string            `json:"decision_id"`
	// Subject is what was asked about: the operation, a slash and the name of the
	// server or of the registry, as in create_server/fetch. It is "" where there
	// was no input or no name, or a mask hides either.
	Subject string `json:"subject,omitempty"`
	// InputSHA256 identifies the input as it was judged, before masks, but for
	// context.time: the SHA-256 in hexadecimal of its JSON, members sorted and no
	// white space between them. It is "" where there was no input, or a mask
	// removed it.
	InputSHA256 string `json:"input_sha256,omitempty"`
	// Bundles are the sources of policy by name.
	Bundles map[string]RecordBundle `json:"bundles,omitempty"`
	Path    string                  `json:"path"`
	// Input is what was judged, redacted, and masked further by
	// data.system.log.mask; nil where there was none or a mask removed it.
	Input any `json:"input,omitempty"`
	// Result is the decision without its input. The msg and details of its
	// violations may be masked.
	Result *Decision `json:"result"`
	// Erased and Masked are JSON Pointers into the record: what a mask removed,
	// and what was redacted or a mask replaced.
	Erased []string `json:"erased,omitempty"`
	Masked []string `json:"masked,omitempty"`
	// RequestedBy is the user whose process asked.
	RequestedBy string `json:"requested_by,omitempty"`
	// Timestamp is RFC 3339.
	Timestamp time.Time `json:"timestamp"`
	// Metrics are times in nanoseconds, in OPA's names.
	Metrics map[string]int64 `json:"metrics,omitempty"`
	// Changed is set where the same was asked shortly before with another input,
	// see [FileRecorderConfig].
	Changed *RecordChange `json:"changed,omitempty"`
}

// RecordBundle says what was in force in one source.
type RecordBundle struct {
	Revision string `json:"revision,omitempty"`
}

// ParseRecord reads one line of a decision log. What is not whole is an error,
// which quotes nothing of the line. Unknown members are passed over.
func ParseRecord(line []byte) (*Record, error) {
	var r Record
	if len(line) > maxRecord {
		return nil, fmt.Errorf("longer than %d bytes", maxRecord)
	}
	if err := strict.Unmarshal(line, &r); err != nil {
		return nil, errors.New("not a record of a decision as JSON")
	}
	var verdict struct {
		Result struct {
			Allowed *bool `json:"allowed"`
		} `json:"result"`
	}
	if err := strict.Unmarshal(line, &verdict); err != nil {
		return nil, errors.New("not a record of a decision as JSON")
	}
	switch {
	case r.DecisionID == "":
		return nil, errors.New("decision_id is missing")
	case r.Timestamp.IsZero():
		return nil, errors.New("timestamp is missing")
	case verdict.Result.Allowed == nil:
		return nil, errors.New("result.allowed is missing")
	}
	return &r, nil
}

// Server returns the name of the server, "" where the record does not say.
func (r *Record) Server() string {
	input, _ := r.Input.(map[string]any)
	server, _ := input["server"].(map[string]any)
	name, _ := server["name"].(string)
	return name
}

// trail is what a decision knows about how it was reached. The record has it,
// the decision itself does not.
type trail struct {
	policies []policy
	user     string
	metrics  map[string]int64
}

// took notes how long a step took that began at start.
func (t *trail) took(step string, start time.Time) {
	if t.metrics == nil {
		t.metrics = map[string]int64{}
	}
	t.metrics["timer_"+step+"_ns"] = time.Since(start).Nanoseconds()
}

// newRecord is the record of d before masks.
func newRecord(d *Decision, labels map[string]string) (*Record, error) {
	at, err := time.Parse(time.RFC3339, d.Time)
	if err != nil {
		return nil, fmt.Errorf("time of the decision: %w", err)
	}
	r := &Record{
		Labels:      labels,
		DecisionID:  d.ID,
		Subject:     subject(d.Input),
		Path:        RecordPath,
		Result:      d.public(),
		RequestedBy: d.trail.user,
		Timestamp:   at,
		Metrics:     maps.Clone(d.trail.metrics),
	}
	for _, s := range d.Sources {
		if r.Bundles == nil {
			r.Bundles = map[string]RecordBundle{}
		}
		name := s.Name
		for n := 2; ; n++ { // two sources may be called the same
			if _, taken := r.Bundles[name]; !taken {
				break
			}
			name = fmt.Sprintf("%s#%d", s.Name, n)
		}
		r.Bundles[name] = RecordBundle{Revision: s.Revision}
	}
	if d.Input != nil {
		r.Input = d.Input
		if r.InputSHA256, err = inputHash(*d.Input); err != nil {
			return nil, err
		}
		for _, redaction := range d.Input.Server.Redactions {
			r.Masked = append(r.Masked, "/input"+redaction.Path)
		}
		slices.Sort(r.Masked)
		r.Masked = slices.Compact(r.Masked)
	}
	return r, nil
}

// ErrMask says that a decision was not recorded because a data.system.log.mask
// failed, or asks for what is not to be masked: no other file helps.
var ErrMask = errors.New("mask of the decision log")

type maskError struct{ error }

func (e maskError) Is(target error) bool { return target == ErrMask }
func (e maskError) Unwrap() error        { return e.error }

// encode is v as one line of JSON, with < and > as they are.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if buf.Len() > maxRecord {
		return nil, fmt.Errorf("the record has %d bytes, more than %d", buf.Len(), maxRecord)
	}
	return buf.Bytes(), nil
}

// maskedLine asks the policies for their masks and applies them to a record and
// its line.
func maskedLine(ctx context.Context, r *Record, line []byte, policies []policy) ([]byte, error) {
	if !slices.ContainsFunc(policies, policy.HasMask) {
		return line, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var event map[string]any
	if err := decoder.Decode(&event); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	var rules []rego.MaskRule
	for _, p := range policies {
		more, err := p.Mask(ctx, event)
		if err != nil {
			return nil, maskError{err}
		}
		rules = append(rules, more...)
	}
	m, err := mask(event, rules)
	if err != nil {
		return nil, maskError{fmt.Errorf("data.system.log.mask: %w", err)}
	}
	out := *r
	if shownSubject(event["input"]) != r.Subject {
		out.Subject = "" // it has the name that the mask hides
	}
	if _, there := event["input_sha256"]; !there {
		out.InputSHA256 = ""
	}
	out.Erased, out.Masked = m.erased, append(slices.Clone(r.Masked), m.masked...)
	return encode(struct {
		Record
		// These stand for those of Record.
		RequestedBy any `json:"requested_by,omitempty"`
		Input       any `json:"input,omitempty"`
		Result      any `json:"result"`
	}{out, event["requested_by"], event["input"], event["result"]})
}

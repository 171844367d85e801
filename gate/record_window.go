package gate

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"time"

	strict "github.com/go-json-experiment/json"
)

// RecordChange says that the input is another one than that of an earlier record
// about the same subject.
type RecordChange struct {
	// DecisionID is that of the earlier record.
	DecisionID string `json:"decision_id"`
	// Paths are JSON Pointers into the input to what differs, the first twenty of
	// them; none where a mask hides what does.
	Paths []string `json:"paths"`
}

// recordTail is how much of the end of a log is searched for an earlier record.
const recordTail = 1 << 20

// settled is a line as it is to be written, after a look at what was recorded
// before it.
type settled struct {
	line []byte // nil where an earlier record says the same
	// record and change are set where the input has changed since.
	record *Record
	change *RecordChange
}

// settle compares a line with the latest record about the same subject in f, where
// there is one within the window, and for a change with the latest that allowed it:
// after a denial nothing is asked about again, but somebody tries anew. Whoever can write to f can put a line
// there that keeps another one out of it; no decision depends on what it says.
func (r *FileRecorder) settle(ctx context.Context, f *os.File, line []byte) (settled, error) {
	plain := settled{line: line}
	if r.cfg.Window <= 0 {
		return plain, nil
	}
	mine, err := ParseRecord(bytes.TrimSuffix(line, []byte{'\n'}))
	if err != nil || mine.InputSHA256 == "" {
		return plain, nil // it cannot be compared, and is written
	}
	latest, err := r.earlier(f, mine, false)
	allowed := latest
	if err == nil && latest != nil && !latest.Result.Allowed {
		allowed, err = r.earlier(f, mine, true)
	}
	if err != nil { // a record too many is better than one too few
		r.cfg.Log.WarnContext(ctx, "the decision log could not be searched for the same decision", slog.Any("error", err))
		return plain, nil
	}
	switch {
	case latest != nil && latest.InputSHA256 == mine.InputSHA256 && sameVerdict(latest.Result, mine.Result):
		// Its writer may have ended before it was on the disk.
		if err := f.Sync(); err != nil {
			return settled{}, err
		}
		return settled{}, nil
	case allowed != nil && allowed.InputSHA256 != "" && allowed.InputSHA256 != mine.InputSHA256:
		change := &RecordChange{DecisionID: allowed.DecisionID, Paths: differences(allowed.Input, mine.Input)}
		return settled{withChange(line, change), mine, change}, nil
	}
	return plain, nil
}

// earlier returns the latest record in f within the window that is about what mine is
// about, of those that allowed it where allowed is set; nil where there is none. What
// is no record is passed over.
func (r *FileRecorder) earlier(f *os.File, mine *Record, allowed bool) (*Record, error) {
	data, err := tail(f)
	if err != nil {
		return nil, err
	}
	same, err := needle(mine)
	if err != nil {
		return nil, err
	}
	for len(data) > 0 {
		start := bytes.LastIndexByte(data, '\n') + 1
		line := data[start:]
		data = data[:max(0, start-1)]
		if !bytes.Contains(line, same) { // most lines are about something else
			continue
		}
		var head struct {
			Subject     string    `json:"subject"`
			InputSHA256 string    `json:"input_sha256"`
			Timestamp   time.Time `json:"timestamp"`
			Result      struct {
				Allowed bool `json:"allowed"`
			} `json:"result"`
		}
		if strict.Unmarshal(line, &head) != nil || head.Timestamp.IsZero() || allowed && !head.Result.Allowed {
			continue
		}
		age := mine.Timestamp.Sub(head.Timestamp)
		switch {
		case age > r.cfg.Window, age < -r.cfg.Window:
			continue // lines of processes with other clocks stand between others
		case mine.Subject != "" && head.Subject != mine.Subject,
			mine.Subject == "" && head.InputSHA256 != mine.InputSHA256:
			continue
		}
		found, err := ParseRecord(line)
		if err != nil || found.Labels["app"] != mine.Labels["app"] { // another program asks about servers of its own
			continue
		}
		return found, nil
	}
	return nil, nil
}

// needle is how the line of a record writes what tells it from others.
func needle(r *Record) ([]byte, error) {
	value := r.Subject
	if value == "" {
		value = r.InputSHA256
	}
	text, err := encode(value)
	return bytes.TrimSuffix(text, []byte{'\n'}), err
}

// tail is the whole lines at the end of f, without the last line's end.
func tail(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-recordTail)
	data := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(data, from); err != nil {
		return nil, err
	}
	if from > 0 {
		_, data, _ = bytes.Cut(data, []byte{'\n'})
	}
	return data[:max(0, bytes.LastIndexByte(data, '\n'))], nil // what is behind that is torn
}

// sameVerdict reports whether two decisions about equal inputs say the same.
func sameVerdict(a, b *Decision) bool {
	return a.Allowed == b.Allowed && a.Revision == b.Revision && a.Running == b.Running && a.Specification == b.Specification &&
		reflect.DeepEqual(a.Violations, b.Violations) && reflect.DeepEqual(a.Errors, b.Errors) && slices.Equal(a.Warnings, b.Warnings)
}

// withChange puts a member more at the end of a line, unless the line has no
// room for it.
func withChange(line []byte, change *RecordChange) []byte {
	member, err := encode(change)
	object, ok := bytes.CutSuffix(line, []byte("}\n"))
	if err != nil || !ok || len(line)+len(member) > maxRecord-len(`,"changed":`) {
		return line // the warning says it all the same
	}
	return slices.Concat(object, []byte(`,"changed":`), bytes.TrimSuffix(member, []byte{'\n'}), []byte("}\n"))
}

// warn says aloud that the input has changed since the same was asked. No value
// is named.
func (r *FileRecorder) warn(ctx context.Context, s settled) {
	if s.change == nil {
		return
	}
	r.cfg.Log.WarnContext(ctx, "the input of a decision has changed since the question before",
		slog.String("subject", s.record.Subject), slog.String("id", s.record.DecisionID),
		slog.String("earlier_id", s.change.DecisionID), slog.Any("paths", s.change.Paths))
}

package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// Event is one server-sent event.
type Event struct {
	// ID is the last ID that the stream gave, of this event or an earlier one.
	ID   string
	Name string
	Data []byte
}

// Events reads the server-sent events of one response, as the HTML standard
// describes them.
type Events struct {
	r     *bufio.Reader
	max   int
	id    string
	retry time.Duration
	first bool
}

// NewEvents reads events of at most limit bytes from r.
func NewEvents(r io.Reader, limit int) *Events {
	return &Events{r: bufio.NewReader(r), max: limit, first: true}
}

// LastID returns the last ID that the stream gave, also where no event with
// data followed.
func (e *Events) LastID() string { return e.id }

// Retry returns how long the stream asks to wait before a reconnect; 0 where
// it does not say.
func (e *Events) Retry() time.Duration { return e.retry }

// Next returns the next event that has data. An event that the end of the
// stream cut off is not returned.
func (e *Events) Next() (Event, error) {
	ev := Event{}
	var data []byte
	seen := false
	for {
		line, err := e.line(len(data))
		if err != nil {
			return Event{}, err
		}
		if len(line) == 0 {
			if !seen {
				ev, data = Event{}, nil
				continue
			}
			ev.ID, ev.Data = e.id, bytes.TrimSuffix(data, []byte("\n"))
			return ev, nil
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "data":
			seen = seen || len(value) > 0
			data = append(append(data, value...), '\n')
		case "event":
			ev.Name = string(value)
		case "id":
			if !bytes.ContainsRune(value, 0) {
				e.id = string(value)
			}
		case "retry":
			if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				e.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// line returns the next line without its end. held counts what the event
// already holds.
func (e *Events) line(held int) ([]byte, error) {
	var line []byte
	for {
		part, err := e.r.ReadSlice('\n')
		if held+len(line)+len(part) > e.max {
			return nil, ErrTooLong
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if e.first {
			e.first = false
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

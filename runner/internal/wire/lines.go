package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrTooLong says that a line or an event was longer than it may be. Of a line
// it was skipped, and the next one can be read.
var ErrTooLong = errors.New("message is too long")

// Lines reads lines of bounded length.
type Lines struct {
	r   *bufio.Reader
	max int
}

// NewLines reads lines of at most limit bytes from r.
func NewLines(r io.Reader, limit int) *Lines {
	return &Lines{r: bufio.NewReaderSize(r, 64<<10), max: limit}
}

// Next returns the next line that is not blank, without its end. The slice is
// the caller's.
func (l *Lines) Next() ([]byte, error) {
	for {
		line, err := l.line()
		if errors.Is(err, ErrTooLong) {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			// What was cut off by an error is the next call's to report.
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (l *Lines) line() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if long = long || len(line)+len(part) > l.max; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long:
			return nil, ErrTooLong
		default:
			return line, err
		}
	}
}

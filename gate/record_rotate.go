package gate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// rotate sets the log aside where it is due and opens a new one. A log that
// cannot be renamed goes on growing: no decision is lost.
func (r *FileRecorder) rotate(f *os.File, more int) (*os.File, error) {
	due, err := r.due(f, more)
	if err != nil || !due {
		return f, closeOn(f, err)
	}
	if err := f.Close(); err != nil { // Windows renames no open file
		return nil, err
	}
	if err := r.setAside(); err != nil {
		r.cfg.Log.Warn("the decision log could not be rotated, and goes on growing", slog.Any("error", err))
	}
	return openLog(r.cfg.Path)
}

// due says whether the log is too large with the next record, or too old.
func (r *FileRecorder) due(f *os.File, more int) (bool, error) {
	info, err := f.Stat()
	switch {
	case err != nil || info.Size() == 0:
		return false, err
	case r.cfg.MaxSize > 0 && info.Size()+int64(more) > r.cfg.MaxSize:
		return true, nil
	case r.cfg.MaxAge < 0:
		return false, nil
	}
	since := info.ModTime() // where the first line is torn
	line, err := bufio.NewReader(io.NewSectionReader(f, 0, maxRecord)).ReadBytes('\n')
	if err == nil {
		var first struct {
			Timestamp time.Time `json:"timestamp"`
		}
		if json.Unmarshal(line, &first) == nil && !first.Timestamp.IsZero() {
			since = first.Timestamp
		}
	}
	return r.cfg.Now().Sub(since) > r.cfg.MaxAge, nil
}

const backupForm = "20060102T150405.000Z"

// backups are the backups of a log, the oldest first, with their times.
func backups(path string) ([]string, []time.Time, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, nil, err
	}
	ext := filepath.Ext(path)
	head := strings.TrimSuffix(filepath.Base(path), ext) + "-"
	var names []string
	var times []time.Time
	for _, e := range entries { // sorted by name, and so by time
		middle, ok := strings.CutPrefix(e.Name(), head)
		if !ok || !strings.HasSuffix(middle, ext) || !e.Type().IsRegular() {
			continue
		}
		at, err := time.Parse(backupForm, strings.TrimSuffix(middle, ext))
		if err != nil {
			continue
		}
		names, times = append(names, filepath.Join(filepath.Dir(path), e.Name())), append(times, at)
	}
	return names, times, nil
}

// setAside renames the log to a backup that is later than all others.
func (r *FileRecorder) setAside() error {
	_, times, err := backups(r.cfg.Path)
	if err != nil {
		return err
	}
	at := r.cfg.Now().UTC().Truncate(time.Millisecond)
	if len(times) > 0 {
		if last := times[len(times)-1]; !at.After(last) {
			at = last.Add(time.Millisecond)
		}
	}
	ext := filepath.Ext(r.cfg.Path)
	backup := strings.TrimSuffix(r.cfg.Path, ext) + "-" + at.Format(backupForm) + ext
	if at.Year() > 9999 { // no backup that is found again, and one that the next would replace
		return fmt.Errorf("the clock or the name of a backup says year %d: move that backup away", at.Year())
	}
	if _, err := os.Lstat(backup); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: move it away", filepath.Base(backup)) // a rename would replace it
	}
	if err := os.Rename(r.cfg.Path, backup); err != nil {
		return err
	}
	return syncDir(filepath.Dir(r.cfg.Path))
}

// prune deletes the backups that are too many or too old.
func (r *FileRecorder) prune() error {
	names, times, err := backups(r.cfg.Path)
	if err != nil {
		return err
	}
	slices.Reverse(names)
	slices.Reverse(times)
	var errs []error
	for i, name := range names {
		if r.cfg.MaxBackups >= 0 && i >= r.cfg.MaxBackups || r.cfg.MaxAge >= 0 && r.cfg.Now().Sub(times[i]) > r.cfg.MaxAge {
			errs = append(errs, os.Remove(name))
		}
	}
	return errors.Join(errs...)
}

package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Limits of a decision log where its config says nothing.
const (
	DefaultRecordSize    = 32 << 20
	DefaultRecordAge     = 90 * 24 * time.Hour
	DefaultRecordBackups = 10
)

// FileRecorderConfig says where and how decisions are written down.
type FileRecorderConfig struct {
	// Path is the file. Its directory is made where it is missing.
	Path string
	// MaxSize is how many bytes the file may have before it is set aside as a
	// backup; 0 means DefaultRecordSize, less that there is no limit.
	MaxSize int64
	// MaxAge is how old the first decision in the file may be before the file is
	// set aside, and how long a backup is kept after that; 0 means
	// DefaultRecordAge, less that age does not matter.
	MaxAge time.Duration
	// MaxBackups is how many backups are kept; 0 means DefaultRecordBackups, less
	// that all are.
	MaxBackups int
	// Window is for hosts that ask several times before one server is created, in
	// one process or in several; 0 or less means that every decision is a line of
	// its own. A decision about the same subject and the same input, of the same
	// revision and with the same verdict as the latest record about that subject
	// is not written again where that record is not older than Window: it is
	// recorded, under the other's id. Where the input is another one than in the
	// latest record that allowed the subject, the record says what changed, and Log
	// has a warning. Programs with different labels app
	// ask about different subjects. Only the last MiB of the file is looked at, and
	// no file that was set aside. Where a mask hides the subject, records are told
	// by their input_sha256 alone; where it removes that, each is written.
	Window time.Duration
	// Labels stand in each record. The recorder adds an id of its own.
	Labels map[string]string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log takes what is wrong beside the record; nil means slog.Default().
	Log *slog.Logger
}

// FileRecorder appends decisions to a file, one [Record] a line. Any number
// of processes may write to one file. It keeps nothing open between decisions.
type FileRecorder struct {
	cfg  FileRecorderConfig
	turn chan struct{} // holds a value while a decision is being written
}

var _ Recorder = (*FileRecorder)(nil)

// NewFileRecorder returns a recorder. The file is not touched before the first
// decision, and looked at anew for each.
func NewFileRecorder(cfg FileRecorderConfig) (*FileRecorder, error) {
	if cfg.Path == "" {
		return nil, errors.New("decision log: no file is named")
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("decision log %s: %w", cfg.Path, err)
	}
	cfg.Path = path
	if cfg.MaxSize == 0 {
		cfg.MaxSize = DefaultRecordSize
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = DefaultRecordAge
	}
	if cfg.MaxBackups == 0 {
		cfg.MaxBackups = DefaultRecordBackups
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	labels := map[string]string{"id": uuid.NewString()}
	maps.Copy(labels, cfg.Labels)
	cfg.Labels = labels
	return &FileRecorder{cfg: cfg, turn: make(chan struct{}, 1)}, nil
}

// Path returns the file, as an absolute path.
func (r *FileRecorder) Path() string { return r.cfg.Path }

// Record appends d to the file, unless it is there already (see the config's
// Window), and returns once it is on the disk. It gives up when ctx is done: where
// the file system hangs then, the line may still be written when it comes back.
func (r *FileRecorder) Record(ctx context.Context, d *Decision) error {
	err := r.record(ctx, d)
	if err != nil {
		return fmt.Errorf("decision log %s: %w", r.cfg.Path, err)
	}
	return nil
}

func (r *FileRecorder) record(ctx context.Context, d *Decision) error {
	record, err := newRecord(d, r.cfg.Labels)
	if err != nil {
		return err
	}
	line, err := encode(record)
	if err != nil {
		return err
	}
	policies := d.trail.policies
	var locked atomic.Bool // or the line was not ready to be written
	locked.Store(true)
	_, err = await(ctx, "writing", func() (struct{}, error) {
		var none struct{}
		line, err := maskedLine(ctx, record, line, policies)
		if err != nil {
			return none, err
		}
		locked.Store(false)
		// One at a time waits for the file system, however many decisions there are.
		select {
		case r.turn <- struct{}{}:
			defer func() { <-r.turn }()
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
		written, err := r.append(ctx, line, func() { locked.Store(true) })
		r.warn(ctx, written)
		return none, err
	})
	if err != nil && ctx.Err() != nil && !locked.Load() {
		return fmt.Errorf("%w before the lock %s.lock was free: look for a process that holds it, or that hangs", err, filepath.Base(r.cfg.Path))
	}
	return err
}

// append writes one line, unless it is there, under the lock that all writers
// share; locked is called as soon as it has that.
func (r *FileRecorder) append(ctx context.Context, line []byte, locked func()) (written settled, err error) {
	dir := filepath.Dir(r.cfg.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return written, err
	}
	if err := checkLogDir(dir); err != nil {
		return written, err
	}
	lock, err := lockFile(r.cfg.Path)
	if err != nil {
		return written, err
	}
	if err := lock.Lock(); err != nil {
		return written, fmt.Errorf("lock: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	locked()
	if ctx.Err() != nil { // the lock may have taken its time
		return written, context.Cause(ctx)
	}
	f, err := openLog(r.cfg.Path)
	if err != nil {
		return written, err
	}
	s, err := r.settle(ctx, f, line)
	if err != nil || s.line == nil {
		return written, errors.Join(err, f.Close())
	}
	if f, err = r.rotate(f, len(s.line)); err != nil {
		return written, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := appendLine(f, s.line); err != nil {
		return written, err
	}
	if err := r.prune(); err != nil {
		r.cfg.Log.WarnContext(ctx, "old decision logs could not be deleted", slog.Any("error", err))
	}
	return s, nil
}

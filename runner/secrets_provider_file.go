package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// fileSecrets reads the files of dir.
func fileSecrets(dir string) func(context.Context, string) ([]byte, error) {
	return func(_ context.Context, name string) ([]byte, error) {
		value, err := readSecret(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", filepath.Join(dir, name), pathless(err))
		}
		return value, nil
	}
}

func readSecret(path string) (value []byte, err error) {
	f, err := openSecret(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	}
	if err := checkSecretMode(info); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, maxSecret+3)) // with its newline; more is refused
}

// pathless is err without the path, which the caller has named.
func pathless(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}

package runner

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Limits of what a provider gives.
const (
	maxSecret     = 64 << 10
	secretTimeout = 30 * time.Second
)

// ParseSecretProvider returns what gives secrets their values, for
// [Options.Secrets]:
//
//   - env, or the empty string: [EnvSecrets].
//   - file:DIR: the secret NAME is the file DIR/NAME, which nobody but its owner
//     may read or write (not on Windows, where that is not found out). Symbolic links are followed, as the secrets that
//     Kubernetes mounts need; the mode that counts is that of the file behind
//     them (for those, defaultMode: 0400).
//   - exec:PROGRAM: the secret NAME is what PROGRAM NAME writes to its standard
//     output. It runs without a shell, with the environment that servers get
//     without asking, an empty standard input, and for at most 30 seconds. What
//     it writes to its standard error is shown to nobody, since that may be the secret.
//
// One newline at the end is cut off. A value is 1 byte to 64 KiB long. DIR and
// PROGRAM are looked up now, PROGRAM through PATH; no secret is read and nothing
// is started before the first call. No error holds any part of a value.
func ParseSecretProvider(s string) (func(ctx context.Context, name string) (string, error), error) {
	kind, where, _ := strings.Cut(s, ":")
	switch {
	case s == "", s == "env":
		return EnvSecrets, nil
	case kind == "file" && where != "":
		if !secretFiles {
			return nil, errors.New("secret provider: secrets in files are not supported on Windows, where it is not found out who may read them: use exec:PROGRAM")
		}
		dir, err := filepath.Abs(where)
		if err != nil {
			return nil, fmt.Errorf("secret provider: directory %q: %w", where, err)
		}
		return provider(fileSecrets(dir)), nil
	case kind == "exec" && where != "":
		program, err := secretProgram(where)
		if err != nil {
			return nil, fmt.Errorf("secret provider: program %q: %w", where, err)
		}
		return provider(program.secret), nil
	}
	return nil, errors.New("secret provider: want env, file:DIRECTORY or exec:PROGRAM")
}

// provider checks names before they reach read, and what comes back.
func provider(read func(ctx context.Context, name string) ([]byte, error)) secretsFunc {
	return func(ctx context.Context, name string) (string, error) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err := checkSecretName(name); err != nil {
			return "", fmt.Errorf("name of the secret %w", err)
		}
		value, err := read(ctx, name)
		if err != nil {
			return "", err
		}
		return secretValue(value)
	}
}

// checkSecretName refuses what is not the name of one file, or is no plain
// argument of a program.
func checkSecretName(name string) error {
	const others = "._-"
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > 255:
		return errors.New("is longer than 255 bytes")
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "-"):
		return errors.New("begins with '.' or '-'")
	case strings.HasSuffix(name, "."): // Windows drops it
		return errors.New("ends with '.'")
	case strings.ContainsFunc(name, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune(others, c)
	}):
		return errors.New("holds something else than letters, digits, '.', '_' and '-'")
	}
	return nil
}

// secretValue is what a provider gave, without the newline that editors and
// programs put at its end.
func secretValue(value []byte) (string, error) {
	if len(value) > maxSecret {
		return "", fmt.Errorf("the value is longer than %d KiB", maxSecret>>10)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(value), "\n"), "\r")
	switch {
	case text == "":
		return "", errors.New("the value is empty")
	case strings.ContainsRune(text, 0):
		return "", errNULByte
	}
	return text, nil
}

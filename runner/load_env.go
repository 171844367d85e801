package runner

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseEnv reads NAME=VALUE, or NAME alone, which asks for the variable of the
// runner's own environment and has no value. The error does not quote s.
func ParseEnv(s string) (name, value string, hasValue bool, err error) {
	name, value, hasValue = strings.Cut(s, "=")
	if err := checkVariable(name); err != nil {
		return "", "", false, fmt.Errorf("name of the variable %w, want NAME=VALUE or NAME", err)
	}
	if strings.Contains(value, "\x00") {
		return "", "", false, fmt.Errorf("variable %s: value contains a NUL byte", name)
	}
	return name, value, hasValue, nil
}

// ParseEnvFile reads a file of variables as Docker does: a line is NAME=VALUE,
// the value taken as it stands, quotes and white space included; NAME alone
// asks for the variable of the runner's own environment and is returned in
// host; lines that begin with # and empty ones are skipped. The last line about
// a name counts. The file may be a pipe and holds at most 1 MiB. Errors name
// the file and the line, and quote nothing.
func ParseEnvFile(path string) (vars map[string]string, host []string, err error) {
	data, err := readEnvFile(path)
	if err != nil {
		return nil, nil, err
	}
	vars = map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxFileBytes+1)
	for n := 1; lines.Scan(); n++ {
		name, value, hasValue, err := parseEnvLine(lines.Text())
		if err != nil {
			return nil, nil, fmt.Errorf("env file %s:%d: %w", path, n, err)
		}
		if name == "" {
			continue
		}
		delete(vars, name)
		host = slices.DeleteFunc(host, func(h string) bool { return h == name })
		if hasValue {
			vars[name] = value
		} else {
			host = append(host, name)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("env file %s: %w", path, err)
	}
	return vars, host, nil
}

// readEnvFile reads a file of variables without its byte order mark.
func readEnvFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("env file: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("env file: %w", err)
	}
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("env file %s: larger than %d bytes", path, maxFileBytes)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// dotenvName is the name at the beginning of a line of a .env file, as the
// dotenv libraries of editors read it.
var dotenvName = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=|:[ \t])`)

// ParseEnvNames returns the names of the variables that a .env file sets, in
// their order. It is for a program that was started by one that has read the
// file and set the variables: each such program has its own rules for quotes and
// escapes in values, so that those cannot be taken from the file. A line of a
// value in quotes may be taken for a name. The error quotes nothing of the file.
func ParseEnvNames(path string) ([]string, error) {
	data, err := readEnvFile(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range dotenvName.FindAllSubmatch(data, -1) {
		if name := string(match[1]); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// parseEnvLine returns no name for a line that says nothing.
func parseEnvLine(line string) (name, value string, hasValue bool, err error) {
	if !utf8.ValidString(line) {
		return "", "", false, errors.New("invalid UTF-8")
	}
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	if line == "" || line[0] == '#' {
		return "", "", false, nil
	}
	name, value, hasValue, err = ParseEnv(line)
	if err == nil && strings.ContainsFunc(name, unicode.IsSpace) {
		err = errors.New("name of the variable contains white space")
	}
	return name, value, hasValue, err
}

package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxFileBytes bounds every file that describes a server.
const maxFileBytes = 1 << 20

// ParseRunConfig reads a run config in JSON, strictly: it refuses what two
// readers could understand differently, namely duplicate keys, keys that differ
// only in case from each other or from a key that this version knows, data
// after the object, invalid UTF-8 and NUL bytes, as well as wrong types and
// more than 1 MiB. Names of env_vars and container_labels may differ only in
// case (HTTP_PROXY and http_proxy), for they are data; names of headers may not.
//
// An error begins with line:column, so that a caller puts the file's name and a
// colon before it. It names keys, but never a value, which may be a secret.
func ParseRunConfig(data []byte) (*RunConfig, error) {
	c := new(RunConfig)
	if err := c.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return c, nil
}

// LoadRunConfig reads the run config in the regular file at path as
// [ParseRunConfig] does. Errors name the file.
func LoadRunConfig(path string) (*RunConfig, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, fmt.Errorf("run config: %w", err)
	}
	c, err := ParseRunConfig(data)
	if err != nil {
		return nil, fmt.Errorf("run config %w", inFile(path, err))
	}
	return c, nil
}

// plainRunConfig is RunConfig without its methods.
type plainRunConfig RunConfig

// UnmarshalJSON replaces c with the run config in data, as strictly as
// [ParseRunConfig]. Where it fails c is unchanged.
func (c *RunConfig) UnmarshalJSON(data []byte) error {
	var plain plainRunConfig
	if err := decodeStrict(data, "run config", runConfigShape, &plain); err != nil {
		return err
	}
	read := RunConfig(plain)
	if read.SchemaVersion == "" {
		read.SchemaVersion = CurrentSchemaVersion
	}
	for _, raw := range read.rawValues() {
		if err := tidyRaw(raw); err != nil {
			return err
		}
	}
	*c = read
	return nil
}

// MarshalJSON writes c with all members that it does not know, in a stable order.
func (c RunConfig) MarshalJSON() ([]byte, error) {
	if c.SchemaVersion == "" {
		c.SchemaVersion = CurrentSchemaVersion
	}
	data, err := json.Marshal((*plainRunConfig)(&c), json.Deterministic(true))
	if err != nil {
		pointer, msg := describeJSONError(err)
		return nil, errors.New(joinPointer(pointer, msg))
	}
	return data, nil
}

// rawValues are all members of c that are kept as JSON text.
func (c *RunConfig) rawValues() []*jsontext.Value {
	raw := []*jsontext.Value{
		&c.OIDCConfig, &c.AuthzConfig, &c.AuditConfig, &c.RemoteAuthConfig, &c.RuntimeConfig, &c.Extra,
	}
	if c.HeaderForward != nil {
		raw = append(raw, &c.HeaderForward.Extra)
	}
	if c.Container != nil {
		raw = append(raw, &c.Container.Extra)
	}
	return append(raw, c.PermissionProfile.rawValues()...)
}

func (p *PermissionProfile) rawValues() []*jsontext.Value {
	if p == nil {
		return nil
	}
	raw := []*jsontext.Value{&p.Extra}
	if n := p.Network; n != nil {
		raw = append(raw, &n.Extra)
		if n.Outbound != nil {
			raw = append(raw, &n.Outbound.Extra)
		}
		if n.Inbound != nil {
			raw = append(raw, &n.Inbound.Extra)
		}
	}
	return raw
}

// tidyRaw writes v as MarshalJSON will, so that a round trip changes nothing, and
// makes null the same as absent.
func tidyRaw(v *jsontext.Value) error {
	if v.Kind() == jsontext.KindNull || len(*v) == 0 {
		*v = nil
		return nil
	}
	return v.Format()
}

// readRegular reads the file at path, which is a regular file of at most
// maxFileBytes: not a FIFO, on which a reader would wait for ever. Errors name
// the file.
func readRegular(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes", path, maxFileBytes)
	}
	return data, nil
}

func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openWithoutWaiting, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, err
	}
	return f, nil
}

// inFile puts the name of a file before an error of decodeStrict.
func inFile(path string, err error) error {
	if _, ok := errors.AsType[*positionError](err); ok {
		return fmt.Errorf("%s:%w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// positionError is a mistake at one place of a JSON text.
type positionError struct {
	line, column int
	pointer      jsontext.Pointer
	msg          string
}

func (e *positionError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.line, e.column, joinPointer(e.pointer, e.msg))
}

func joinPointer(pointer jsontext.Pointer, msg string) string {
	if pointer == "" {
		return msg
	}
	return shorten(string(pointer)) + ": " + msg
}

// shorten keeps a key or a pointer of any length readable in a message.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return string(bytes.ToValidUTF8([]byte(s[:most]), nil)) + "…"
}

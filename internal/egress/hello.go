package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"time"
)

// maxHello bounds the TLS greeting, which Go's own server takes up to 64 KiB of.
const maxHello = 32 << 10

// encryptedHello is the extension that hides which server is meant (RFC 9849).
const encryptedHello = 0xfe0d

var (
	errHello    = errors.New("the TLS greeting cannot be read")
	errNoName   = errors.New("the TLS greeting names no server")
	errHidden   = errors.New("the TLS greeting is encrypted")
	errHelloEnd = errors.New("read")
)

// readHello reads a TLS greeting from r. It returns the server's name in it, and
// all that was read. The name is valid only without an error; errNoName says that
// the greeting is well formed and has none.
func readHello(r io.Reader) (Host, []byte, error) {
	rec := &recorder{r: io.LimitReader(r, maxHello)}
	var name string
	var extensions []uint16
	seen := false
	err := tls.Server(rec, &tls.Config{
		MinVersion: tls.VersionTLS10, // only the name is read: what the two speak is their own affair
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			name, extensions, seen = hello.ServerName, hello.Extensions, true
			return nil, errHelloEnd
		},
	}).HandshakeContext(context.Background()) // the caller has set a deadline on the connection
	switch {
	case !seen || !errors.Is(err, errHelloEnd):
		return Host{}, rec.data, errHello
	case slices.Contains(extensions, encryptedHello):
		return Host{}, rec.data, errHidden
	case name == "":
		return Host{}, rec.data, errNoName
	}
	host, ok := ParseHost(name)
	if !ok || host.addr.IsValid() {
		return Host{}, rec.data, errHello
	}
	return host, rec.data, nil
}

// recorder is a connection that keeps what is read and drops what is written.
type recorder struct {
	r    io.Reader
	data []byte
}

func (c *recorder) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.data = append(c.data, p[:n]...)
	return n, err
}

func (c *recorder) Write(p []byte) (int, error)      { return len(p), nil }
func (c *recorder) Close() error                     { return nil }
func (c *recorder) LocalAddr() net.Addr              { return nil }
func (c *recorder) RemoteAddr() net.Addr             { return nil }
func (c *recorder) SetDeadline(time.Time) error      { return nil }
func (c *recorder) SetReadDeadline(time.Time) error  { return nil }
func (c *recorder) SetWriteDeadline(time.Time) error { return nil }

// accessDenied is the alert that tells a TLS client why it is cut off.
var accessDenied = []byte{21, 3, 3, 0, 2, 2, 49}

package egress_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

// hello is the greeting of a TLS client for a name.
func hello(t testing.TB, name string, config *tls.Config) []byte {
	t.Helper()
	if config == nil {
		config = &tls.Config{InsecureSkipVerify: true}
	}
	config.ServerName = name
	here, there := net.Pipe()
	go func() { // ends when there is closed
		_ = tls.Client(here, config).HandshakeContext(t.Context()) // it gets no answer
	}()
	buf := make([]byte, 64<<10)
	n, err := there.Read(buf)
	require.NoError(t, err)
	require.NoError(t, there.Close())
	return buf[:n]
}

func TestGreetings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hello   []byte
		reached string
	}{
		"listed":       {hello(t, "listed.test", nil), "10.9.0.1:443"},
		"mixed case":   {hello(t, "Listed.TEST", nil), "10.9.0.1:443"},
		"below":        {hello(t, "x.below.test", nil), "10.9.0.3:443"},
		"unlisted":     {hello(t, "other.test", nil), ""},
		"no name":      {hello(t, "10.7.0.1", nil), ""},
		"metadata":     {hello(t, "meta.test", nil), ""},
		"cut":          {hello(t, "listed.test", nil)[:40], ""},
		"not a hello":  {[]byte{22, 3, 1, 0, 4, 2, 0, 0, 0}, ""},
		"endless":      {append([]byte{22, 3, 1, 64, 0, 1, 0, 255, 255}, make([]byte, 40<<10)...), ""},
		"trailing dot": {bytes.ReplaceAll(hello(t, "listed.testx", nil), []byte("listed.testx"), []byte("listed.test.")), ""},
		"null":         {bytes.ReplaceAll(hello(t, "listed.test.other.test", nil), []byte("listed.test.other"), []byte("listed.test\x00other")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, listedConfig, func(o *egress.Options) { o.FirstByte = time.Second })
			w.answer = func(conn net.Conn) {
				got := make([]byte, len(c.hello))
				if _, err := io.ReadFull(conn, got); err == nil && bytes.Equal(got, c.hello) {
					fmt.Fprint(conn, "the same")
				}
			}
			got := w.say(w.listen(443), string(c.hello))
			if c.reached == "" {
				require.Empty(t, w.reached())
				require.NotContains(t, got, "the same")
				require.Contains(t, w.log.String(), "egress refused")
				return
			}
			require.Equal(t, "the same", got)
			require.Equal(t, []string{c.reached}, w.reached())
		})
	}
}

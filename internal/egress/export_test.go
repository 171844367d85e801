package egress

import (
	"io"
	"net/netip"
)

// Forbidden is forbidden.
func Forbidden(addr netip.Addr) string { return forbidden(addr) }

// ReadHello is readHello.
func ReadHello(r io.Reader) (Host, []byte, error) { return readHello(r) }

// SplitTarget is splitTarget.
func SplitTarget(s string, without int) (Host, int, bool) { return splitTarget(s, without) }

// MaxHello is maxHello.
const MaxHello = maxHello

package rego

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseHeader reads a header in the format of POSIX or GNU.
func parseHeader(b []byte) (tarMember, error) {
	sum, err := octal(b[148:156])
	want := int64(8 * ' ')
	for i, c := range b {
		if i < 148 || i >= 156 {
			want += int64(c)
		}
	}
	if err != nil || sum != want {
		return tarMember{}, errors.New("the checksum of a header does not match: it is no tar, or damaged")
	}
	h := tarMember{typ: b[156]}
	if h.typ == 0 { // as it was before POSIX
		h.typ = tarFile
	}
	name, err := text(b[:100])
	if err != nil {
		return tarMember{}, err
	}
	switch magic := string(b[257:265]); {
	case magic == "ustar  \x00" && gnuTimes(b[345:369]):
	case magic == "ustar\x0000" && string(b[508:512]) != "tar\x00": // nor that of star
		prefix, err := text(b[345:500])
		if err != nil {
			return tarMember{}, err
		}
		if prefix != "" {
			name = prefix + "/" + name
		}
	default:
		return tarMember{}, errors.New("the archive has none of the formats of tar that are read (POSIX and GNU)")
	}
	h.name = name
	if h.size, err = octal(b[124:136]); err != nil {
		return tarMember{}, fmt.Errorf("the size of %q is not written in octal digits", name)
	}
	return h, nil
}

// gnuTimes says that times of GNU tar stand where the format of POSIX has the
// beginning of a long name, which some readers take from there all the same.
func gnuTimes(b []byte) bool {
	for _, field := range [][]byte{b[:12], b[12:]} {
		if _, err := octal(field); err != nil && !zeros(field) {
			return false
		}
	}
	return true
}

// text is a field that ends at its first null byte.
func text(b []byte) (string, error) {
	name, rest, _ := bytes.Cut(b, []byte{0})
	if !zeros(rest) {
		return "", fmt.Errorf("the name %q goes on after a null byte", name)
	}
	return string(name), nil
}

// octal is a number as headers hold them: of at most 8 GiB where it is a size.
func octal(b []byte) (int64, error) {
	digits := strings.TrimRight(strings.TrimLeft(string(b), " "), " \x00")
	n, err := strconv.ParseUint(digits, 8, 36)
	return int64(n), err
}

func padding(size int64) int64 { return -size & (tarBlock - 1) }

func zeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

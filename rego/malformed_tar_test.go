package rego_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A malformed archive: a tar that is packed as it should be, or packed bytes.
type archiveCase struct {
	name   string
	raw    []byte // the tar
	packed string // instead of a tar
	want   string // stands in the error
	member string // the file below the archive that the error names, or ""
}

// block is a tar header of POSIX, with its content. Each change is made to the
// header before its checksum.
func block(typ byte, name, content string, changes ...func(b []byte)) []byte {
	b := make([]byte, 512)
	copy(b[:100], name)
	copy(b[100:], "0000644\x000000000\x000000000\x00")
	copy(b[124:], fmt.Sprintf("%011o\x0000000000000\x00", len(content)))
	b[156] = typ
	copy(b[257:], "ustar\x0000")
	for _, change := range changes {
		change(b)
	}
	sumHeader(b)
	b = append(b, content...)
	return append(b, make([]byte, -len(content)&511)...)
}

// field writes into a header.
func field(at int, value string) func([]byte) {
	return func(b []byte) { copy(b[at:], value) }
}

func pax(records ...string) []byte { return block('x', "PaxHeaders/x", paxRecords(records...)) }

// paxRecords are records of the form KEY=VALUE, with their lengths.
func paxRecords(records ...string) string {
	var b strings.Builder
	for _, r := range records {
		n := len(r) + 3
		for len(fmt.Sprint(n))+len(r)+2 != n {
			n++
		}
		fmt.Fprintf(&b, "%d %s\n", n, r)
	}
	return b.String()
}

// cat is an archive of what it is given, with its end mark.
func cat(parts ...[]byte) []byte {
	return append(bytes.Join(parts, nil), make([]byte, 1024)...)
}

// tarCases are archives whose tar is malformed.
func tarCases(t testing.TB) []archiveCase {
	t.Helper()
	const kind = "neither a file nor a directory"
	good := block('0', "good.rego", denyGood)
	named := func(name string) []byte { return cat(block('0', name, denyBad), good) }
	with := func(changes ...func([]byte)) []byte { return cat(good, block('0', "a.rego", denyBad, changes...)) }
	typed := func(typ byte, link string) []byte { return cat(good, block(typ, "a.rego", "", field(157, link))) }
	after := func(extended []byte) []byte { return cat(good, extended, block('0', "a.rego", denyBad)) }
	cases := []archiveCase{
		{name: "no end mark", raw: good, want: "cut off"},
		{name: "half an end mark", raw: append(bytes.Clone(good), make([]byte, 512)...), want: "cut off"},
		{name: "a block and a half of end mark", raw: append(bytes.Clone(good), make([]byte, 768)...), want: "cut off"},
		{name: "a lone block of zeros", raw: append(append(bytes.Clone(good), make([]byte, 512)...), cat(good)...), want: "cut off"},
		{name: "a member after the end mark", raw: append(cat(good), cat(block('0', "a.rego", denyBad))...), want: "data after its end mark"},
		{name: "text after the end mark", raw: append(cat(good), "x"...), want: "data after its end mark"},
		{name: "half a header", raw: append(bytes.Clone(good), good[:300]...), want: "cut off"},
		{name: "half a content", raw: good[:600], want: "cut off"},
		{name: "content without its padding", raw: good[:512+len(denyGood)], want: "cut off"},
		{name: "empty tar", raw: nil, want: "cut off"},
		{name: "text", raw: []byte(strings.Repeat("this is no tar at all\n", 100)), want: "it is no tar"},
		{name: "json", raw: []byte(`{"roots": []}`), want: "cut off"},
		{name: "zip", raw: append([]byte("PK\x03\x04"), make([]byte, 1020)...), want: "it is no tar"},
		{name: "cpio", raw: []byte(strings.Repeat("070701000000010000", 60)), want: "it is no tar"},
		{name: "noise", raw: noise(4096), want: "it is no tar"},
		{name: "checksum of a header", raw: flip(cat(good), 20), want: "checksum of a header"},
		{name: "no checksum", raw: zero(cat(good), 148, 156), want: "checksum of a header"},
		{name: "checksum that is no number", raw: overwrite(cat(good), 148, "zzzzzz\x00 "), want: "checksum of a header"},
		{name: "checksum with a sign", raw: overwrite(cat(good), 148, "-00001\x00 "), want: "checksum of a header"},

		{name: "symlink", raw: typed('2', "good.rego"), want: kind},
		{name: "symlink to the outside", raw: typed('2', "/etc/passwd"), want: kind},
		{name: "hard link", raw: typed('1', "good.rego"), want: kind},
		{name: "character device", raw: typed('3', ""), want: kind},
		{name: "block device", raw: typed('4', ""), want: kind},
		{name: "fifo", raw: typed('6', ""), want: kind},
		{name: "contiguous file", raw: typed('7', ""), want: kind},
		{name: "GNU sparse file", raw: typed('S', ""), want: kind},
		{name: "GNU directory dump", raw: typed('D', ""), want: kind},
		{name: "GNU volume label", raw: typed('V', ""), want: kind},
		{name: "GNU multi-volume", raw: typed('M', ""), want: kind},
		{name: "GNU long link", raw: cat(good, block('K', "././@LongLink", "good.rego\x00"), block('0', "a.rego", denyBad)), want: kind},
		{name: "Solaris extended header", raw: cat(good, block('X', "a.rego", paxRecords("path=b.rego"))), want: kind},
		{name: "unknown type", raw: typed('Z', ""), want: kind},
		{name: "type beyond ASCII", raw: typed(0xff, ""), want: kind},
		{name: "symlink below .git", raw: cat(good, block('2', ".git/link", "", field(157, "x"))), want: kind},
		{name: "symlink in testdata", raw: cat(good, block('2', "testdata/link", "", field(157, "x"))), want: kind},

		{name: "no format", raw: with(field(257, "\x00\x00\x00\x00\x00\x00\x00\x00")), want: "none of the formats"},
		{name: "unknown format", raw: with(field(257, "vstar\x0000")), want: "none of the formats"},
		{name: "unknown version", raw: with(field(257, "ustar\x0001")), want: "none of the formats"},
		{name: "star", raw: with(field(508, "tar\x00")), want: "none of the formats"},
		{name: "GNU with a prefix", raw: with(field(257, "ustar  \x00"), field(345, "prefix")), want: "none of the formats"},

		{name: "size in base 256", raw: with(field(124, "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40")), want: "octal"},
		{name: "huge size in base 256", raw: with(field(124, "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")), want: "octal"},
		{name: "negative size in base 256", raw: with(field(124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")), want: "octal"},
		{name: "negative size", raw: with(field(124, "-0000000001\x00")), want: "octal"},
		{name: "size in decimal digits", raw: with(field(124, "00000000099\x00")), want: "octal"},
		{name: "size in hexadecimal digits", raw: with(field(124, "0x000000040\x00")), want: "octal"},
		{name: "size of text", raw: with(field(124, "abcdefghijk\x00")), want: "octal"},
		{name: "no size", raw: with(field(124, strings.Repeat("\x00", 12))), want: "octal"},
		{name: "size of spaces", raw: with(field(124, strings.Repeat(" ", 12))), want: "octal"},
		{name: "size with digits after a null byte", raw: with(field(124, "0000\x00000077")), want: "octal"},
		{name: "size below what is there", raw: cat(block('0', "a.rego", denyBad+strings.Repeat("# deny\n", 100), field(124, "00000000001\x00"))), want: "it is no tar"},
		{name: "size beyond the end", raw: with(field(124, "00000077777\x00")), want: "cut off"},
		{name: "size of 200 MiB, of which nothing is there", raw: cat(good, block('0', "data.json", "{}", field(124, fmt.Sprintf("%011o\x00", 200<<20)))), want: "cut off"},
		{name: "size of 100 MiB of Rego", raw: with(field(124, fmt.Sprintf("%011o\x00", 100<<20))), want: "larger than 32 MiB", member: "a.rego"},
		{name: "size of 8 GiB", raw: cat(good, block('0', "data.json", "{}", field(124, "77777777777\x00"))), want: "larger than 256 MiB", member: "data.json"},
		{name: "skipped member beyond the end", raw: cat(good, block('0', "README.md", "", field(124, "00077777777\x00"))), want: "cut off"},
		{name: "directory with a size", raw: cat(good, block('5', "d/", "hidden")), want: "has a size"},

		{name: "name with text after a null byte", raw: named("a.rego\x00evil"), want: "goes on after a null byte"},
		{name: "prefix with text after a null byte", raw: with(field(345, "dir\x00x")), want: "goes on after a null byte"},
		{name: "prefix above", raw: with(field(345, "..")), want: "is not a name below"},
		{name: "prefix of a slash", raw: with(field(345, "/")), want: "is not a name below"},
		{name: "empty name", raw: named(""), want: "is not a name below"},
		{name: "name of a dot", raw: named("."), want: "is not a name below"},
		{name: "name of two dots", raw: named(".."), want: "is not a name below"},
		{name: "name of a slash", raw: named("/"), want: "the name of a directory"},
		{name: "slash at the end", raw: named("a.rego/"), want: "the name of a directory"},
		{name: "slash at the end, before POSIX", raw: cat(good, block(0, "d/", "")), want: "the name of a directory"},
		{name: "above", raw: named("../a.rego"), want: "is not a name below"},
		{name: "far above", raw: named("x/../../../../etc/a.rego"), want: "is not a name below"},
		{name: "above from the root", raw: named("/../a.rego"), want: "is not a name below"},
		{name: "above from here", raw: named("./../a.rego"), want: "is not a name below"},
		{name: "up and down", raw: named("x/../a.rego"), want: "is not a name below"},
		{name: "dot inside", raw: named("x/./a.rego"), want: "is not a name below"},
		{name: "two slashes", raw: named("x//a.rego"), want: "is not a name below"},
		{name: "two slashes in front", raw: named("//a.rego"), want: "is not a name below"},
		{name: "dot and two slashes", raw: named(".//a.rego"), want: "is not a name below"},
		{name: "two dots in front", raw: named("././a.rego"), want: "is not a name below"},
		{name: "directory above", raw: cat(good, block('5', "../d/", "")), want: "is not a name below"},
		{name: "skipped name above", raw: named("../README.md"), want: "is not a name below"},
		{name: "backslash", raw: named(`x\a.rego`), want: "backslash"},
		{name: "above with a backslash", raw: named(`..\a.rego`), want: "backslash"},
		{name: "drive", raw: named("C:/a.rego"), want: "drive"},
		{name: "drive without a slash", raw: named("c:a.rego"), want: "drive"},
		{name: "drive with a backslash", raw: named(`C:\a.rego`), want: "backslash"},
		{name: "network name of Windows", raw: named(`\\host\share\a.rego`), want: "backslash"},
		{name: "line feed", raw: named("a\n.rego"), want: "no listing shows"},
		{name: "carriage return", raw: named("a\r.rego"), want: "no listing shows"},
		{name: "escape", raw: named("a\x1b[2K.rego"), want: "no listing shows"},
		{name: "backspace", raw: named("ab\x08.rego"), want: "no listing shows"},
		{name: "text from right to left", raw: named("a\u202eoger.rego"), want: "no listing shows"},
		{name: "zero width", raw: named("a\u200b.rego"), want: "no listing shows"},
		{name: "no-break space", raw: named("a\u00a0.rego"), want: "no listing shows"},
		{name: "control character in a directory", raw: named("x\x01/a.rego"), want: "no listing shows"},
		{name: "not UTF-8", raw: named("a\xff.rego"), want: "not UTF-8"},
		{name: "Latin-1", raw: named("b\xe9.rego"), want: "not UTF-8"},
		{name: "overlong slash", raw: named("x\xc0\xafa.rego"), want: "not UTF-8"},
		{name: "overlong dot", raw: named("\xc0\xae\xc0\xae/a.rego"), want: "not UTF-8"},
		{name: "long base", raw: after(block('L', "././@LongLink", strings.Repeat("n", 300)+".rego\x00")), want: "longer than 255 bytes"},
		{name: "deep", raw: named(strings.Repeat("d/", 17) + "a.rego"), want: "nested more than 16 deep", member: strings.Repeat("d/", 17) + "a.rego"},
		{name: "deep directory", raw: cat(good, block('5', strings.Repeat("d/", 17), "")), want: "nested more than 16 deep"},
		{name: "very deep", raw: after(block('L', "././@LongLink", strings.Repeat("d/", 50_000)+"a.rego\x00")), want: "longer than 4096 bytes"},

		{name: "twice", raw: cat(good, good), want: "good.rego is there twice", member: "good.rego"},
		{name: "twice with another content", raw: cat(good, block('0', "good.rego", denyBad)), want: "is there twice", member: "good.rego"},
		{name: "twice with a dot in front", raw: cat(good, block('0', "./good.rego", denyBad)), want: "is there twice", member: "good.rego"},
		{name: "twice with a slash in front", raw: cat(good, block('0', "/good.rego", denyBad)), want: "is there twice", member: "good.rego"},
		{name: "twice with a prefix", raw: cat(block('0', "x/good.rego", denyGood), block('0', "good.rego", denyBad, field(345, "x"))), want: "is there twice", member: "x/good.rego"},
		{name: "twice by a PAX record", raw: cat(block('0', strings.Repeat("x", 95)+".rego", denyGood), pax("path="+strings.Repeat("x", 95)+".rego"), block('0', "y", denyBad)), want: "is there twice"},
		{name: "manifest twice", raw: cat(block('0', ".manifest", "{}"), good, block('0', "/.manifest", "{}")), want: "is there twice", member: ".manifest"},
		{name: "data twice", raw: cat(good, block('0', "data.json", "{}"), block('0', "data.json", `{"a": 1}`)), want: "is there twice", member: "data.json"},
		{name: "skipped file twice", raw: cat(good, block('0', "README.md", "a"), block('0', "README.md", "b")), want: "is there twice", member: "README.md"},
		{name: "directory twice", raw: cat(good, block('5', "d/", ""), block('5', "d", "")), want: "is there twice", member: "d"},
		{name: "file, then directory", raw: cat(good, block('0', "d", ""), block('5', "d/", "")), want: "the name says neither", member: "d"},
		{name: "skipped file, then directory", raw: cat(good, block('0', "readme", ""), block('5', "readme/", "")), want: "is there twice", member: "readme"},
		{name: "directory, then file", raw: cat(good, block('5', "a.rego/", ""), block('0', "a.rego", denyBad)), want: "is there twice", member: "a.rego"},
		{name: "file below a file", raw: cat(good, block('0', "good.rego/a.rego", denyBad)), want: "is a file and a directory", member: "good.rego"},
		{name: "file above a file", raw: cat(block('0', "a.rego/b.rego", denyBad), block('0', "a.rego", denyGood)), want: "is there twice", member: "a.rego"},
		{name: "directory below a file", raw: cat(good, block('5', "good.rego/d", "")), want: "is a file and a directory", member: "good.rego"},
		{name: "file far below a file", raw: cat(good, block('0', "good.rego/x/y/z.rego", denyBad)), want: "is a file and a directory", member: "good.rego"},

		{name: "PAX renames", raw: after(pax("path=b.rego")), want: `is called "a.rego" and "b.rego"`},
		{name: "PAX renames to the above", raw: after(pax("path=../b.rego")), want: "is called"},
		{name: "PAX renames to what is skipped", raw: after(pax("path=.hidden")), want: "is called"},
		{name: "PAX renames to a long name above", raw: after(pax("path=../" + strings.Repeat("n", 120))), want: "is not a name below"},
		{name: "PAX with a null byte", raw: after(pax("path=" + strings.Repeat("n", 120) + "\x00.rego")), want: "changes the path"},
		{name: "PAX without a name", raw: after(pax("path=")), want: "changes the path"},
		{name: "PAX with another size", raw: after(pax("size=1")), want: "two sizes"},
		{name: "PAX with a size of 0", raw: after(pax("size=0")), want: "two sizes"},
		{name: "PAX with a negative size", raw: after(pax("size=-1")), want: "two sizes"},
		{name: "PAX with a huge size", raw: after(pax("size=9223372036854775807")), want: "two sizes"},
		{name: "PAX with a size of text", raw: after(pax("size=abc")), want: "two sizes"},
		{name: "PAX without a size", raw: after(pax("size=")), want: "changes the size"},
		{name: "PAX with a link", raw: after(pax("linkpath=/etc/passwd")), want: "changes the linkpath"},
		{name: "PAX with an encoding", raw: after(pax("hdrcharset=BINARY")), want: "changes the hdrcharset"},
		{name: "PAX sparse 0.0", raw: after(pax("GNU.sparse.size=100", "GNU.sparse.numblocks=1")), want: "changes the GNU.sparse"},
		{name: "PAX sparse 0.1", raw: after(pax("GNU.sparse.map=0,10")), want: "changes the GNU.sparse"},
		{name: "PAX sparse 1.0", raw: after(pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=b.rego", "GNU.sparse.realsize=9")), want: "changes the GNU.sparse"},
		{name: "PAX with a record twice", raw: after(pax("comment=a", "comment=b")), want: `"comment" twice`},
		{name: "PAX with two names", raw: after(pax("path=a.rego", "path=b.rego")), want: `"path" twice`},
		{name: "PAX of text", raw: after(block('x', "x", "path=b.rego\n")), want: "no list of PAX records"},
		{name: "PAX with a wrong length", raw: after(block('x', "x", "99 path=b.rego\n")), want: "no list of PAX records"},
		{name: "PAX with a length of 0", raw: after(block('x', "x", "0 path=b.rego\n")), want: "no list of PAX records"},
		{name: "PAX with a negative length", raw: after(block('x', "x", "-5 path=b.rego\n")), want: "no list of PAX records"},
		{name: "PAX without a key", raw: after(pax("=b.rego")), want: "no list of PAX records"},
		{name: "PAX without an equals sign", raw: after(pax("path")), want: "no list of PAX records"},
		{name: "PAX cut off", raw: after(block('x', "x", paxRecords("path=b.rego")[:10])), want: "no list of PAX records"},
		{name: "PAX of 2 MiB", raw: after(block('x', "x", paxRecords("comment="+strings.Repeat("c", 2<<20)))), want: "larger than 1 MiB"},
		{name: "PAX of a size beyond the end", raw: cat(good, block('x', "x", "", field(124, "00000777777\x00"))), want: "cut off"},
		{name: "PAX before nothing", raw: cat(good, pax("comment=c")), want: "before no member"},
		{name: "PAX before a PAX", raw: after(append(pax("comment=c"), pax("path=b.rego")...)), want: "two extended headers"},
		{name: "PAX before a global one", raw: after(append(pax("path=b.rego"), block('g', "g", paxRecords("comment=c"))...)), want: "two extended headers"},
		{name: "global name", raw: after(block('g', "g", paxRecords("path=b.rego"))), want: "changes the path"},
		{name: "global size", raw: after(block('g', "g", paxRecords("size=1"))), want: "changes the size"},
		{name: "global sparse", raw: after(block('g', "g", paxRecords("GNU.sparse.map=0,10"))), want: "changes the GNU.sparse"},
		{name: "global text", raw: after(block('g', "g", "nonsense")), want: "no list of PAX records"},
		{name: "GNU name that renames", raw: after(block('L', "././@LongLink", "b.rego\x00")), want: `is called "a.rego" and "b.rego"`},
		{name: "GNU name that is empty", raw: after(block('L', "././@LongLink", "\x00")), want: "empty name"},
		{name: "GNU name with a null byte", raw: after(block('L', "././@LongLink", strings.Repeat("n", 120)+"\x00x\x00")), want: "null byte"},
		{name: "GNU name twice", raw: after(append(block('L', "././@LongLink", strings.Repeat("n", 120)), block('L', "././@LongLink", strings.Repeat("m", 120))...)), want: "two extended headers"},
		{name: "GNU name and PAX", raw: after(append(block('L', "././@LongLink", strings.Repeat("n", 120)), pax("path=b.rego")...)), want: "two extended headers"},
		{name: "GNU name before nothing", raw: cat(good, block('L', "././@LongLink", strings.Repeat("n", 120))), want: "before no member"},
	}
	return cases
}

// gzipCases are archives that are not packed as they should be.
func gzipCases(t *testing.T) []archiveCase {
	t.Helper()
	packed := gzipOf(t, cat(block('0', "a.rego", denyBad), block('0', "good.rego", denyGood)))
	trailer := len(packed) - 8
	same := func(at int, with string) string { return string(overwrite([]byte(packed), at, with)) }
	nested := packed
	for range 3 {
		nested = gzipOf(t, []byte(nested))
	}
	return []archiveCase{
		{name: "empty", packed: "", want: "cut off"},
		{name: "not packed", packed: string(cat(block('0', "a.rego", denyBad))), want: "not a gzip file"},
		{name: "one byte", packed: "\x1f", want: "cut off"},
		{name: "magic alone", packed: "\x1f\x8b", want: "cut off"},
		{name: "header alone", packed: packed[:10], want: "cut off"},
		{name: "text instead", packed: "package mcp.policy.a\n", want: "not a gzip file"},
		{name: "zip instead", packed: "PK\x03\x04" + strings.Repeat("\x00", 60), want: "not a gzip file"},
		{name: "zstd instead", packed: "\x28\xb5\x2f\xfd" + strings.Repeat("\x00", 60), want: "not a gzip file"},
		{name: "bzip2 instead", packed: "BZh91AY&SY" + strings.Repeat("\x00", 60), want: "not a gzip file"},
		{name: "xz instead", packed: "\xfd7zXZ\x00" + strings.Repeat("\x00", 60), want: "not a gzip file"},
		{name: "noise instead", packed: string(noise(2048)), want: "not a gzip file"},
		{name: "zeros instead", packed: strings.Repeat("\x00", 2048), want: "not a gzip file"},
		{name: "other method", packed: same(2, "\x07"), want: "not a gzip file"},
		{name: "wrong checksum", packed: same(trailer, "\x00\x00\x00\x00"), want: "checksum of its gzip"},
		{name: "wrong length", packed: same(trailer+4, "\x00\x00\x00\x00"), want: "checksum of its gzip"},
		{name: "no trailer", packed: packed[:trailer], want: "cut off"},
		{name: "half a trailer", packed: packed[:trailer+4], want: "cut off"},
		{name: "wrong block type", packed: same(10, "\x07"), want: "does not unpack"},
		{name: "noise inside", packed: packed[:10] + string(noise(512)), want: "archive"},
		{name: "extra field beyond the end", packed: packed[:3] + "\x04" + packed[4:10] + "\xff\xff", want: "cut off"},
		{name: "name without an end", packed: packed[:3] + "\x08" + packed[4:10] + strings.Repeat("n", 5000), want: "not a gzip file"},
		{name: "checksum of its header", packed: packed[:3] + "\x02" + packed[4:10] + "\x00\x00" + packed[10:], want: "not a gzip file"},
		{name: "a byte behind", packed: packed + "x", want: "data after its end"},
		{name: "a line feed behind", packed: packed + "\n", want: "data after its end"},
		{name: "zeros behind", packed: packed + strings.Repeat("\x00", 512), want: "data after its end"},
		{name: "many zeros behind", packed: packed + strings.Repeat("\x00", 1<<20), want: "data after its end"},
		{name: "another gzip behind", packed: packed + packed, want: "data after its end"},
		{name: "empty gzip behind", packed: packed + gzipOf(t, nil), want: "data after its end"},
		{name: "two halves", packed: gzipOf(t, cat(block('0', "a.rego", denyBad))[:700]) + gzipOf(t, cat(block('0', "a.rego", denyBad))[700:]), want: "cut off"},
		{name: "signature behind", packed: packed + "-----BEGIN PGP SIGNATURE-----\n", want: "data after its end"},
		{name: "packed twice", packed: gzipOf(t, []byte(packed)), want: "cut off"},
		{name: "packed five times", packed: gzipOf(t, []byte(nested)), want: "cut off"},
		{name: "bomb", packed: gzipOf(t, cat(block('0', "data.json", strings.Repeat(" ", 40<<20)))), want: "200 times its size"},
		{name: "bomb of two members", packed: gzipOf(t, cat(block('0', "data.json", "{}"+strings.Repeat(" ", 1<<19)), block('0', "x/data.json", strings.Repeat(" ", 30<<20)))), want: "200 times its size"},
		{name: "bomb of a skipped member", packed: gzipOf(t, cat(block('0', "testdata/zeros", strings.Repeat("\x00", 40<<20)))), want: "200 times its size"},
		{name: "bomb behind the end mark", packed: gzipOf(t, append(cat(block('0', "a.rego", denyBad)), make([]byte, 40<<20)...)), want: "200 times its size"},
		{name: "bomb of extended headers", packed: gzipOf(t, bytes.Repeat(block('g', "g", paxRecords("comment="+strings.Repeat("c", 1<<19))), 60)), want: "200 times its size"},
		{name: "bomb of directories", packed: gzipOf(t, directories(10_001)), want: "more than 10000 files and directories"},
		{name: "bomb of files", packed: gzipOf(t, emptyFiles(10_001)), want: "more than 10000 files and directories"},
	}
}

func directories(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, block('5', fmt.Sprintf("%d/", i), "")...)
	}
	return cat(b)
}

func emptyFiles(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, block('0', fmt.Sprintf("testdata/%d", i), "")...)
	}
	return cat(b)
}

// noise is n bytes that are the same in every run.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b[:n]
}

func overwrite(b []byte, at int, with string) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

func flip(b []byte, at int) []byte { return overwrite(b, at, string([]byte{b[at] ^ 1})) }

func zero(b []byte, from, to int) []byte {
	return overwrite(b, from, strings.Repeat("\x00", to-from))
}

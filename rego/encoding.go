package rego

import (
	"bytes"
	"path"
	"unicode/utf8"
)

// checkEncoding refuses text that readers disagree on. A byte order mark of
// UTF-8 and lines that end in CR LF are read as everyone does.
func checkEncoding(name string, content []byte) error {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		return fault("encoding", name, "save it as UTF-8", "the file is UTF-16")
	case bytes.IndexByte(content, 0) >= 0:
		return encodingFault(name, content, bytes.IndexByte(content, 0), "the file holds a null byte", "take it out, or save the file as UTF-8")
	case !utf8.Valid(content):
		at := 0
		for r, n := utf8.DecodeRune(content); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(content[at:]) {
			at += n
		}
		return encodingFault(name, content, at, "the file is not UTF-8", "save it as UTF-8")
	}
	// A comment ends at a line feed: behind a lone carriage return, a rule would
	// be a part of the comment.
	for i, c := range content {
		if c == '\r' && (i+1 == len(content) || content[i+1] != '\n') {
			return encodingFault(name, content, i, "a carriage return stands without a line feed", "end lines in LF or CR LF")
		}
	}
	return nil
}

// checkDataEncoding is checkEncoding for data, where a line may end in anything.
func checkDataEncoding(f file) error {
	if bytes.HasPrefix(f.content, []byte("\xef\xbb\xbf")) && path.Ext(f.rel) == ".json" {
		return encodingFault(f.name, nil, 0, "the file begins with a byte order mark", "save it as UTF-8 without one")
	}
	content := f.content
	if bytes.IndexByte(content, '\r') >= 0 {
		content = bytes.ReplaceAll(content, []byte("\r"), []byte("\n"))
	}
	err := checkEncoding(f.name, content)
	if found, ok := err.(*Finding); ok {
		found.Text = "" // it may hold a secret
	}
	return err
}

func encodingFault(name string, content []byte, offset int, msg, fix string) *Finding {
	f := fault("encoding", name, fix, "%s", msg)
	row := 1 + bytes.Count(content[:offset], []byte("\n"))
	f.place(content, row, 1+offset-(bytes.LastIndexByte(content[:offset], '\n')+1))
	return f
}

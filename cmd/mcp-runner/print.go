package main

import (
	"io"

	"github.com/mcp-runner/mcp-runner/internal/show"
)

// printer lays out what this command alone prints, beside decisions.
type printer struct{ *show.Printer }

// newPrinter uses colour on a terminal unless NO_COLOR is set.
func newPrinter(w io.Writer) *printer { return &printer{show.New(w)} }

// plainPrinter uses no colour.
func plainPrinter(w io.Writer) *printer { return &printer{show.Plain(w)} }

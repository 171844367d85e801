//go:build !unix

package rego

const openFlags = 0

package rego

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/mcp-runner/mcp-runner/rego/lib"
)

// libPrefix begins the names of the modules that ship with the program.
const libPrefix = "mcp-runner/"

// libFiles are the modules that ship with the program, without tests.
var libFiles = sync.OnceValue(func() []file {
	var files []file
	err := fs.WalkDir(lib.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		content, err := fs.ReadFile(lib.FS, name)
		files = append(files, file{name: libPrefix + name, rel: name, kind: kindModule, content: content})
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("rego/lib: %v", err)) // it is embedded in the program
	}
	return files
})

// libModules are the parsed libFiles.
var libModules = sync.OnceValues(func() ([]*module, error) {
	var modules []*module
	for _, f := range libFiles() {
		m, err := parseModule(f.name, f.content)
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	return modules, nil
})

// libPackages returns the modules of the packages below a path such as mcp.lib.
func libPackages(path ...string) ([]*module, error) {
	all, err := libModules()
	if err != nil {
		return nil, err
	}
	var modules []*module
	for _, m := range all {
		if hasPrefix(m.path, path) {
			modules = append(modules, m)
		}
	}
	return modules, nil
}

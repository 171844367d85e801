package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// waiversFile is the data file of a bundle that has its waivers, or gets them.
type waiversFile struct {
	path string
	mode fs.FileMode
	doc  *yaml.Node
}

// openWaivers finds the file in dir that has the settings. A file that is not
// there yet is made by write.
func openWaivers(dir string) (*waiversFile, error) {
	if err := checkOwned(filepath.Join(dir, ".manifest")); err != nil {
		return nil, err
	}
	if err := checkDataJSON(filepath.Join(dir, "data.json")); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "data.yaml")
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if other := filepath.Join(dir, "data.yml"); exists(other) {
			name = other
		}
	}
	f := &waiversFile{path: name, mode: 0o644, doc: &yaml.Node{Kind: yaml.DocumentNode}}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f.mode = info.Mode().Perm()
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(f.doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: a second YAML document: keep one", name)
	}
	return f, nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// checkOwned refuses a bundle whose manifest leaves the waivers to another.
func checkOwned(manifest string) error {
	data, err := os.ReadFile(manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var m struct {
		Roots *[]string `json:"roots"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("%s: %w", manifest, err)
	}
	const path = "mcp/settings/waivers"
	owned := m.Roots == nil || slices.ContainsFunc(*m.Roots, func(root string) bool {
		root = strings.Trim(root, "/")
		return root == "" || root == path || strings.HasPrefix(path, root+"/")
	})
	if !owned {
		return fmt.Errorf("%s: the bundle does not own %s: waive in the bundle that does, or add the root mcp/settings", manifest, path)
	}
	return nil
}

// checkDataJSON refuses waivers in two files, which would not load.
func checkDataJSON(name string) error {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var d struct {
		MCP struct {
			Settings struct {
				Waivers json.RawMessage `json:"waivers"`
			} `json:"settings"`
		} `json:"mcp"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if d.MCP.Settings.Waivers != nil {
		return fmt.Errorf("%s has waivers, and two files cannot: move mcp.settings.waivers to data.yaml", name)
	}
	return nil
}

// add puts w behind the waivers that are there. It refuses one that is there
// already.
func (f *waiversFile) add(w waiver, now time.Time) error {
	list, err := f.list()
	if err != nil {
		return fmt.Errorf("%s:%w", f.path, err)
	}
	for _, n := range list.Content {
		var have waiver
		var raw struct {
			Match any `yaml:"match"`
		}
		if n.Decode(&have) != nil || n.Decode(&raw) != nil {
			continue // what the gate does not load covers nothing
		}
		same, err := sameMatch(raw.Match, w.Match)
		if err != nil {
			return err
		}
		end, err := time.Parse(time.RFC3339, have.Expires)
		if same && err == nil && end.After(now) && have.Policy == w.Policy && (have.Msg == "" || have.Msg == w.Msg) {
			return fmt.Errorf("%s:%d: this waiver is there already, until %s: change its expires instead", f.path, n.Line, have.Expires)
		}
	}
	node := new(yaml.Node)
	if err := node.Encode(w); err != nil {
		return err
	}
	list.Style &^= yaml.FlowStyle // "waivers: []" cannot hold one in lines
	list.Content = append(list.Content, node)
	return nil
}

// sameMatch compares the match of a waiver in a file with one that was made.
func sameMatch(have any, made match) (bool, error) {
	data, err := yaml.Marshal(made)
	if err != nil {
		return false, err
	}
	var want any
	if err := yaml.Unmarshal(data, &want); err != nil {
		return false, err
	}
	return reflect.DeepEqual(have, want), nil
}

// list is the node of mcp.settings.waivers, which is made where it is missing.
// Errors begin with the line.
func (f *waiversFile) list() (*yaml.Node, error) {
	if len(f.doc.Content) == 0 || f.doc.Content[0].ShortTag() == "!!null" {
		f.doc.Content = []*yaml.Node{{Kind: yaml.MappingNode}}
	}
	at, path := f.doc.Content[0], "data"
	for _, key := range []string{"mcp", "settings", "waivers"} {
		if at.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("%d: %s is no object", at.Line, path)
		}
		path += "." + key
		next := valueOf(at, key)
		if next == nil {
			next = &yaml.Node{Kind: yaml.MappingNode}
			at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, next)
			at.Style &^= yaml.FlowStyle
		}
		if next.Kind == yaml.ScalarNode && next.ShortTag() == "!!null" || next.Kind == yaml.MappingNode && len(next.Content) == 0 {
			next.Kind, next.Tag, next.Value = yaml.MappingNode, "", ""
			if key == "waivers" {
				next.Kind = yaml.SequenceNode
			}
		}
		at = next
	}
	if at.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%d: %s is no list", at.Line, path)
	}
	return at, nil
}

func valueOf(object *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(object.Content); i += 2 {
		if object.Content[i].Value == key {
			return object.Content[i+1]
		}
	}
	return nil
}

// write puts the file in place at once: a gate that follows the directory reads
// the old one or the new one.
func (f *waiversFile) write() (err error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(f.doc), enc.Close()); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	path := f.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the link stays
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".data-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(b.Bytes())
	if err = errors.Join(err, tmp.Chmod(f.mode), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

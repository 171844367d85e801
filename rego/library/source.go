package library

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
)

// source is the profile as a file system that [rego.Load] takes as one bundle.
func (p Profile) source(library fs.FS) (fs.FS, error) {
	manifest, err := p.manifest(library)
	if err != nil {
		return nil, err
	}
	enforcement, params := map[string]string{}, map[string]map[string]any{}
	var modules []File
	for _, policy := range p.Policies {
		enforcement[policy.Name] = policy.Level
		if policy.Schema != nil {
			params[policy.Name] = policy.Params
		}
		modules = append(modules, File{Name: path.Join(policyDir, policy.Files[0].Name), Content: policy.Files[0].Content})
	}
	settings, err := json.MarshalIndent(map[string]any{"mcp": map[string]any{"settings": map[string]any{
		"enforcement": enforcement, "params": params,
	}}}, "", "  ")
	if err != nil {
		return nil, err
	}
	return fileSystem(append(modules, File{Name: ".manifest", Content: manifest}, File{Name: "data.json", Content: settings}))
}

// manifest is the library's, which says what it is the manifest of.
func (p Profile) manifest(library fs.FS) ([]byte, error) {
	text, err := fs.ReadFile(library, ".manifest")
	if err != nil {
		return nil, err
	}
	var manifest map[string]any
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, err
	}
	manifest["metadata"] = map[string]any{"mcp-runner": map[string]any{"library": Version, "profile": p.Name}}
	return json.MarshalIndent(manifest, "", "  ")
}

// fileSystem holds files in memory: an archive that nothing is packed in is one.
func fileSystem(all []File) (fs.FS, error) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, f := range all {
		header := &zip.FileHeader{Name: f.Name, Method: zip.Store}
		header.SetMode(0o444)
		out, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := out.Write(f.Content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
}

package gate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// subject is what a decision is about: the operation and the name of the server
// or of the registry, as in create_server/fetch; "" where there is no name.
func subject(in *Input) string {
	if in == nil {
		return ""
	}
	return subjectOf(in.Operation, in.Server.Name, in.Registry.Name)
}

func subjectOf(operation, server, registry string) string {
	name := cmp.Or(server, registry)
	if name == "" {
		return ""
	}
	return operation + "/" + name
}

// shownSubject is the subject that the input of a record shows, which a mask may
// have changed.
func shownSubject(input any) string {
	object, _ := input.(map[string]any)
	server, _ := object["server"].(map[string]any)
	registry, _ := object["registry"].(map[string]any)
	text := func(v any) string { s, _ := v.(string); return s }
	return subjectOf(text(object["operation"]), text(server["name"]), text(registry["name"]))
}

// inputHash identifies what was judged, but for the time: the SHA-256 of the
// input as JSON without context.time, its members sorted by name and no white
// space between them.
func inputHash(in Input) (string, error) {
	data, err := inputJSON(in)
	if err != nil {
		return "", fmt.Errorf("hash of the input: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return "", fmt.Errorf("hash of the input: %w", err)
	}
	if context, ok := object["context"].(map[string]any); ok {
		delete(context, "time")
	}
	if data, err = encode(object); err != nil {
		return "", fmt.Errorf("hash of the input: %w", err)
	}
	sum := sha256.Sum256(bytes.TrimSuffix(data, []byte{'\n'}))
	return hex.EncodeToString(sum[:]), nil
}

const (
	// maxChanges bounds the paths of a [RecordChange], and maxChangePath each of
	// them: below a longer one the place above it is named.
	maxChanges    = 20
	maxChangePath = 512
)

// differences are JSON Pointers to where two inputs differ, but for the time.
// An input that a mask took away differs nowhere.
func differences(a, b any) []string {
	paths := []string{}
	if a != nil && b != nil {
		compare(a, b, "", &paths)
	}
	return paths
}

func compare(a, b any, path string, paths *[]string) {
	if len(*paths) == maxChanges || path == "/context/time" || reflect.DeepEqual(a, b) {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			keys := maps.Clone(x)
			maps.Copy(keys, y)
			for _, key := range slices.Sorted(maps.Keys(keys)) {
				compare(memberOf(x, key), memberOf(y, key), path+"/"+pointer.Replace(key), paths)
			}
			return
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) { // else no index says which of them is new
			for i := range x {
				compare(x[i], y[i], path+"/"+strconv.Itoa(i), paths)
			}
			return
		}
	}
	for len(path) > maxChangePath {
		path = path[:strings.LastIndexByte(path, '/')]
	}
	if !slices.Contains(*paths, path) {
		*paths = append(*paths, path)
	}
}

// memberOf tells a member that is not there from one that is null.
func memberOf(object map[string]any, key string) any {
	if value, ok := object[key]; ok {
		return value
	}
	return struct{}{}
}

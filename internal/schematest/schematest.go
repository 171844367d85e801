// Package schematest makes JSON Schemas of Go types for the tests that hold the
// schemas in the repository equal to the types.
package schematest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"
)

// Of is the schema of T: its fields, with the comments and enum tags of the types
// in doc.
func Of[T any](t *testing.T, doc Comments) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.For[T](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[map[string]any](): {Type: "object"}},
	})
	require.NoError(t, err)
	doc.describe(t, s, reflect.TypeFor[T]())
	return s
}

// Comments are those of types, and of fields as Type.Field.
type Comments map[string]string

// describe puts what the comments and tags of a Go type say into its schema. It
// takes null out of the types: the gate never sends it, and OPA types nothing
// below a union.
func (c Comments) describe(t *testing.T, s *jsonschema.Schema, goType reflect.Type) {
	t.Helper()
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	for goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	switch goType.Kind() {
	case reflect.Slice:
		c.describe(t, s.Items, goType.Elem())
	case reflect.Struct:
		s.Description = c[goType.String()]
		require.NotEmpty(t, s.Description, "%s has no comment", goType)
		for i := range goType.NumField() {
			field := goType.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !field.IsExported() || name == "-" {
				continue
			}
			property := s.Properties[name]
			require.NotNil(t, property, "%s.%s", goType, field.Name)
			c.describe(t, property, field.Type)
			if text := c[goType.String()+"."+field.Name]; text != "" {
				property.Description = text
			}
			if tag, ok := field.Tag.Lookup("enum"); ok {
				property.Enum = enum(t, tag, field.Type.Kind())
			}
		}
	}
}

func enum(t *testing.T, tag string, kind reflect.Kind) []any {
	t.Helper()
	var values []any
	for text := range strings.SplitSeq(tag, ",") {
		if kind == reflect.String {
			values = append(values, text)
			continue
		}
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		values = append(values, n)
	}
	return values
}

// CommentsOf reads the comments of the types of the packages in dirs.
func CommentsOf(t *testing.T, dirs ...string) Comments {
	t.Helper()
	found := Comments{}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+entry.Name(), nil, parser.ParseComments)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				decl, ok := n.(*ast.GenDecl)
				if !ok || decl.Tok != token.TYPE {
					return true
				}
				for _, spec := range decl.Specs {
					found.add(file.Name.Name+".", decl.Doc, spec.(*ast.TypeSpec))
				}
				return false
			})
		}
	}
	return found
}

func (c Comments) add(pkg string, doc *ast.CommentGroup, spec *ast.TypeSpec) {
	text := func(g *ast.CommentGroup) string {
		// The first paragraph, on one line, without the brackets of links.
		first, _, _ := strings.Cut(g.Text(), "\n\n")
		return strings.NewReplacer("\n", " ", "*[", "", "[", "", "]", "").Replace(strings.TrimSpace(first))
	}
	c[pkg+spec.Name.Name] = text(doc)
	if structType, ok := spec.Type.(*ast.StructType); ok {
		for _, field := range structType.Fields.List {
			for _, name := range field.Names {
				c[pkg+spec.Name.Name+"."+name.Name] = text(field.Doc)
			}
		}
	}
}

package gate_test

import (
	"encoding/json"
	"flag"
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

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

var update = flag.Bool("update", false, "write the golden files")

// The schemas are made from the Go types: their fields, comments and enum tags.
func TestSchemasAreThoseOfTheTypes(t *testing.T) {
	doc := typeComments(t, ".", "../rego")
	for file, tc := range map[string]struct {
		schema *jsonschema.Schema
		have   []byte
	}{
		"input.json":    {inputSchema(t, doc), gate.InputSchema()},
		"decision.json": {decisionSchema(t, doc), gate.DecisionSchema()},
	} {
		tc.schema.Schema = "https://json-schema.org/draft/2020-12/schema"
		want, err := json.MarshalIndent(tc.schema, "", "  ")
		require.NoError(t, err)
		want = append(want, '\n')
		if *update {
			require.NoError(t, os.WriteFile("schema/"+file, want, 0o644))
			continue
		}
		require.Equal(t, string(want), string(tc.have), "run: go test ./gate -run Schemas -update")
	}
}

func inputSchema(t *testing.T, doc comments) *jsonschema.Schema {
	t.Helper()
	s := schemaOf[gate.Input](t, doc)
	s.Title = "The input of a policy"
	return s
}

func decisionSchema(t *testing.T, doc comments) *jsonschema.Schema {
	t.Helper()
	s := schemaOf[gate.Decision](t, doc)
	s.Title = "The decision of the gate"
	violation := s.Properties["violations"].Items
	violation.Properties["level"].Enum = []any{rego.LevelDeny, rego.LevelWarn, rego.LevelAudit}
	violation.Properties["severity"].Enum = []any{"low", "medium", "high", "critical"}
	waiver := violation.Properties["waiver"]
	waiver.Type, waiver.Types = "", []string{"null", "object"}
	return s
}

func schemaOf[T any](t *testing.T, doc comments) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.For[T](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[map[string]any](): {Type: "object"}},
	})
	require.NoError(t, err)
	doc.describe(t, s, reflect.TypeFor[T]())
	return s
}

// comments are those of types, and of fields as Type.Field.
type comments map[string]string

// describe puts what the comments and tags of a Go type say into its schema. It
// takes null out of the types: the gate never sends it, and OPA types nothing
// below a union.
func (c comments) describe(t *testing.T, s *jsonschema.Schema, goType reflect.Type) {
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

// typeComments reads the comments of the types of packages.
func typeComments(t *testing.T, dirs ...string) comments {
	t.Helper()
	found := comments{}
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

func (c comments) add(pkg string, doc *ast.CommentGroup, spec *ast.TypeSpec) {
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

package house_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// functionName is F, (T).F or (*T).F; "" where decl is none.
func functionName(decl ast.Decl) string {
	f, ok := decl.(*ast.FuncDecl)
	if !ok {
		return ""
	}
	if f.Recv == nil {
		return f.Name.Name
	}
	return "(" + types.ExprString(f.Recv.List[0].Type) + ")." + f.Name.Name
}

// visit looks at one package.
type visit struct {
	*callSites
	fset     *token.FileSet
	info     *types.Info
	pkg      *types.Package
	function string
	found    []string
}

// see notes what stands at n, unless it may.
func (v *visit) see(n ast.Node, what string, allowed []string) {
	if v.pkg.Path() == runnerPath && slices.Contains(allowed, v.function) {
		v.allowed[v.function+" "+what] = true
		return
	}
	if slices.Contains(refusals, v.pkg.Path()+"."+v.function) {
		return
	}
	at := v.fset.Position(n.Pos())
	v.found = append(v.found, fmt.Sprintf("%s:%d: %s %s, past the gate", at.Filename, at.Line, cmp.Or(v.function, "a variable"), what))
}

func (v *visit) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Ident:
		if f, ok := v.info.Uses[n].(*types.Func); ok {
			v.method(n, f)
		}
		if object, ok := v.info.Defs[n].(*types.Var); ok && isApproved(object.Type()) {
			v.see(n, "makes an Approved", nil)
		}
	case *ast.CompositeLit:
		if isApproved(v.info.TypeOf(n)) {
			v.see(n, "makes an Approved", makeApproved)
		}
	case *ast.CallExpr:
		v.call(n)
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			v.field(left)
		}
	case *ast.IncDecStmt:
		v.field(n.X)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			v.field(n.X)
		}
	}
	return true
}

// method notes the use of Setup or ask, called or not.
func (v *visit) method(n ast.Node, f *types.Func) {
	signature := f.Signature()
	if signature.Recv() == nil {
		return
	}
	switch f.Name() {
	case "Setup":
		for parameter := range signature.Params().Variables() {
			_, anything := types.Unalias(parameter.Type()).(*types.TypeParam)
			pointer, ok := types.Unalias(parameter.Type()).(*types.Pointer)
			if anything || ok && isApproved(pointer.Elem()) {
				v.see(n, "calls Setup", callSetup)
				return
			}
		}
	case "ask":
		if f.FullName() == "(*"+runnerPath+".Runner).ask" {
			v.see(n, "calls ask", callAsk)
		}
	}
}

// call notes new(Approved) and conversions to it.
func (v *visit) call(n *ast.CallExpr) {
	if len(n.Args) != 1 {
		return
	}
	function, argument := v.info.Types[n.Fun], v.info.Types[n.Args[0]]
	made := function.Type
	switch {
	case function.IsBuiltin() && argument.IsType():
		made = argument.Type
	case !function.IsType() || argument.IsNil():
		return
	}
	if pointer, ok := types.Unalias(made).(*types.Pointer); ok {
		made = pointer.Elem()
	}
	if isApproved(made) {
		v.see(n, "makes an Approved", makeApproved)
	}
}

// field notes where a field of an Approved is written or can be.
func (v *visit) field(n ast.Expr) {
	selector, ok := ast.Unparen(n).(*ast.SelectorExpr)
	if !ok {
		return
	}
	selection := v.info.Selections[selector]
	if selection == nil || selection.Kind() != types.FieldVal {
		return
	}
	receiver := types.Unalias(selection.Recv())
	if pointer, ok := receiver.(*types.Pointer); ok {
		receiver = pointer.Elem()
	}
	if isApproved(receiver) {
		v.see(n, "changes an Approved", nil)
	}
}

func isApproved(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Approved" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == runnerPath
}

// unbuilt are the places in a file that is not built here, such as one for
// another operating system. Without types any Setup counts but its declaration.
func unbuilt(t *testing.T, p *listed, name string) []string {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if n.Sel.Name == "Setup" || n.Sel.Name == "ask" {
				found = append(found, fmt.Sprintf("%s: names %s, and is not built here, where a test could see of what", fset.Position(n.Pos()), n.Sel.Name))
			}
		case *ast.CompositeLit:
			if n.Type != nil && strings.HasSuffix(types.ExprString(n.Type), "Approved") {
				found = append(found, fmt.Sprintf("%s: makes an Approved, past the gate", fset.Position(n.Pos())))
			}
		}
		return true
	})
	return found
}

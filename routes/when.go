package routes

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/core/document"
)

// The bounds of a filter: the characters of its text, and the steps of one evaluation where it has loops. Without loops
// the work is at most the text's length times the message's.
const (
	longestWhen = 4096
	mostSteps   = 100_000
)

// The variables of a filter.
const (
	variableSource     = "source"
	variableAttributes = "attributes"
	variableData       = "data"
)

// Filter is a compiled `when`. It may be used by several goroutines.
type Filter struct {
	// Position of the expression in the file.
	Position core.Position
	text     string
	program  cel.Program
	// uses are the variables that it names, and where first.
	uses map[string]core.Position
}

// String is the expression as the file has it.
func (f *Filter) String() string { return f.text }

// UsesData reports whether the filter looks at the message's value.
func (f *Filter) UsesData() bool { return f.names(variableData) }

// UsesAttributes reports whether the filter looks at the message's attributes.
func (f *Filter) UsesAttributes() bool { return f.names(variableAttributes) }

func (f *Filter) names(variable string) bool {
	_, used := f.uses[variable]
	return used
}

// environment is what an expression may use: CEL's standard library and the three variables. Making it takes longer than
// compiling an expression.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable(variableSource, cel.StringType),
		cel.Variable(variableAttributes, cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable(variableData, cel.DynType),
		cel.CustomTypeAdapter(adapter{}),
		cel.ParserExpressionSizeLimit(longestWhen),
	)
})

// compile reads a `when`, nil where something is wrong with it.
func compile(ps *core.Problems, v document.Value) *Filter {
	if v.IsNull() || !v.IsScalar() {
		ps.Errorf(v.Position(), "an expression is wanted, such as 'data.total > 100'", "when: %s is not allowed", v.Show())
		return nil
	}
	env, err := environment()
	if err != nil {
		ps.Errorf(v.Position(), err.Error(), "when: expressions can't be compiled")
		return nil
	}
	checked, issues := env.Compile(v.Text())
	for _, e := range first(issues.Errors()) {
		ps.Errorf(v.At(e.Location.Line(), e.Location.Column()+1), whenHint, "when: %s", plainIssue(e.Message))
	}
	if issues.Err() != nil {
		return nil
	}
	return build(ps, v, env, checked)
}

const whenHint = "the language is CEL, over source, attributes and data"

// first keeps the list of what one slip led to short.
func first(list []*cel.Error) []*cel.Error { return list[:min(len(list), 3)] }

// plainIssue leaves out what says nothing here.
func plainIssue(text string) string {
	text = strings.ReplaceAll(text, " (in container '')", "")
	text = strings.TrimPrefix(text, "Syntax error: ")
	if head, _, long := strings.Cut(text, " expecting {"); long {
		text = head
	}
	return strings.ReplaceAll(text, "\n", " ")
}

func build(ps *core.Problems, v document.Value, env *cel.Env, checked *cel.Ast) *Filter {
	w := walk{problems: ps, value: v, info: checked.NativeRep().SourceInfo(), uses: map[string]core.Position{}}
	before := len(*ps)
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(w.visit))
	if result := checked.OutputType(); !result.IsExactType(cel.BoolType) && !result.IsExactType(cel.DynType) {
		ps.Errorf(v.Position(), "it must be true or false, such as 'data.total > 100'", "when: the result is a %s", result)
	}
	if len(*ps) > before {
		return nil
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if w.loops {
		options = append(options, cel.CostLimit(mostSteps), cel.CostTracking(costs{}))
	}
	program, err := env.Program(checked, options...)
	if err != nil {
		ps.Errorf(v.Position(), whenHint, "when: %s", plainIssue(err.Error()))
		return nil
	}
	return &Filter{Position: v.Position(), text: v.Original(), program: program, uses: w.uses}
}

// walk looks through an expression for what its type does not tell.
type walk struct {
	problems *core.Problems
	value    document.Value
	info     *ast.SourceInfo
	uses     map[string]core.Position
	loops    bool
}

func (w *walk) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		if _, known := w.uses[e.AsIdent()]; !known {
			w.uses[e.AsIdent()] = w.at(e)
		}
	case ast.ComprehensionKind:
		w.loops = true
	case ast.CallKind:
		w.call(e, e.AsCall())
	}
}

// call refuses patterns that messages bring along: compiling them costs more than their length shows.
func (w *walk) call(e ast.Expr, call ast.CallExpr) {
	if call.FunctionName() != "matches" || len(call.Args()) == 0 {
		return
	}
	if call.Args()[len(call.Args())-1].Kind() != ast.LiteralKind {
		w.problems.Errorf(w.at(e), "write it in quotes", "when: the pattern of matches is no constant")
	}
}

func (w *walk) at(e ast.Expr) core.Position {
	l := w.info.GetStartLocation(e.ID())
	return w.value.At(l.Line(), l.Column()+1)
}

// errNoBool is the failure of an expression over data whose result turns out to be something else.
var errNoBool = errors.New("the result is neither true nor false")

// Pass reports whether the filter lets message i of the subject through. An error means that it has no answer. Its text
// holds no part of the message.
func (f *Filter) Pass(s *Subject, i int) (bool, error) {
	s.see(i)
	result, _, err := f.program.Eval(s)
	switch {
	case s.err != nil:
		return false, fmt.Errorf("when: %w", s.err)
	case err != nil:
		return false, fmt.Errorf("when: %s", harmless(err.Error()))
	}
	pass, ok := result.(types.Bool)
	if !ok {
		return false, fmt.Errorf("when: %w", errNoBool)
	}
	return bool(pass), nil
}

// harmlessErrors begin CEL's errors that quote nothing but the expression.
var harmlessErrors = []string{"no such overload", "no such attribute", "division by zero", "modulus by zero",
	"index out of bounds", "integer overflow", "unsigned integer overflow", "no such key", "no such field",
	"operation cancelled: actual cost limit exceeded"}

// harmless keeps parts of messages out of an error's text.
func harmless(text string) string {
	for _, known := range harmlessErrors {
		if rest, found := strings.CutPrefix(text, known); found {
			if strings.HasPrefix(known, "operation") {
				return "the evaluation took more than " + fmt.Sprint(mostSteps) + " steps"
			}
			return known + rest[:min(len(rest), 80)]
		}
	}
	return "a value that the expression can't be worked out for"
}

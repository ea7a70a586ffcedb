// Package tap prints results in the Test Anything Protocol, version 13: what the validation programs of runtime-tools call,
// for a machine whose distribution has no such package.
package tap

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// T is a stream of results. Copies of it share the numbers.
type T struct {
	Writer io.Writer
	last   *int
	failed *bool
	todo   bool
}

// New starts a stream.
func New() *T {
	return &T{Writer: os.Stdout, last: new(int), failed: new(bool)}
}

func (t *T) line(format string, arguments ...interface{}) {
	fmt.Fprintf(t.Writer, format+"\n", arguments...)
}

// Header prints the version and, if there are any tests, the plan.
func (t *T) Header(tests int) {
	t.line("TAP version 13")
	if tests > 0 {
		t.line("1..%d", tests)
	}
}

// AutoPlan prints the plan when the tests are done.
func (t *T) AutoPlan() {
	t.line("1..%d", *t.last)
}

// Ok prints the result of a test.
func (t *T) Ok(passed bool, description string) {
	*t.last++
	result, directive := "ok", ""
	if !passed {
		result = "not ok"
		*t.failed = *t.failed || !t.todo
	}
	if t.todo {
		directive = " # TODO"
	}
	t.line("%s %d -%s %s", result, *t.last, directive, description)
}

// Pass is a test that passed.
func (t *T) Pass(description string) { t.Ok(true, description) }

// Fail is a test that failed.
func (t *T) Fail(description string) { t.Ok(false, description) }

// Failing reports whether one has failed so far.
func (t *T) Failing() bool { return *t.failed }

// Skip is a number of tests that were not run.
func (t *T) Skip(count int, description string) {
	for ; count > 0; count-- {
		*t.last++
		t.line("ok %d # SKIP %s", *t.last, description)
	}
}

// Todo is the same stream, for tests that need not pass yet.
func (t *T) Todo() *T {
	todo := *t
	todo.todo = true
	return &todo
}

// Diagnostic prints comments.
func (t *T) Diagnostic(message string) {
	t.line("# %s", strings.ReplaceAll(message, "\n", "\n# "))
}

// Diagnosticf prints formatted comments.
func (t *T) Diagnosticf(format string, arguments ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, arguments...))
}

// YAML prints what belongs to the last test; JSON is YAML too.
func (t *T) YAML(value interface{}) error {
	text, err := json.MarshalIndent(value, "  ", "  ")
	if err != nil {
		return err
	}
	t.line("  ---\n  %s\n  ...", text)
	return nil
}

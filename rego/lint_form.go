package rego

import (
	"regexp"

	"github.com/open-policy-agent/opa/v1/ast"
)

// form is what the values of a field of the input look like, because they were
// normalised.
type form struct {
	pattern *regexp.Regexp
	holds   string
}

// forms are those that people get wrong in a comparison, by path.
var forms = func() map[string]*form {
	host := &form{regexp.MustCompile(`^[^A-Z/\s]*$`), "a host in lower case, without scheme and path"}
	return map[string]*form{
		"/server/image/registry": host,
		"/server/remote/host":    host,
		"/server/image/tag":      {regexp.MustCompile(`^\w?[\w.-]*$`), "a tag without the colon before it"},
		"/server/image/digest":   {regexp.MustCompile(`^[^A-Z/\s@]*$`), "sha256: and letters in lower case"},
		"/server/command/sha256": {regexp.MustCompile(`^[0-9a-f]*$`), "hexadecimal digits in lower case, without sha256: before them"},
		"/server/remote/scheme":  {regexp.MustCompile(`^[^A-Z/:]*$`), "a scheme in lower case, without the colon behind it"},
		"/context/host/os":       {regexp.MustCompile(`^[^A-Z\s]*$`), "the name that Go has for it, such as linux, darwin or windows"},
	}
}()

// fits says whether a field of this form can have a value.
func (f *form) fits(v ast.Value) bool {
	s, ok := v.(ast.String)
	return !ok || f.pattern.MatchString(string(s))
}

package launch

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// option is one option of a program: whether it takes a value, and why a line
// that has it is opaque.
type option struct {
	name  string
	takes byte // 0: none, 'v': a value, 'o': a value only behind "="
	why   string
}

// table is the options of a program.
type table struct {
	options map[string]option
	style   style
}

type style uint8

const (
	clusters     style = 1 << iota // -it, -eK=V: one-letter options in one word
	shortEqual                     // -v=x is x, not =x
	oneDash                        // -long is an option, like --long
	noDashValue                    // what begins with - is no value of an option in front of it
	noShortValue                   // -y=x is -y and x
)

func newTable(s style, groups ...[]option) *table {
	t := &table{options: map[string]option{}, style: s}
	for _, group := range groups {
		for _, o := range group {
			for _, alias := range strings.Split(o.name, ",") {
				t.options[alias] = option{name: o.name[strings.LastIndexByte(o.name, ',')+1:], takes: o.takes, why: o.why}
			}
		}
	}
	return t
}

// flags, values and optionals list options, with their aliases behind commas;
// the last alias is the one that the option is called by.
func flags(list string) []option     { return optionList(list, 0) }
func values(list string) []option    { return optionList(list, 'v') }
func optionals(list string) []option { return optionList(list, 'o') }

func optionList(list string, takes byte) []option {
	var options []option
	for _, name := range strings.Fields(list) {
		options = append(options, option{name: name, takes: takes})
	}
	return options
}

// refused are options that make a line opaque.
func refused(why string, groups ...[]option) []option {
	options := slices.Concat(groups...)
	for i := range options {
		options[i].why = why
	}
	return options
}

// given is an option in a line.
type given struct {
	name, value string
}

// parsed is a line up to its first argument that is no option.
type parsed struct {
	given []given
	rest  []string
	// dashes says that -- stood before rest.
	dashes bool
	// why is the first reason not to trust what was read; lost says that what
	// follows could not be read at all.
	why  string
	lost bool
}

func (d *parsed) refuse(why string) {
	if d.why == "" {
		d.why = why
	}
}

// last is the value that the option name was given last.
func (d *parsed) last(name string) (string, bool) {
	for _, g := range slices.Backward(d.given) {
		if g.name == name {
			return g.value, true
		}
	}
	return "", false
}

func (d *parsed) all(names ...string) []string {
	var list []string
	for _, g := range d.given {
		if slices.Contains(names, g.name) {
			list = append(list, g.value)
		}
	}
	return list
}

func (t *table) parse(args []string) parsed {
	var d parsed
	for i := 0; i < len(args) && !d.lost; i++ {
		arg := args[i]
		switch {
		case arg == "--":
			d.rest, d.dashes = args[i+1:], true
			return d
		case len(arg) < 2 || arg[0] != '-':
			d.rest = args[i:]
			return d
		case strings.HasPrefix(arg, "--") || t.style&oneDash != 0 || t.style&clusters == 0:
			i = t.long(&d, args, i)
		default:
			i = t.short(&d, args, i)
		}
	}
	return d
}

func (t *table) long(d *parsed, args []string, i int) int {
	name, value, hasValue := strings.Cut(args[i], "=")
	o, ok := t.options[name]
	if !ok && t.style&oneDash != 0 {
		o, ok = t.options["-"+name]
	}
	switch {
	case !ok:
		d.unknown(args[i])
		return i
	case o.takes == 'v' && !hasValue:
		if i+1 == len(args) {
			d.refuse("option " + o.name + " has no value")
			d.lost = true
			return i
		}
		i++
		value = args[i]
		if t.style&noDashValue != 0 && strings.HasPrefix(value, "-") {
			d.refuse("option " + o.name + " has another option for its value")
			d.lost = true
			return i
		}
	case o.takes == 0 && !hasValue:
		value = "true"
	case o.takes == 0 && t.style&noShortValue != 0 && (value != "true" && value != "false" || !longFlag(name, o)):
		d.refuse("option " + o.name + " has a value, which is taken for an argument")
		d.lost = true
		return i
	}
	d.add(o, value)
	return i
}

// longFlag reports whether an option is given by its own name, and not by one
// that stands for several words.
func longFlag(name string, o option) bool {
	return name == o.name && strings.HasPrefix(name, "--") && !npmWords[name]
}

// npmWords are options of npm that stand for another with a value.
var npmWords = wordSet("--quiet --silent --verbose")

func (t *table) short(d *parsed, args []string, i int) int {
	for letters := args[i][1:]; letters != ""; {
		o, ok := t.options["-"+letters[:1]]
		letters = letters[1:]
		switch {
		case !ok:
			d.unknown(args[i])
			return i
		case o.takes == 'v' && letters == "":
			if i+1 == len(args) {
				d.refuse("option " + o.name + " has no value")
				d.lost = true
				return i
			}
			d.add(o, args[i+1])
			return i + 1
		case o.takes == 'v', strings.HasPrefix(letters, "=") && t.style&shortEqual != 0:
			if t.style&shortEqual != 0 {
				letters = strings.TrimPrefix(letters, "=")
			}
			d.add(o, letters)
			return i
		case o.takes == 'o':
			d.add(o, "")
		default:
			d.add(o, "true")
		}
	}
	return i
}

func (d *parsed) add(o option, value string) {
	if o.takes == 0 {
		on, err := strconv.ParseBool(value)
		if err != nil {
			d.refuse("option " + o.name + " is neither true nor false")
		}
		if !on && err == nil && o.why != "" {
			return
		}
	}
	if o.why != "" {
		d.refuse("option " + o.name + ": " + o.why)
	}
	d.given = append(d.given, given{o.name, value})
}

var plainOption = regexp.MustCompile(`^--?[a-z][a-z-]{0,30}$`)

func (d *parsed) unknown(arg string) {
	name, _, _ := strings.Cut(arg, "=")
	if !strings.HasPrefix(arg, "--") && len(name) > 2 {
		name = "" // the rest may be a value
	}
	if plainOption.MatchString(name) {
		d.refuse("option " + name + " is not known")
	} else {
		d.refuse("an option that is not known")
	}
	d.lost = true
}

// on reports whether the boolean option name was given last as true.
func (d *parsed) on(name string) bool {
	value, _ := d.last(name)
	on, err := strconv.ParseBool(value)
	return on && err == nil
}

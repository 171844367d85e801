package launch

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

const elsewhereRuns = "it changes where or as what the program runs"

// wrapperOptions are those of programs that run the rest of their line.
var wrapperOptions = map[string]*table{
	"env": newTable(clusters, flags("-i,--ignore-environment -0,--null -v,--debug"), values("-u,--unset"),
		optionals("--block-signal --default-signal --ignore-signal"),
		refused(elsewhereRuns, values("-C,--chdir -S,--split-string -P"))),
	"sudo": newTable(clusters, flags("-A,--askpass -b,--background -B,--bell -E,--preserve-env -H,--set-home -k,--reset-timestamp -n,--non-interactive -P,--preserve-groups -S,--stdin"),
		optionals("--preserve-env"), values("-u,--user -g,--group -p,--prompt -C,--close-from -T,--command-timeout -r,--role -t,--type"),
		refused(elsewhereRuns, flags("-i,--login -s,--shell -e,--edit"), values("-h,--host -D,--chdir -R,--chroot -U,--other-user"))),
	"doas":       newTable(clusters, flags("-n -L"), values("-u -a"), refused(elsewhereRuns, flags("-s"), values("-C"))),
	"nice":       newTable(clusters, values("-n,--adjustment")),
	"nohup":      newTable(clusters),
	"ionice":     newTable(clusters, flags("-t,--ignore"), values("-c,--class -n,--classdata")),
	"timeout":    newTable(clusters, flags("--preserve-status -f,--foreground -v,--verbose -p"), values("-k,--kill-after -s,--signal")),
	"time":       newTable(clusters, flags("-p,--portability -v,--verbose -q,--quiet -l"), values("-f,--format"), refused("it writes a file", flags("-a,--append"), values("-o,--output"))),
	"stdbuf":     newTable(clusters, values("-i,--input -o,--output -e,--error")),
	"setsid":     newTable(clusters, flags("-c,--ctty -f,--fork -w,--wait")),
	"command":    newTable(clusters, refused("it is no server", flags("-v -V")), flags("-p")),
	"exec":       newTable(clusters, flags("-c -l"), refused(elsewhereRuns, values("-a"))),
	"tini":       newTable(clusters, flags("-s -v -w -g"), values("-p -e")),
	"dumb-init":  newTable(clusters, flags("-c,--single-child -v,--verbose"), values("-r,--rewrite")),
	"catatonit":  newTable(clusters, flags("-P")),
	"gosu":       newTable(clusters),
	"su-exec":    newTable(clusters),
	"winpty":     newTable(clusters, flags("-Xallow-non-tty -Xplain")),
	"arch":       newTable(oneDash, flags("-x86_64 -arm64 -arm64e -i386"), refused(elsewhereRuns, values("-e -d -arch"))),
	"caffeinate": newTable(clusters, flags("-d -i -m -s -u"), values("-t")),
	"unbuffer":   newTable(clusters, flags("-p")),
}

var (
	niceNumber   = regexp.MustCompile(`^--?[0-9]+$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*=`)
)

// wrapper reads the line of a program that runs the rest of it.
func (p parser) wrapper(id string, args []string) Line {
	switch id {
	case "gtimeout":
		id = "timeout"
	case "busybox", "toybox":
		return p.applet(id, args)
	case "cmd":
		return p.cmd(args)
	case "powershell", "pwsh":
		return p.powershell(args)
	}
	if id == "nice" && len(args) > 0 && niceNumber.MatchString(args[0]) {
		args = args[1:]
	}
	d := wrapperOptions[id].parse(args)
	rest := d.rest
	if d.lost {
		return p.code(d.why, args...)
	}
	if id == "env" && len(rest) > 0 && rest[0] == "-" {
		rest = rest[1:]
	}
	var env []Variable
	for (id == "env" || id == "sudo") && len(rest) > 0 && strings.Contains(rest[0], "=") {
		if !variableName.MatchString(rest[0]) {
			return p.code("a variable whose name is not one", args...)
		}
		name, value, _ := strings.Cut(rest[0], "=")
		env = append(env, Variable{Name: name, Value: value})
		rest = rest[1:]
	}
	if skip := positionals[id]; skip > 0 {
		rest = rest[min(skip, len(rest)):]
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return p.code(cmp.Or(d.why, id+" without a program"), args...)
	}
	l := p.inner(rest)
	l.Env = append(env, l.Env...)
	if len(l.Env) == 0 {
		l.Env = nil
	}
	if d.why != "" {
		l.absorb(p.code(d.why, args...))
		l.refuse(d.why)
	}
	return l
}

// positionals is how many arguments stand before the program.
var positionals = map[string]int{"timeout": 1, "gosu": 1, "su-exec": 1}

// applet reads busybox sh … and the like.
func (p parser) applet(id string, args []string) Line {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") || strings.ContainsAny(args[0], `/\`) {
		return p.code(id+" without a program", args...)
	}
	return p.inner(args)
}

// cmdMeta are the characters that mean something to cmd.exe.
const cmdMeta = "&|<>^%!()\"\n\r`;,="

// cmd reads cmd /c …
func (p parser) cmd(args []string) Line {
	for i, arg := range args {
		switch lower := strings.ToLower(arg); {
		case lower == "/s", lower == "/q", lower == "/d", lower == "/a", lower == "/u", lower == "/e:on", lower == "/v:off":
		case lower == "/c":
			return p.windowsLine("cmd", args[i+1:], cmdMeta)
		default:
			return p.code("options of cmd are not read", args...)
		}
	}
	return p.code("cmd without /c", args...)
}

// windowsLine reads the words behind cmd /c or powershell -Command, which put
// them together and read them anew.
func (p parser) windowsLine(id string, argv []string, meta string) Line {
	if len(argv) == 1 {
		argv = strings.Fields(argv[0])
	}
	if len(argv) == 0 {
		return p.code(id+" without a command", argv...)
	}
	for i, word := range argv {
		bad := meta
		if i > 0 && id == "cmd" {
			bad = strings.TrimRight(meta, ";,=") // they separate no more behind the program
		}
		switch {
		case strings.ContainsAny(word, bad), word == "", i == 0 && (strings.ContainsAny(word, " \t") || strings.HasPrefix(word, "@")):
			return p.code("a command of "+id+" that is not one of plain words", argv...)
		case id != "cmd" && (strings.ContainsAny(word, " \t") || strings.HasPrefix(word, "@")):
			return p.code("a command of "+id+" that is not one of plain words", argv...)
		}
	}
	first := commandName(argv[0])
	if cmdBuiltins[first] || id != "cmd" && identity(argv[0]) == "" && !isScript(argv[0], ".exe") {
		return p.code("a command of "+id+" itself", argv...)
	}
	return p.inner(argv)
}

var cmdBuiltins = wordSet(`assoc break call cd chdir cls color copy date del dir echo endlocal erase exit for ftype goto if md mkdir mklink
	move path pause popd prompt pushd rd rem ren rename rmdir set setlocal shift start time title type ver verify vol`)

// powershell reads powershell -Command …; its options may be shortened.
func (p parser) powershell(args []string) Line {
	for i := 0; i < len(args); i++ {
		option := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(args[i], "-"), "/"))
		switch {
		case !strings.HasPrefix(args[i], "-") && !strings.HasPrefix(args[i], "/"):
			return p.code("options of powershell are not read", args...)
		case slices.Contains([]string{"noprofile", "nop", "nologo", "noninteractive", "noni", "mta", "sta"}, option):
		case slices.Contains([]string{"executionpolicy", "ep", "ex", "exec", "windowstyle", "w", "outputformat", "of", "inputformat"}, option):
			i++
		case option == "command", option == "c":
			return p.windowsLine("powershell", args[i+1:], "&|<>^%!()\"'\n\r`;,${}#*?[]~")
		case option == "file" || option == "f":
			if i+1 < len(args) && isScript(args[i+1], ".ps1") {
				return p.script(args[i+1:])
			}
			return p.code("powershell without a file", args...)
		default:
			return p.code("options of powershell are not read", args...)
		}
	}
	return p.code("powershell without a command", args...)
}

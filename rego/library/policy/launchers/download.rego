# METADATA
# title: No download that is run at once
# description: >-
#   curl … | sh and its like run whatever the other side answers at that moment: nobody
#   has read it, nothing pins it, and another answer may come tomorrow or only to this
#   machine. It is how install pages hand out their software, and how attackers hand
#   out theirs.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://attack.mitre.org/techniques/T1105/
#   - ref: https://cwe.mitre.org/data/definitions/494.html
# custom:
#   severity: critical
#   remediation: >-
#     Download once, read what came, and start the file that stays: a pinned package
#     (npx -y PACKAGE@VERSION, uvx PACKAGE==VERSION), an image by its digest, or a script
#     that is kept beside the configuration. Take the download out of the command line.
#   owasp: [MCP04, MCP05]
package mcp.policy.launchers.download

import data.mcp.lib

text := lib.command_text(input.server)

# What fetches, what runs text, and what stands between without changing it.
fetchers := `(curl|wget2?|aria2c|fetch|lwp-(request|download)|lynx|links|elinks|w3m|https?|xh|ftp|tftp|scp|sftp|rclone|gsutil|nc|ncat|socat|openssl)(\.exe)?\s`

shells := `(ash|bash|csh|dash|fish|ksh|mksh|nu|powershell|pwsh|rbash|sh|tcsh|xonsh|yash|zsh)`

interpreters := `(bun|deno|lua|luajit|node|nodejs|osascript|perl|php|pypy|python|pythonw|ruby|tclsh)`

runner := concat("", [`(\S*[/\\])?(`, shells, "|", interpreters, `|source|eval|iex|invoke-expression)[0-9.]*(\.exe)?([\s;&|)"']|$)`])

between := `((\S*[/\\])?(sudo|doas|env|nice|nohup|exec|command|xargs|busybox|toybox|time|timeout|tee|stdbuf)(\s+|$)|[a-z_][a-z0-9_]*=\S*\s+|-u\s+\S+\s+|[-+]\S*\s+|[0-9.]+[smhd]?\s+|[^\s|;&]*\s+\|&?\s*)*`

word := "(^|[\\s;&|(){}<>=/\\\\\"'`@])"

# A list of commands of the shell goes on.
next := `([;&\n]|\|\||\bdo\b|\bthen\b)\s*`

# Modules and calls of languages that fetch.
fetching_code := concat("|", [
	`urllib|urlopen|urlretrieve|requests[.\s]|httpx|aiohttp|http\.client|pycurl|socket\b`,
	`fetch\s*\(|axios|undici|node-fetch|https?['"]?\s*\)?\s*\.\s*(get|request)|import\s*\(?\s*['"]?https?:|require\s*\(?\s*['"]?(node:)?https?\b`,
	`lwp|http::tiny|net::http|open-uri|file_get_contents|curl_exec|io::socket|tcpsocket|xmlhttp|hyper\b`,
])

# What PowerShell fetches with, and runs text with.
powershell_fetches := `\b(iwr|irm|curl|wget|invoke-webrequest|invoke-restmethod|start-bitstransfer|downloadstring|downloaddata|downloadfile|openread|webclient|httpclient|xmlhttp)\b`

powershell_runs := `\b(iex|invoke-expression|invoke-command|icm|scriptblock|start-process|saps|add-type|invoke-item|assembly|frombase64string)\b|&\s*[({$]|\.\s*[({$]`

# What every such text has: most have none of it, and that is quick.
hints := {
	"what is downloaded is piped into a program that runs it": `\|`,
	"what is downloaded is handed to a program as a file": `<\(`,
	"what is downloaded is run as a command": "\\$\\(|`",
	"what is downloaded is run in the next command": `[;&|\n]`,
	"code in an argument downloads": `eval|print|execute|\s-[a-z0-9]*[cepr]`,
	"a program is run from its URL": `https?:`,
	"a program of Windows downloads": `urlcache|bitsadmin|\bhh\b`,
}

# curl … | sh, also with sudo, env and tee between
pattern("what is downloaded is piped into a program that runs it") := concat("", [word, fetchers, `.*\|&?\s*`, between, runner])

# bash <(curl …), . <(curl …)
pattern("what is downloaded is handed to a program as a file") := concat("", [`<\(\s*`, between, `(\S*[/\\])?`, fetchers])

# sh -c "$(curl …)", eval `curl …`
pattern("what is downloaded is run as a command") := concat("", [
	`(^|[;&|({\n]|(^|[\s"'])(eval|exec|source|\.|iex|<<<|-[a-z]*[ce]))[\s"']*`, "(\\$\\(|`)\\s*", between, `(\S*[/\\])?`, fetchers,
])

# curl -o x … && sh x, wget …; chmod +x x
pattern("what is downloaded is run in the next command") := concat("", [word, `(`, saves, `).*`, next, between, `(`, runner, `|(\S*/)?chmod\s|\.\s|\./)`])

# python -c "import urllib.request …", perl -MLWP::Simple -e …
pattern("code in an argument downloads") := concat("", [
	word, interpreters, `[0-9.]*(\.exe)?(\s+[-+]\S+|\s+eval)*\s+(-[a-z0-9]*[cepr]|--eval|--print|--execute|eval)[\s=].*(`, fetching_code,
	`)|`, word, `(perl|ruby)[0-9.]*(\.exe)?(\s+[-+]\S+)*\s+-[mr]\s*(lwp|http::|io::socket|open-uri|net/http|socket)`,
])

# deno run https://…, uv run https://…, mshta http://…
pattern("a program is run from its URL") := concat("", [word, `(`, run_urls, `)\s*["']?https?:`])

# certutil -urlcache -f http://… x
pattern("a program of Windows downloads") := concat("", [word, `(certutil(\.exe)?\s.*[-/]urlcache|bitsadmin(\.exe)?\s.*[-/](transfer|addfile)|hh(\.exe)?\s+http)`])

# What writes a file, with the option for it where it needs one.
saves := concat("|", [
	`(curl|https?|xh|fetch|lwp-request)(\.exe)?\s(.*\s)?(-[a-z]*o|--output|--remote-name|--download|>)`,
	`(wget2?|aria2c|scp|sftp|ftp|tftp|lwp-download|rclone|gsutil)(\.exe)?\s`,
])

run_urls := concat("|", [
	`(deno|bun|uv|pipx|jbang|php|ruby|pwsh)(\.exe)?(\s+(run|serve|x|eval|-\S+))*`,
	`(mshta|regsvr32|msiexec|rundll32|installutil|wscript|cscript)(\.exe)?.*[\s:]`,
])

found contains what if {
	some what, hint in hints
	regex.match(hint, text)
	regex.match(concat("", ["(?s)", pattern(what)]), text)
}

found contains "what is downloaded is run by PowerShell" if {
	regex.match(`powershell|pwsh`, text)
	regex.match(powershell_fetches, text)
	regex.match(concat("", [word, `(powershell|pwsh)(-preview)?(\.exe)?(\s|$)`]), text)
	regex.match(powershell_runs, text)
}

deny contains {"msg": msg, "path": "/server/command/args"} if {
	some what in found
	msg := sprintf("%q: %s", [input.server.source.reference, what])
}

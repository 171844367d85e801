package mcp.lib

# METADATA
# description: >-
#   The name of an environment variable in the one spelling that tables of names
#   have: capitals, and _ for -. Windows does not tell cases apart, many programs
#   read their proxies in either case, and npm reads npm_config_strict-ssl too.
# scope: document
variable_key(name) := upper(replace(name, "-", "_"))

# METADATA
# description: >-
#   The names of the variables of environment, which is input.server.environment,
#   in order, each in the spelling of variable_key. One call costs less than one
#   for each of them.
# scope: document
variable_keys(environment) := [upper(replace(variable.name, "-", "_")) | some variable in environment]

# METADATA
# description: >-
#   True where variable, a member of input.server.environment, is set to a value
#   that policies see whole: a literal of which nothing was replaced. What comes
#   from a secret or from the environment of the runner can be anything.
# scope: document
default value_known(_) := false

value_known(variable) if {
	variable.source == "literal"
	variable.redacted == false
}

# METADATA
# description: >-
#   True where the name of a variable says that its value is a secret: API_TOKEN,
#   dbPassword, stripe-key. What only tells about a secret, such as TOKEN_FILE,
#   TOKEN_URL or MAX_TOKENS, does not.
# scope: document
default secret_name(_) := false

secret_name(name) if {
	words := words_of(name)
	regex.match(secret_words, words)
	not about_secret(words)
}

# _api_token_ for API_TOKEN, apiToken and Api-Token2: split at what is no letter,
# and at humps.
words_of(name) := lower(regex.replace(bumps, `[^A-Za-z]+`, "_")) if {
	humps := regex.replace(sprintf("_%s_", [name]), `[A-Z][a-z]`, "_${0}")
	bumps := regex.replace(humps, `([a-z])([A-Z])`, "${1}_${2}")
}

secret_words := concat("|", [
	"_(creds|jwt|mnemonic|pat|tokens?)_",
	"(access|api|auth)token",
	"(access|api|private)key",
	"credential",
	"pass(code|phrase|wd|word)",
	"secret([^a]|a[^r])", # and not secretary
	"_(access|account|api|app|auth|encryption|private|service|signing|ssh)_keys?_",
	"_(authorization|bearer|cookies?|pass|pw|sessionid)_$",
	# KEY alone is no more a secret than PWD, the directory.
	"[a-z]_(key|pwd)_$",
])

about_secret(words) if regex.match(about_words, words)

about_words := concat("|", [
	"_(algorithm|arn|dir|directory|enabled|endpoint|expiry|file|header|host|issuer|length|location|method|mode)_$",
	"_(name|namespace|path|policy|prefix|provider|region|scopes?|store|timeout|ttl|type|uri|url|user|username|version)_$",
	"_(budget|count|limit|max|min|num|window)_", # a number of tokens
	"_(cache|field|foreign|group|index|issue|partition|primary|project|public|publishable|sort)_key_$",
])

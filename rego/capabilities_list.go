package rego

import "strings"

// refused are the builtins that policies cannot call unless an operator adds
// them, with what to do instead. The answer of each does not follow from the
// input and the policy alone, or one call can take all memory or more stack than
// there is, which nothing stops.
var refused = map[string]string{
	"http.send":          noRequest + ": put what it needs into data.json",
	"net.lookup_ip_addr": noRequest + ": put what it needs into data.json",

	"json.match_schema":  "a schema can refer to files and hosts: write the check as rules",
	"json.verify_schema": "a schema can refer to files and hosts: write the check as rules",

	"opa.runtime": "it shows the environment of the process: use input.context",
	"time.now_ns": "use input.context.time, as in time.parse_rfc3339_ns(input.context.time)",
	"rand.intn":   "a decision has one outcome: it takes no random number",

	"uuid.rfc4122": "a decision has one outcome: it takes no random number",
	"uuid.parse":   "compare identifiers as text",

	"io.jwt.decode_verify":   "it reads the clock: use io.jwt.verify_… and io.jwt.decode, and compare with input.context.time",
	"io.jwt.encode_sign":     "a decision signs nothing, and policies hold no private key",
	"io.jwt.encode_sign_raw": "a decision signs nothing, and policies hold no private key",
	"providers.aws.sign_req": noRequest,

	"crypto.x509.parse_and_verify_certificates": "it reads the clock: use crypto.x509.parse_and_verify_certificates_with_options with CurrentTime",

	"crypto.parse_private_keys":         "policies hold no private key",
	"crypto.x509.parse_keypair":         "policies hold no private key",
	"crypto.x509.parse_rsa_private_key": "policies hold no private key",

	"bits.lsh":                "it can make a number larger than all memory: write the number",
	"graph.reachable_paths":   "there can be more paths than memory: use graph.reachable",
	"net.cidr_expand":         "there can be more addresses than memory: use net.cidr_contains",
	"strings.render_template": "a template can run for ever: use sprintf or a template string",

	"graphql.is_valid":         "write the check as rules",
	"graphql.parse":            "write the check as rules",
	"graphql.parse_and_verify": "write the check as rules",
	"graphql.parse_query":      "write the check as rules",
	"graphql.parse_schema":     "write the check as rules",
	"graphql.schema_is_valid":  "write the check as rules",
	"rego.parse_module":        "write the check as rules",
}

const noRequest = "a decision makes no request"

// allowed are the builtins that policies may call. Those that Rego v1 has
// deprecated are among them: the compiler refuses these by itself.
var allowed = nameSet(`
	abs ceil div floor format_int minus mul numbers.range numbers.range_step plus product rem round sum to_number
	bits.and bits.negate bits.or bits.rsh bits.xor

	assign eq equal gt gte lt lte neq
	internal.member_2 internal.member_3 internal.print internal.template_string internal.test_case
	print trace walk rego.metadata.chain rego.metadata.rule

	is_array is_boolean is_null is_number is_object is_set is_string type_name
	cast_array cast_boolean cast_null cast_object cast_set cast_string

	all any array.concat array.flatten array.reverse array.slice count max min sort
	and intersection or set_diff union
	object.filter object.get object.keys object.remove object.subset object.union object.union_n
	json.filter json.is_valid json.marshal json.marshal_with_options json.patch json.remove json.unmarshal
	yaml.is_valid yaml.marshal yaml.unmarshal
	graph.reachable

	concat contains endswith indexof indexof_n lower replace split sprintf startswith substring
	trim trim_left trim_prefix trim_right trim_space trim_suffix upper
	strings.any_prefix_match strings.any_suffix_match strings.count strings.replace_n strings.reverse strings.split_n
	glob.match glob.quote_meta
	re_match regex.find_all_string_submatch_n regex.find_n regex.is_valid regex.match regex.replace regex.split
	regex.globs_match regex.template_match

	base64.decode base64.encode base64.is_valid base64url.decode base64url.encode base64url.encode_no_pad
	hex.decode hex.encode urlquery.decode urlquery.decode_object urlquery.encode urlquery.encode_object
	uri.is_valid uri.parse semver.compare semver.is_valid units.parse units.parse_bytes

	net.cidr_contains net.cidr_contains_matches net.cidr_intersects net.cidr_is_valid net.cidr_merge net.cidr_overlap

	time.add_date time.clock time.date time.diff time.format time.parse_duration_ns time.parse_ns
	time.parse_rfc3339_ns time.weekday

	crypto.hmac.equal crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512
	crypto.md5 crypto.sha1 crypto.sha256
	crypto.x509.parse_certificate_request crypto.x509.parse_certificates
	crypto.x509.parse_and_verify_certificates_with_options
	io.jwt.decode io.jwt.verify_eddsa
	io.jwt.verify_es256 io.jwt.verify_es384 io.jwt.verify_es512 io.jwt.verify_hs256 io.jwt.verify_hs384 io.jwt.verify_hs512
	io.jwt.verify_ps256 io.jwt.verify_ps384 io.jwt.verify_ps512 io.jwt.verify_rs256 io.jwt.verify_rs384 io.jwt.verify_rs512
`)

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}

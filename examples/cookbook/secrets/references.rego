# METADATA
# title: Secrets are references
# description: >-
#   A secret in clear ends up in process lists, files and logs. The gate has replaced each
#   that it found before this rule sees the input.
# custom:
#   severity: high
#   remediation: >-
#     Give the secret by reference: --secret NAME,target=VARIABLE, or -e VARIABLE. Replace
#     it, since it was in clear.
#   owasp: [MCP01]
package mcp.policy.secrets.references

deny contains {"msg": "a secret stands in clear", "path": redaction.path} if some redaction in input.server.redactions

# METADATA
# title: No service account that others use
# description: >-
#   A pod's service account is what it may ask of the cluster. The account default
#   has what any workload of the namespace was ever given, and that of a
#   controller or an administrator can start pods and read secrets, so a server
#   under it is one prompt away from the cluster.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://kubernetes.io/docs/concepts/security/service-accounts/
# custom:
#   severity: high
#   remediation: >-
#     Take serviceAccountName out of the pod template patch, or name an account that
#     was made for this server, with the rights that it needs and no more. Accounts
#     that are refused besides default are in refused in params of
#     kubernetes.service_account.
#   owasp: [MCP01, MCP02]
#   params:
#     type: object
#     additionalProperties: false
#     required: [refused]
#     properties:
#       refused:
#         description: Names of accounts that no server gets, besides default.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - admin
#           - argocd-application-controller
#           - argocd-server
#           - cluster-admin
#           - flux
#           - helm-controller
#           - kustomize-controller
#           - tiller
#           - toolhive-operator
package mcp.policy.kubernetes.service_account

# Kubernetes has names in lower case only.
account := lower(trim_space(input.server.kubernetes.service_account))

refused contains "default"

refused contains lower(name) if some name in data.mcp.settings.params["kubernetes.service_account"].refused

# Without the list nothing says which account is harmless.
refused contains account if not listed

listed if is_array(data.mcp.settings.params["kubernetes.service_account"].refused)

deny contains {"msg": msg, "path": "/server/kubernetes/service_account"} if {
	input.server.kubernetes.service_account != ""
	account in refused
	msg := sprintf("the pod asks for the service account %q, which is not for servers", [input.server.kubernetes.service_account])
}

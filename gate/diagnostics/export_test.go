package diagnostics

// Registry is what New serves.
var Registry = newRegistry

// MaxPolicies is maxPolicies.
const MaxPolicies = maxPolicies

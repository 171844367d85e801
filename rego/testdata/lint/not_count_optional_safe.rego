# input: {"config": {}}
package mcp.policy.not_count_optional

reviewed if count(input.config.reviewers) > 0

deny contains "there are no reviewers" if not reviewed

# input: {"config": {}}
# outcome: silent
package mcp.policy.not_count_optional

deny contains "there are no reviewers" if not count(input.config.reviewers) > 0 # want: not-undefined

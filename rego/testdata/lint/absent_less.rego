# input: {"config": {}}
# outcome: silent
package mcp.policy.absent_less

deny contains "fewer than two reviewers" if count(input.config.reviewers) < 2 # want: absent-passes

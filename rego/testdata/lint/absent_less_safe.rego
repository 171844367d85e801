# input: {"config": {}}
package mcp.policy.absent_less

deny contains "fewer than two reviewers" if count(object.get(input.config, "reviewers", [])) < 2

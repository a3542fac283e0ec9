# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# One EC2 instance of a run: AWS and SSH as scripts/ci/ec2 uses them; sourced
# after packages.sh, with `state` (a folder), `run_id` and `dry_run` set.

# Everything of a run carries this tag, so that it is found again without `state`.
ec2_tag=memory-collector-run
ec2_image=/aws/service/debian/release/12/latest/amd64
ec2_user='admin'

# ec2_aws ARGUMENTS...: the AWS CLI; with --dry-run only what would be called.
ec2_aws() {
	if [ -n "$dry_run" ]; then
		printf 'aws' >&2
		printf ' %q' "$@" >&2
		printf '\n' >&2
		return 0
	fi
	aws --output text "$@"
}

ec2_need_tools() {
	[ -z "$dry_run" ] || return 0
	command -v aws >/dev/null || need_packages awscli
	command -v ssh >/dev/null || need_packages openssh-client
}

# The run's instances that still exist.
ec2_instances() {
	ec2_aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' \
		--filters "Name=tag:$ec2_tag,Values=$run_id" \
		"Name=instance-state-name,Values=pending,running,stopping,stopped,shutting-down" | tr '\t' '\n'
}

# Security groups carry the tag, too.
ec2_groups() {
	ec2_aws ec2 describe-security-groups --query 'SecurityGroups[].GroupId' \
		--filters "Name=tag:$ec2_tag,Values=$run_id" | tr '\t' '\n'
}

ec2_ssh_options() {
	ssh_options=(-i "$state/key" -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=30
		-o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=$state/known_hosts")
}

# ec2_ssh COMMAND...: on the instance; a word stays a word there.
ec2_ssh() {
	local ssh_options command
	ec2_ssh_options
	command=$(printf '%q ' "$@")
	if [ -n "$dry_run" ]; then
		printf 'ssh %s %s\n' "$ec2_user@INSTANCE" "$command" >&2
		return 0
	fi
	ssh "${ssh_options[@]}" "$ec2_user@$(cat "$state/address")" "$command"
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /lab/common.sh

module_in
# A shell whose name is the script's: it spins until it has used a second of CPU time.
cat >/tmp/burner <<'END'
#!/bin/sh
while :; do
	i=0
	while [ $i -lt 2000 ]; do i=$((i + 1)); done
	set -- $(cat /proc/$$/stat)
	[ $((${14} + ${15})) -lt 100 ] || exit 0
done
END
chmod +x /tmp/burner
measure /tmp/burner
module_out

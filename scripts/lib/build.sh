# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# How the program and the module are built; sourced after packages.sh, with
# `tree` set to the root of the checkout.

program_packages=(
	build-essential cmake pkg-config
	libtraceevent-dev libtracefs-dev libtracecmd-dev
	libcli11-dev libspdlog-dev nlohmann-json3-dev
	clang bpftool libbpf-dev
	liblz4-dev
	libzstd-dev
	libprotobuf-dev protobuf-compiler libtomlplusplus-dev
	liblz4-dev libzstd-dev
)
test_packages=(libgtest-dev python3 python3-numpy git)
# libFuzzer is in clang's run-time library, of clang's version.
fuzz_packages=(clang libgtest-dev "libclang-rt-14-dev|libclang-rt-18-dev|libclang-rt-19-dev")
style_packages=(clang-format clang-tidy sparse shellcheck)
# Packed into guests.
vm_packages=(trace-cmd procps rt-tests stress-ng intel-cmt-cat)
module_packages=(build-essential kmod libelf1\|libelf1t64)

# Ubuntu 22.04 has libtracefs 1.2: too old to read rings without a text format.
# As root, scripts/clean-root brings Debian 12 there.
check_distribution() {
	local version
	version=$(dpkg-query -W -f '${Version}' libtracefs-dev 2>/dev/null) ||
		version=$(apt-cache policy libtracefs-dev 2>/dev/null | sed -n 's/ *Candidate: //p')
	if [ -n "$version" ] && [ "$version" != "(none)" ] && dpkg --compare-versions "$version" lt 1.6; then
		die "this distribution's libtracefs is $version; 1.6 or later is needed" \
			"sudo scripts/clean-root --worktree scripts/$mc_program (in a Debian 12 of its own), or the container of Dockerfile.devcontainer"
	fi
}

# run_logged LOG COMMAND...: quiet while it works, its last lines if it fails.
run_logged() {
	local log=$1
	shift
	mkdir -p "${log%/*}"
	if ! "$@" </dev/null >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		progress "failed: $* (all of its output: $log)"
		return 1
	fi
}

# build_program FOLDER TARGET [CMAKE-OPTION...]
build_program() {
	local folder=$1 target=$2
	shift 2
	progress "building memory-collector in ${folder#"$tree"/}"
	run_logged "$folder/configure.log" cmake -S "$tree" -B "$folder" "$@" || return 1
	run_logged "$folder/build.log" nice cmake --build "$folder" --target "$target" -j "$(jobs_here)"
}

# build_module KDIR FOLDER: collector.ko and the test modules, in the folder.
build_module() {
	local kdir=$1 folder=$2
	[ -e "$kdir/Makefile" ] || die "no kernel headers in $kdir" \
		"apt-get install linux-headers-$(uname -r), or scripts/build --module-for 6.1-cloud"
	need_packages "${module_packages[@]}"
	progress "building ${folder#"$tree"/}/collector.ko with $kdir"
	run_logged "${folder%/*}/${folder##*/}.log" \
		nice make -C "$tree/module" KDIR="$kdir" BUILD="$folder" -j "$(jobs_here)" || return 1
	[ -e "$folder/collector.ko" ] || { progress "make left no collector.ko in $folder"; return 1; }
}

# The fuzzers of tests/fuzz in build-fuzz, and the seeds that are made by a program.
build_fuzzers() {
	local folder=$tree/build-fuzz
	build_program "$folder" fuzzers -DMC_FUZZ=ON -DMC_TESTS=OFF \
		-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ || return 1
	"$folder/tests/fuzz/make_seeds" "$folder/seeds"
}

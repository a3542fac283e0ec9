// SPDX-License-Identifier: GPL-2.0-only
//
// Has the running kernel's verifier look at every program of eBPF objects, each by
// itself: one that it refuses hides none of the others.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char *help =
    "usage: verify_programs [--show-log] OBJECT...\n"
    "\n"
    "Loads every program of these eBPF objects, one at a time, and attaches none.\n"
    "\n"
    "  ok         the verifier takes it, with how many instructions it looked at\n"
    "  absent     this kernel does not have what it hooks into, or no such program type\n"
    "  refused    the verifier does not take it; the last lines of what it says\n"
    "  forbidden  this user may not load it\n"
    "\n"
    "Exit status: 0 if some were taken and none was refused, 1 if not, 2 wrong usage,\n"
    "77 if this user may not load any.\n";

constexpr int status_skipped = 77;

struct Close {
    void operator()(bpf_object *object) const { bpf_object__close(object); }
};
using ObjectPtr = std::unique_ptr<bpf_object, Close>;

struct Counts {
    unsigned ok = 0;
    unsigned absent = 0;
    unsigned refused = 0;
    unsigned forbidden = 0;
};

int quiet(libbpf_print_level, const char *, va_list)
{
    return 0;
}

[[gnu::format(printf, 2, 0)]] int loud(libbpf_print_level, const char *format, va_list arguments)
{
    return std::vfprintf(stderr, format, arguments);
}

ObjectPtr opened(const std::string &file)
{
    bpf_object *const object = bpf_object__open_file(file.c_str(), nullptr);
    if (libbpf_get_error(object) != 0)
        return nullptr;
    return ObjectPtr{object};
}

std::vector<std::string> programs_of(bpf_object &object)
{
    std::vector<std::string> names;
    bpf_program *program = nullptr;
    while ((program = bpf_object__next_program(&object, program)) != nullptr)
        names.emplace_back(bpf_program__name(program));
    return names;
}

// What the verifier counted; 0 on kernels before 5.16.
unsigned looked_at(const bpf_program &program)
{
    bpf_prog_info info{};
    unsigned size = sizeof(info);
    return bpf_obj_get_info_by_fd(bpf_program__fd(&program), &info, &size) == 0 ? info.verified_insns : 0;
}

std::string_view last_lines(std::string_view log, unsigned lines)
{
    while (!log.empty() && log.back() == '\n')
        log.remove_suffix(1);
    std::size_t at = log.size();
    for (; lines > 0 && at != std::string_view::npos; lines--)
        at = at == 0 ? std::string_view::npos : log.rfind('\n', at - 1);
    return at == std::string_view::npos ? log : log.substr(at + 1);
}

void verify(const std::string &file, const std::string &name, Counts &counts)
{
    // Anew for each: what was loaded cannot be loaded again.
    const ObjectPtr object = opened(file);
    std::vector<char> log(std::size_t{1} << 20);
    bpf_program *chosen = nullptr;
    bpf_program *program = nullptr;
    while ((program = bpf_object__next_program(object.get(), program)) != nullptr) {
        const bool it_is = name == bpf_program__name(program);
        bpf_program__set_autoload(program, it_is);
        if (it_is)
            chosen = program;
    }
    bpf_program__set_log_buf(chosen, log.data(), log.size());
    const std::string what = std::filesystem::path{file}.stem().string() + "/" + name + " (" +
                             bpf_program__section_name(chosen) + ")";
    const int error = -bpf_object__load(object.get());
    const std::string_view said{log.data()};
    if (error == 0) {
        counts.ok++;
        std::printf("ok      %s: %zu instructions, %u looked at\n", what.c_str(),
                    bpf_program__insn_cnt(chosen), looked_at(*chosen));
    } else if ((error == EPERM || error == EACCES) && said.empty()) {
        counts.forbidden++;
        std::printf("forbidden %s: %s\n", what.c_str(), std::strerror(error));
    } else if (said.empty()) {
        // The verifier was not asked: no such function, tracepoint or type to hook into.
        counts.absent++;
        std::printf("absent  %s: %s\n", what.c_str(), error == 524 ? "not supported" : std::strerror(error));
    } else {
        counts.refused++;
        const std::string_view end = last_lines(said, 12);
        std::printf("refused %s: %s\n%.*s\n", what.c_str(), std::strerror(error),
                    static_cast<int>(end.size()), end.data());
    }
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<std::string> files(argv + 1, argv + argc);
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    libbpf_set_print(quiet);
    if (!files.empty() && (files.front() == "--help" || files.front() == "-h")) {
        std::fputs(help, stdout);
        return 0;
    }
    if (!files.empty() && files.front() == "--show-log") {
        libbpf_set_print(loud);
        files.erase(files.begin());
    }
    if (files.empty()) {
        std::fputs(help, stderr);
        return 2;
    }
    Counts counts;
    for (const std::string &file : files) {
        const ObjectPtr object = opened(file);
        if (!object) {
            std::fprintf(stderr, "verify_programs: error: cannot open '%s' as an eBPF object: %s\n",
                         file.c_str(), std::strerror(errno));
            return 1;
        }
        for (const std::string &name : programs_of(*object))
            verify(file, name, counts);
    }
    std::printf("%u taken, %u absent, %u refused, %u forbidden\n", counts.ok, counts.absent, counts.refused,
                counts.forbidden);
    if (counts.forbidden != 0 && counts.ok == 0 && counts.refused == 0)
        return status_skipped;
    return counts.ok != 0 && counts.refused == 0 ? 0 : 1;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "source/process_directory.h"

#include "support/files.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace memory_collector {
namespace {

const std::string id(64, 'a');

class Proc : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = ::testing::TempDir() + "proc.XXXXXX";
        path = ::mkdtemp(name.data());
        std::filesystem::create_directory(path + "/42");
        // A name that looks like the fields behind it.
        write("stat", "42 (a) S 1 2) R 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 100\n");
        write("cmdline", std::string{"prog\0-x\0a b\0", 12});
        write("cgroup", "0::/docker/" + id + "\n");
        write("status",
              "Name:\t\\nNSpid:\t1\nUmask:\t0022\nNStgid:\t42\t9\t2\nNSpid:\t42\t17\t3\nNSpgid:\t1\n");
    }
    void TearDown() override { std::filesystem::remove_all(path); }
    void write(const std::string &name, const std::string &text)
    {
        std::ofstream{path + "/42/" + name} << text;
    }
    std::string path;
};

constexpr std::uint64_t started = 123'450'000'000; // 12345 ticks of 10 ms

TEST_F(Proc, DetailsOfTheSameProcessOnly)
{
    ProcessDirectory directory{path, 0, 100, HostPaths{path}};
    const auto details = directory.look_up({started + 3'000'000, 42});
    ASSERT_TRUE(details);
    EXPECT_EQ(details->cmdline, "prog -x a b");
    EXPECT_EQ(details->cgroup, "/docker/" + id);
    EXPECT_EQ(details->container, id);
    EXPECT_EQ(details->container_runtime, "docker");
    EXPECT_EQ(details->container_name, "");
    EXPECT_EQ(details->pod, "");
    EXPECT_EQ(details->unit, "");
    EXPECT_EQ(details->ns_pid, 3u);
    EXPECT_FALSE(directory.look_up({started + 1'000'000'000, 42})) << "the pid was used again";
    EXPECT_FALSE(directory.look_up({started - 1'000'000'000, 42}));
    EXPECT_FALSE(directory.look_up({started, 43}));
    EXPECT_FALSE(directory.gone({started, 42}));
    EXPECT_TRUE(directory.gone({started - 1'000'000'000, 42}));
    EXPECT_TRUE(directory.gone({started, 43}));
}

TEST_F(Proc, ContainersHaveTheNamesOfTheirRecords)
{
    ProcessDirectory directory{path, 0, 100, HostPaths{path}};
    std::filesystem::create_directories(path + "/var/lib/docker/containers/" + id);
    std::ofstream{path + "/var/lib/docker/containers/" + id + "/config.v2.json"} << R"({"Name":"/web"})";
    // Where docker is told to put it, the path does not say whose it is.
    write("cgroup", "0::/batch/" + id + "\n");
    auto details = directory.look_up({started, 42});
    ASSERT_TRUE(details);
    EXPECT_EQ(details->container_name, "web");
    EXPECT_EQ(details->container_runtime, "docker");

    write("cgroup", "0::/lxc.payload.db/system.slice/x.service\n");
    details = directory.look_up({started, 42});
    ASSERT_TRUE(details);
    EXPECT_EQ(details->container, "db");
    EXPECT_EQ(details->container_name, "db");
    EXPECT_EQ(details->container_runtime, "lxc");
    EXPECT_EQ(details->unit, "x.service");
}

TEST_F(Proc, ThePidInTheInnermostNamespace)
{
    const auto pid_of = [this](const std::string &status) {
        write("status", status);
        return ProcessDirectory{path, 0, 100, HostPaths{path}}.look_up({started, 42})->ns_pid;
    };
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\t42\n"), 42u);
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\t42\t1\n"), 1u);
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\t42\t1"), 0u) << "may go on";
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\t42\t1x\n"), 0u);
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\t\n"), 0u);
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\n"), 0u);
    EXPECT_EQ(pid_of("Name:\tx\nNSpid:\t99999999999\n"), 0u);
    EXPECT_EQ(pid_of(""), 0u);
}

// A process of pid namespaces within each other, paused until it is let go.
class Nested {
public:
    explicit Nested(int levels)
    {
        int ready[2];
        if (::pipe2(ready, O_CLOEXEC) != 0)
            return;
        first_ = ::fork();
        if (first_ == 0)
            descend(levels, ready[1]);
        ::close(ready[1]);
        char byte = 0;
        made_ = first_ > 0 && ::read(ready[0], &byte, 1) == 1;
        ::close(ready[0]);
    }
    ~Nested()
    {
        // The end of the first of a namespace is that of all in it.
        if (made_)
            ::kill(last(), SIGKILL);
        if (first_ > 0)
            ::waitpid(first_, nullptr, 0);
    }
    bool made() const { return made_; }
    // As this process sees it.
    pid_t last() const
    {
        pid_t pid = first_;
        for (pid_t child = child_of(pid); child != 0; child = child_of(pid))
            pid = child;
        return pid;
    }

private:
    static pid_t child_of(pid_t parent)
    {
        const std::string wanted = "\nPPid:\t" + std::to_string(parent) + "\n";
        for (const auto &entry : std::filesystem::directory_iterator{"/proc"})
            if (read_file(entry.path() / "status").find(wanted) != std::string::npos)
                return std::stoi(entry.path().filename());
        return 0;
    }
    [[noreturn]] static void descend(int levels, int ready)
    {
        if (levels == 0) {
            (void)!::write(ready, "", 1);
            while (true)
                ::pause();
        }
        if (::unshare(CLONE_NEWPID) != 0)
            ::_exit(1);
        const pid_t child = ::fork();
        if (child == 0)
            descend(levels - 1, ready);
        ::close(ready);
        ::waitpid(child, nullptr, 0);
        ::_exit(0);
    }

    pid_t first_ = -1;
    bool made_ = false;
};

TEST(ProcOfThisMachine, PidsInNestedNamespaces)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root makes pid namespaces";
    for (const int levels : {0, 1, 2}) {
        const Nested nested{levels};
        if (!nested.made())
            GTEST_SKIP() << "this machine makes no pid namespaces";
        const auto pid = static_cast<std::uint32_t>(nested.last());
        const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
        std::istringstream fields{stat.substr(stat.rfind(')') + 2)};
        std::string field;
        for (int i = 3; i <= 22; i++)
            fields >> field;
        const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
        ProcessDirectory directory{"/proc", 0, ticks};
        const auto details = directory.look_up({std::stoull(field) * (1'000'000'000 / ticks), pid});
        ASSERT_TRUE(details) << levels;
        EXPECT_EQ(details->ns_pid, levels == 0 ? pid : 1u) << levels;
        EXPECT_NE(details->cgroup, "");
    }
}

TEST_F(Proc, StartTimesAcrossSuspend)
{
    // 100 s in suspend so far: how much of it before the start is not known.
    ProcessDirectory directory{path, 100'000'000'000, 100};
    EXPECT_TRUE(directory.look_up({started, 42}));
    EXPECT_TRUE(directory.look_up({started - 100'000'000'000, 42}));
    EXPECT_FALSE(directory.look_up({started - 101'000'000'000, 42}));
    EXPECT_FALSE(directory.look_up({started + 1'000'000'000, 42}));
}

} // namespace
} // namespace memory_collector
